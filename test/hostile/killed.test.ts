import { expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { HostileServer, type Attacked, type Fault } from './hostile-server.ts';
import type { State } from './server-state.ts';
import { MailProgram } from './mail-program.ts';
import { begin, LETTER, placeFor } from './running-proxy.ts';
import { leaf } from './server-certificates.ts';

const certificate = await leaf();
const LIMIT_MS = 5000;
const SILENCE: Fault = { goesOn: false, does: () => undefined };

/** A server that goes silent in one state. */
async function serverSilentAt(at: State): Promise<HostileServer> {
  const behaviour = { mode: 'implicit', pipelining: true, certificate, at } as const;
  return await HostileServer.start({ ...behaviour, fault: SILENCE });
}

/** A server that takes nothing more after its 354, until it is told to go on. */
async function serverBlockedAfter354() {
  const blocked: Attacked['socket'][] = [];
  const fault: Fault = {
    goesOn: false,
    does({ socket, right }) {
      socket.write(right);
      socket.pause();
      blocked.push(socket);
    },
  };
  const behaviour = { mode: 'implicit', pipelining: true, certificate, at: 'DATA' } as const;
  const server = await HostileServer.start({ ...behaviour, fault });
  return { server, goOn: () => blocked.forEach((socket) => socket.resume()) };
}

/** More than the system keeps of a connection whose other end does not read. */
const LARGE = LETTER + `${'x'.repeat(78)}\r\n`.repeat(250_000);

test('killed while the message arrives: nothing is delivered, and nothing acknowledged', async () => {
  const { server: blocked, goOn } = await serverBlockedAfter354();
  await using server = blocked;
  await using place = await placeFor(server);
  await using proxy = await place.start();
  using mailProgram = await MailProgram.connect(proxy.port);
  await begin(mailProgram);
  mailProgram.say(`${LARGE}.\r\n`);
  await server.attacked;
  await mailProgram.heldBack();

  proxy.kill('SIGKILL');
  await mailProgram.end(); // and no reply before it
  goOn();
  await waitUntil(
    () => server.isLeft,
    LIMIT_MS,
    () => 'the server was not left',
  );
  expect(server.heard.secured.length).toBeGreaterThan(100_000);
  expect(server.heard.secured).not.toContain('\r\n.\r\n');
  expect(server.heard.secured).not.toContain('QUIT');

  await using again = await place.start();
  expect(again.log()).not.toContain('"level":"error"');
  expect(await place.receipts('--json')).toBe('');
});

test('killed while the answer is awaited: at the next start the receipt says unknown', async () => {
  await using server = await serverSilentAt('final dot');
  await using place = await placeFor(server);
  await using proxy = await place.start();
  using mailProgram = await MailProgram.connect(proxy.port);
  await begin(mailProgram);
  mailProgram.say(`${LETTER}.\r\n`);
  await server.attacked;

  proxy.kill('SIGKILL');
  await mailProgram.end();
  expect(JSON.parse(await place.receipts('--json'))).toMatchObject({
    outcome: 'awaited',
    messageId: '<1@example.org>',
    sender: 'ada@example.org',
    domains: ['example.net'],
  });

  await using again = await place.start();
  expect(JSON.parse(await place.receipts('--json'))).toMatchObject({ outcome: 'unknown' });
  expect(await place.receipts()).toContain('Check before you send it again.');
  expect(await again.stop()).toBe(0);
});

test('stopped while a late answer is listened for, the proxy ends at once, and unknown stays', async () => {
  await using server = await serverSilentAt('final dot');
  await using place = await placeFor(server);
  await using proxy = await place.start('--timeout', '1');
  using mailProgram = await MailProgram.connect(proxy.port);
  await begin(mailProgram);
  expect(await mailProgram.ask(`${LETTER}.`)).toMatch(/^451 4\.4\.2 /);
  expect(await proxy.stop()).toBe(0);
  expect(proxy.log()).not.toContain('"level":"error"');
  expect(JSON.parse(await place.receipts('--json'))).toMatchObject({
    outcome: 'unknown',
    reply: { code: 451, enhancedCode: '4.4.2' },
  });
});
