import net from 'node:net';
import { expect, test } from 'vitest';
import { listeningPort } from '../listening-port.ts';
import { TLS_MODES } from '../protocol/relayed-session.ts';
import { blockedPort } from './blocked-port.ts';
import { MailProgram } from './mail-program.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';

type Door = { readonly port: number; readonly host?: string };

/** Longer than a name may be (RFC 1035 §2.3.4), so that no name server is asked. */
const NO_NAME = `${'a'.repeat(64)}.example`;

async function greeting(server: Door, mode: (typeof TLS_MODES)[number]): Promise<string> {
  await using proxy = await proxyInFrontOf(server, { mode, timeoutMs: 500 });
  using mailProgram = await MailProgram.connect(proxy.port);
  const reply = await mailProgram.reply('the connection');
  await mailProgram.end();
  return reply;
}

test.for(TLS_MODES)(
  '%s, nobody listens: the mail program is told in the greeting',
  async (mode) => {
    const server = net.createServer();
    const port = await listeningPort(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await greeting({ port }, mode)).toMatch(/^421 4\.4\.1 .* it refused the connection\. /);
  },
);

test.for(TLS_MODES)(
  '%s, nobody answers: the mail program is told within the limit',
  async (mode) => {
    await using hole = await blockedPort('127.0.0.1');
    expect(await greeting(hole, mode)).toMatch(/^421 4\.4\.1 .* no answer within 0\.5 seconds\. /);
  },
);

test.for(TLS_MODES)('%s, a name that nobody has: the mail program is told', async (mode) => {
  const told = await greeting({ host: NO_NAME, port: 465 }, mode);
  expect(told).toMatch(/^421 4\.4\.1 .* its name is not known\. /);
});
