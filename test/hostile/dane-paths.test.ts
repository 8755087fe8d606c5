import { execFile } from 'node:child_process';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { MxProbe, type LookedAtFor } from '../../proxy/forecast/mail-server/mx-probe.ts';
import { matchesDane, type TlsaRecord } from '../../shared/forecast/dane.ts';
import type { Answer } from '../../shared/forecast/facts.ts';
import { MxServer } from '../mx-server.ts';
import { temporaryState } from '../temporary-state.ts';
import { DANE_PATHS, HOST } from './dane-path-cases.ts';
import { root } from './server-certificates.ts';

const FOR: LookedAtFor = {
  domain: 'example.org',
  vouches: () => Promise.resolve('does not apply'),
  serverName: () => Promise.resolve(HOST),
};

test.for(DANE_PATHS)(
  'F3, RFC 7671 §5: with %s DANE says %s, and OpenSSL says nothing else',
  async ([, expected, presented, tlsa]) => {
    const cert = presented.map((one) => one.cert).join('');
    // With all that Node would not show of its own accord.
    const certificate = { cert, key: presented[0]?.key, ciphers: 'DEFAULT:@SECLEVEL=0' };
    await using server = await MxServer.start({ certificate });
    expect(await ours(server.port, tlsa)).toBe(expected);
    const takes = await takenByOpenSsl(server.port, tlsa);
    if (expected !== 'unknown') expect(takes).toBe(expected === 'yes');
  },
);

async function ours(mxPort: number, tlsa: TlsaRecord): Promise<Answer> {
  await using state = await temporaryState();
  const probe = new MxProbe({
    state: state.folder,
    trust: [root.cert],
    mxPort,
    allowSpecialAddresses: true,
    log: pino({ level: 'silent' }),
  });
  const fact = await probe.probe(HOST, ['127.0.0.1'], FOR);
  await probe.close();
  if (fact.kind !== 'seen') throw new Error(`it was not seen, but ${fact.kind}`);
  return matchesDane([tlsa], fact.certificates, [HOST]);
}

/** What relays do that leave DANE to OpenSSL, with its level of security in Debian. */
async function takenByOpenSsl(port: number, tlsa: TlsaRecord): Promise<boolean> {
  const { usage, selector, matchingType, data } = tlsa;
  const connecting = ['s_client', '-connect', `127.0.0.1:${port}`, '-starttls', 'smtp'];
  const checking = ['-cipher', 'DEFAULT:@SECLEVEL=2', '-verify_return_error', '-brief'];
  const dane = ['-dane_tlsa_domain', HOST, '-dane_tlsa_rrdata'];
  const rrdata = `${usage} ${selector} ${matchingType} ${data}`;
  const words = [...connecting, ...checking, ...dane, rrdata];
  const said = await new Promise<string>((resolve) => {
    const running = execFile('openssl', words, { timeout: 8000 }, (_, out, err) =>
      resolve(out + err),
    );
    running.stdin?.end('QUIT\r\n');
  });
  expect(said).toMatch(/Verification: OK|certificate verify failed/);
  return said.includes('Verification: OK');
}
