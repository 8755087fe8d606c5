import { expect, test } from 'vitest';
import { forecast } from '../../proxy/commands/forecast.ts';
import { deferred } from '../deferred.ts';
import { keptFolder } from '../forecast/forecast-command.ts';
import { manyDomains, type ManyDomains, type ManyDomainsManner } from '../forecast/many-domains.ts';
import { capturedTerminal, type CapturedTerminal } from './captured-terminal.ts';

type Asking = AsyncDisposable & {
  readonly server: ManyDomains;
  readonly ask: (terminal: CapturedTerminal, ...asked: readonly string[]) => Promise<number>;
};

/** The command, with a resolver on this computer and without a validator. */
async function asking(manner: ManyDomainsManner = {}): Promise<Asking> {
  const server = await manyDomains(manner);
  const kept = await keptFolder();
  const flags = { resolver: server.address, state: kept.folder };
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

test('Ctrl+C ends the look-ups at once; nobody can tell what was not found out', async () => {
  await using place = await asking({ silent: true });
  const stop = deferred();
  const terminal = capturedTerminal({ stopRequested: () => stop.promise });
  const ended = place.ask(terminal, 'd.example', 'e.example');
  await expect.poll(() => place.server.asked.length).toBeGreaterThan(0);
  stop.resolve();
  expect(await ended).toBe(75);
  expect(terminal.written().out).toBe('');
});

test('F7: without an argument nobody is asked', async () => {
  await using place = await asking();
  const terminal = capturedTerminal();
  expect(await place.ask(terminal)).toBe(64);
  expect(place.server.asked).toEqual([]);
});

test('a hundred domains and more are told in the order asked, each once', async () => {
  await using place = await asking();
  const domains = Array.from({ length: 120 }, (_, at) => `d${at}.example`);
  const terminal = capturedTerminal();
  expect(await place.ask(terminal, ...domains, ...domains)).toBe(75);
  const told = [...terminal.written().out.matchAll(/^(\S+): /gm)].map(([, domain]) => domain);
  expect(told).toEqual(domains);
});
