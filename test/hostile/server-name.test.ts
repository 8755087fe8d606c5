import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { codeOf } from '../../proxy/error-message.ts';
import { connectTls, NAMES_NO_HOST } from '../../proxy/submission/tls-profile.ts';
import { listeningPort } from '../listening-port.ts';
import { named, root } from './server-certificates.ts';

/** Why a server with names in its certificate is not the host, if it is not. */
async function faultOf(host: string, names: readonly string[]): Promise<unknown> {
  const server = tls.createServer({ ...(await named(...names)) });
  server.on('tlsClientError', () => undefined);
  const port = await listeningPort(server);
  const plain = net.connect(port, '127.0.0.1');
  await once(plain, 'connect');
  const socket = connectTls(plain, host, [root.cert]);
  try {
    return await once(socket, 'secureConnect').then(
      () => 'it is',
      (fault: unknown) => codeOf(fault),
    );
  } finally {
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const ANOTHER = 'ERR_TLS_CERT_ALTNAME_INVALID';

test.each([
  ['smtp.mail.example', 'DNS:*.mail.example', 'it is'],
  ['SMTP.mail.example', 'DNS:smtp.MAIL.example', 'it is'],
  ['a.smtp.mail.example', 'DNS:*.mail.example', ANOTHER],
  ['mail.example', 'DNS:*.mail.example', ANOTHER],
  ['mail.example', 'DNS:*.example', ANOTHER],
  ['smtp.mail.example', 'DNS:s*.mail.example', ANOTHER],
  ['smtp.mail.example', 'DNS:smtp.*.example', ANOTHER],
  ['smtp.mail.example', 'DNS:.mail.example', ANOTHER],
  ['xn--pst-rla.example', 'DNS:xn--pst-rla.example', 'it is'],
  ['xn--pst-rla.example', 'DNS:xn--psst-rla.example', ANOTHER],
  ['smtp.mail.example', 'email:smtp.mail.example', NAMES_NO_HOST],
])('RFC 9525 §6.3: %s with a certificate for %s: %s', async (host, name, expected) => {
  expect(await faultOf(host, [name])).toBe(expected);
});
