import net from 'node:net';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { forecast, type ForecastCommandFlags } from '../../proxy/commands/forecast.ts';
import { OutputLost } from '../../proxy/written.ts';
import { reasonInWords } from '../../shared/forecast/reason-words.ts';
import { deferred } from '../deferred.ts';
import { keptFolder } from '../forecast/forecast-command.ts';
import { manyDomains, type ManyDomains, type ManyDomainsManner } from '../forecast/many-domains.ts';
import { listeningPort } from '../listening-port.ts';
import { stoppedClock } from '../stopped-clock.ts';
import { waitUntil } from '../wait-until.ts';
import { capturedTerminal, type CapturedTerminal } from './captured-terminal.ts';

type Asking = AsyncDisposable & {
  readonly server: ManyDomains;
  readonly ask: (terminal: CapturedTerminal, ...asked: readonly string[]) => Promise<number>;
};

/** The command, with a resolver on this computer and without a validator. */
async function asking(
  manner: ManyDomainsManner = {},
  more: ForecastCommandFlags = {},
): Promise<Asking> {
  const server = await manyDomains(manner);
  const kept = await keptFolder();
  const flags = { resolver: server.address, state: kept.folder, ...more };
  return {
    server,
    ask: async (terminal, ...asked) => await forecast(asked, flags, terminal),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await kept[Symbol.asyncDispose]();
    },
  };
}

test('F7: of an address only what stands behind the last @ is asked, told or written', async () => {
  await using place = await asking();
  const terminal = capturedTerminal({ columns: 80 });
  await place.ask(terminal, 'Ada.Secret@d.example', '"secret@secret"@e.example', 'secret@');
  const { out, err } = terminal.written();
  const asked = place.server.asked.join('\n');
  expect(asked).toMatch(/^d\.example MX$/m);
  expect(asked).toMatch(/^e\.example MX$/m);
  for (const text of [asked, out, err]) expect(text).not.toMatch(/secret/i);
});

test.each([2, 40])(
  'Ctrl+C ends the look-ups of %i domains at once, and no status of an answer is given',
  async (count) => {
    await using place = await asking({ silent: true });
    using _clock = stoppedClock(); // no look-up ends by itself
    using faults = faultsOfNobody();
    const stop = deferred();
    const terminal = capturedTerminal({ stopRequested: () => stop.promise });
    const ended = place.ask(terminal, ...domains(count));
    await expect.poll(() => place.server.asked.length).toBeGreaterThan(0);
    stop.resolve();
    expect(await ended).toBe(130);
    expect(terminal.written()).toEqual({
      out: '',
      err: 'requiretls: stopped before every domain was told.\n',
    });
    expect(await faults.seen()).toEqual([]);
  },
);

test('of many domains whose mail servers say nothing each is told, however long that takes', async () => {
  const silent = net.createServer();
  const mxPort = String(await listeningPort(silent));
  await using place = await asking({}, { probe: true, mxPort, allowSpecialAddresses: true });
  using clock = stoppedClock();
  const terminal = capturedTerminal();
  let status: number | undefined;
  const ended = place.ask(terminal, ...domains(55)).then((one) => (status = one));
  await waitUntil(
    async () => {
      await clock.pass(500);
      return status !== undefined;
    },
    15_000,
    () => `after ${told(terminal).length} domains nothing comes any more`,
  );
  await ended;
  expect(status).toBe(75);
  expect(told(terminal)).toEqual(domains(55));
  // The time of each counted from its turn on.
  expect(terminal.written().out).not.toContain(reasonInWords('', { code: 'no answer in time' }));
  silent.close();
});

test('F7: without an argument nobody is asked', async () => {
  await using place = await asking();
  const terminal = capturedTerminal();
  expect(await place.ask(terminal)).toBe(64);
  expect(place.server.asked).toEqual([]);
});

test('a hundred domains and more are told in the order asked, each once', async () => {
  await using place = await asking();
  const terminal = capturedTerminal();
  expect(await place.ask(terminal, ...domains(120), ...domains(120))).toBe(75);
  expect(told(terminal)).toEqual(domains(120));
});

test('a domain is one, however it is written', async () => {
  await using place = await asking();
  const terminal = capturedTerminal();
  const asked = [
    'Bücher.example',
    'xn--bcher-kva.example',
    'D.example',
    'ada@d.example',
    'd.example.',
  ];
  await place.ask(terminal, ...asked, 'localhost', 'LOCALHOST');
  expect(told(terminal)).toEqual(['xn--bcher-kva.example', 'd.example', 'localhost', 'LOCALHOST']);
});

test.each([{}, { json: true }] as const)(
  'what cannot be written is no answer, and has not its status (%j)',
  async (flags) => {
    await using place = await asking({}, flags);
    const terminal = capturedTerminal({ out: failing('ENOSPC') });
    await expect(place.ask(terminal, 'd.example', 'e.example')).rejects.toThrow(OutputLost);
  },
);

test('who reads may go away, as head does: the status is that of the domains', async () => {
  await using place = await asking();
  const terminal = capturedTerminal({ out: failing('EPIPE') });
  expect(await place.ask(terminal, 'd.example', 'e.example')).toBe(75);
  expect(terminal.written().err).toBe('');
});

/** Where nothing can be written. */
function failing(code: string): Writable {
  const out = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  });
  out.on('error', () => undefined); // as main.ts does
  return out;
}

function domains(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `d${at}.example`);
}

/** The domains whose forecasts were written, in that order. */
function told(terminal: CapturedTerminal): readonly (string | undefined)[] {
  return [...terminal.written().out.matchAll(/^(\S+): /gm)].map(([, domain]) => domain);
}

/** What fails and nobody listens to: Node ends the program for it. */
function faultsOfNobody() {
  const faults: unknown[] = [];
  const note = (fault: unknown) => void faults.push(fault);
  process.on('unhandledRejection', note);
  return {
    async seen() {
      await new Promise((resolve) => setImmediate(resolve)); // Node says so after all that is due
      return faults;
    },
    [Symbol.dispose]: () => void process.off('unhandledRejection', note),
  };
}
