import { createHash, X509Certificate } from 'node:crypto';
import net from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import {
  MxProbe,
  type LookedAtFor,
  type MxProbeOptions,
} from '../../proxy/forecast/mail-server/mx-probe.ts';
import type { ProbeFact } from '../../shared/forecast/facts.ts';
import { listeningPort } from '../listening-port.ts';
import { MxServer, type MxState } from '../mx-server.ts';
import { temporaryState } from '../temporary-state.ts';
import { waitUntil } from '../wait-until.ts';
import { AUTHORITY, issued, SERVER } from './issued-certificate.ts';
import { below, leaf, named, root, withChain } from './server-certificates.ts';

const HOST = 'mx.example.org';
const FOR: LookedAtFor = {
  domain: 'example.org',
  vouches: () => Promise.resolve('does not apply'),
  serverName: () => Promise.resolve(HOST),
};
const NAMED = `subjectAltName=DNS:${HOST}`;
const good = await named(`DNS:${HOST}`);

type Case = {
  readonly certificate?: SecureContextOptions;
  readonly says?: MxServer['says'];
  readonly options?: Partial<MxProbeOptions>;
};

/** What one look at a mail server shows, and all that was said to it. */
async function lookedAt({ certificate = good, says = {}, options = {} }: Case) {
  await using server = await MxServer.start({ certificate, says });
  await using state = await temporaryState();
  const probe = new MxProbe({
    state: state.folder,
    trust: [root.cert],
    mxPort: server.port,
    allowSpecialAddresses: true,
    log: pino({ level: 'silent' }),
    ...options,
  });
  const fact = await probe.probe(HOST, ['127.0.0.1'], FOR);
  await waitUntil(
    () => server.isLeft,
    3000,
    () => 'the connection stays open',
  );
  await probe.close();
  const { heard, names } = server;
  return { fact, heard, names };
}

const EHLO = 'EHLO [127.0.0.1]';
const WHOLE = [EHLO, 'STARTTLS', 'TLS', EHLO, 'QUIT'];

function certificatesOf(fact: ProbeFact) {
  if (fact.kind !== 'seen') throw new Error(`it was not seen, but ${fact.kind}`);
  return fact.certificates;
}

test('F4: a look at a mail server says EHLO, STARTTLS, EHLO and QUIT, and never MAIL', async () => {
  const { fact, heard, names } = await lookedAt({});
  expect(fact).toMatchObject({ kind: 'seen', tls: 'TLSv1.3', requireTls: true, ageMs: 0 });
  expect(certificatesOf(fact)).toMatchObject({ pkixFault: undefined });
  expect(heard).toEqual(WHOLE);
  expect(names).toEqual([HOST]); // RFC 7672 §8.1
});

const inside = (...lines: readonly string[]) => ({
  'EHLO inside TLS': [...lines.map((line) => `250-${line}\r\n`), '250 HELP\r\n'].join(''),
});

test.for([
  ['nothing like it', inside('mx.example.org')],
  ['X-REQUIRETLS', inside('mx.example.org', 'X-REQUIRETLS')],
  ['XREQUIRETLS', inside('mx.example.org', 'XREQUIRETLS')],
  ['REQUIRETLS1', inside('mx.example.org', 'REQUIRETLS1')],
  ['REQUIRETLS=YES', inside('mx.example.org', 'REQUIRETLS=YES')],
  ['it as a parameter', inside('mx.example.org', 'AUTH REQUIRETLS')],
  ['it behind a second blank', inside('mx.example.org', ' REQUIRETLS')],
  ['it behind a tab', inside('mx.example.org', '\tREQUIRETLS')],
  ['it behind an enhanced code', inside('2.0.0 mx.example.org', '2.0.0 REQUIRETLS')],
  ['it in the greeting line', inside('REQUIRETLS REQUIRETLS')],
  ['it as its own name', { 'EHLO inside TLS': '250 REQUIRETLS\r\n' }],
  [
    'it before TLS alone',
    {
      EHLO: '250-mx.example.org\r\n250-REQUIRETLS\r\n250 STARTTLS\r\n',
      ...inside('mx.example.org'),
    },
  ],
] as const)('F4, RFC 8689 §2: a server that says %s offers no REQUIRETLS', async ([, says]) => {
  const { fact, heard } = await lookedAt({ says });
  expect(fact).toMatchObject({ kind: 'seen', requireTls: false });
  expect(heard).toEqual(WHOLE);
});

test.for([['REQUIRETLS'], ['requiretls'], ['RequireTLS ']])(
  'F4, RFC 5321 §4.1.1.1: %j is an offer, without case',
  async ([line = '']) => {
    const { fact } = await lookedAt({ says: inside('mx.example.org', line) });
    expect(fact).toMatchObject({ kind: 'seen', requireTls: true });
  },
);

const BEFORE_TLS = [EHLO, 'QUIT'];

test.for([
  ['does not list it', { EHLO: '250-mx.example.org\r\n250 SIZE\r\n' }, BEFORE_TLS],
  ['lists STARTTLSX', { EHLO: '250-mx.example.org\r\n250 STARTTLSX\r\n' }, BEFORE_TLS],
  ['is called so', { EHLO: '250 STARTTLS\r\n' }, BEFORE_TLS],
  ['does not know EHLO', { EHLO: '500 5.5.1 what?\r\n' }, BEFORE_TLS],
  ['does not do EHLO', { EHLO: '502 5.5.1 no\r\n' }, BEFORE_TLS],
  ['lists it and refuses it', { STARTTLS: '554 5.7.1 no\r\n' }, [EHLO, 'STARTTLS', 'QUIT']],
] as const)('F3, RFC 3207 §4: a server that %s has no STARTTLS', async ([, says, dialogue]) => {
  const { fact, heard } = await lookedAt({ says });
  expect(fact).toEqual({ kind: 'no STARTTLS', ageMs: 0 });
  expect(heard).toEqual(dialogue);
});

test.for([
  ['two blanks', '250-mx.example.org\r\n250  STARTTLS\r\n'],
  ['a tab behind it', '250-mx.example.org\r\n250 STARTTLS\t\r\n'],
])('F3: STARTTLS that is listed with %s is tried, as relays do', async ([, says = '']) => {
  const { heard } = await lookedAt({ says: { EHLO: says } });
  expect(heard).toEqual(WHOLE);
});

test.for([
  ['greets with 554, as block lists make it', { greeting: '554 5.7.1 you are listed\r\n' }],
  ['greets with 421', { greeting: '421 4.7.0 too many\r\n' }],
  ['refuses EHLO for now', { EHLO: '451 4.7.1 greylisted\r\n' }],
  ['refuses EHLO for our name', { EHLO: '550 5.7.1 no literals here\r\n' }],
  ['says 454 to STARTTLS', { STARTTLS: '454 4.7.0 TLS not available\r\n' }],
  ['refuses EHLO inside TLS', { 'EHLO inside TLS': '550 5.7.1 go away\r\n' }],
] as const)('F4: a server that %s refused us: that says nothing of it', async ([, says]) => {
  const { fact, heard } = await lookedAt({ says });
  expect(fact).toEqual({ kind: 'not seen', why: 'refused us', ageMs: 0 });
  expect(heard.at(-1)).toBe('QUIT');
});

test.for([
  ['HTTP', 'greeting', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['a line that never ends', 'greeting', '220-'.padEnd(100_000, 'x')],
  ['a reply that never ends', 'EHLO', '250-x\r\n'.repeat(200)],
  ['two codes in one reply', 'EHLO', '250-mx.example.org\r\n550 STARTTLS\r\n'],
  ['control characters', 'EHLO', '250-mx.example.org\r\n250 STARTTLS\x1b[2J\r\n'],
  ['a greeting of 250', 'greeting', '250 hello\r\n'],
  ['a reply too many', 'EHLO', '250-mx.example.org\r\n250 STARTTLS\r\n220 go ahead\r\n'],
] as const)('a server that says %s speaks no SMTP', async ([, state, octets]) => {
  const { fact } = await lookedAt({ says: { [state]: octets } });
  expect(fact).toMatchObject({ kind: 'not seen', why: 'not SMTP' });
});

test.for([
  ['an offer', '250-mx.example.org\r\n250 REQUIRETLS\r\n'],
  ['half a reply', '250-mx.ex'],
])(
  'F4, RFC 3207 §6: %s that somebody put behind the 220 to STARTTLS is not believed',
  async ([, octets]) => {
    const says = { STARTTLS: `220 2.0.0 go ahead\r\n${octets}` };
    const { fact, heard } = await lookedAt({ says });
    expect(fact).toEqual({ kind: 'not seen', why: 'not SMTP', ageMs: 0 });
    expect(heard).not.toContain('TLS');
  },
);

const silent = () => undefined;
const hangUp = (socket: net.Socket) => void socket.destroy();
function drip(socket: net.Socket): void {
  const timer = setInterval(() => socket.write('2'), 5);
  socket.on('close', () => clearInterval(timer));
}
const STATES: readonly MxState[] = ['greeting', 'EHLO', 'STARTTLS', 'EHLO inside TLS'];

test.for(STATES)('a server that is silent at %s is left in time', async (state) => {
  const { fact } = await lookedAt({
    says: { [state]: silent },
    options: { limits: { sessionMs: 400 } },
  });
  expect(fact).toEqual({ kind: 'not seen', why: 'timed out', ageMs: 0 });
});

test.for(STATES)('a server that drips its reply at %s is left in time', async (state) => {
  const { fact } = await lookedAt({
    says: { [state]: drip },
    options: { limits: { sessionMs: 400 } },
  });
  expect(fact.kind).toBe('not seen');
});

test.for(STATES)('a server that hangs up at %s was not seen', async (state) => {
  const { fact } = await lookedAt({ says: { [state]: hangUp } });
  expect(fact).toEqual({ kind: 'not seen', why: 'connection lost', ageMs: 0 });
});

test('F4: a server that says no goodbye was seen all the same', async () => {
  const { fact } = await lookedAt({ says: { QUIT: silent } });
  expect(fact.kind).toBe('seen');
});

const EVEN_WEAK = 'DEFAULT@SECLEVEL=0';

test.for([
  ['speaks TLS 1.1 alone', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: EVEN_WEAK }],
  ['does not prove who it is', { maxVersion: 'TLSv1.2', ciphers: 'aNULL@SECLEVEL=0' }],
  ['has a curve of 192 bits', { ...(await leaf({ key: 'P-192' })), ciphers: EVEN_WEAK }],
] as const)('F3: with a server that %s no handshake comes about', async ([, server]) => {
  const { fact } = await lookedAt({ certificate: { ...good, ...server } });
  expect(fact).toMatchObject({ kind: 'TLS failed', detail: expect.stringMatching(/^ERR_SSL_/) });
});

const stranger = await issued({ name: 'Another authority', extensions: AUTHORITY });
const mx = [...SERVER, NAMED];

test.for([
  ['that signs itself', issued({ name: HOST, extensions: mx }), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  [
    'of an unknown authority',
    leaf({ issuer: stranger, extensions: mx }),
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  [
    'of an unknown authority that is sent along',
    withChain(leaf({ issuer: stranger, extensions: mx }), stranger),
    'SELF_SIGNED_CERT_IN_CHAIN',
  ],
  [
    'for another host',
    named('DNS:other.example', 'DNS:example.org'),
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  ['for every host', named('DNS:*'), 'ERR_TLS_CERT_ALTNAME_INVALID'],
  [
    'with its name as common name alone',
    leaf({ name: HOST, extensions: SERVER }),
    'CERT_NAMES_NO_HOST',
  ],
  ['that has expired', leaf({ extensions: mx, valid: [-2, -1] }), 'CERT_HAS_EXPIRED'],
  ['that is not valid yet', leaf({ extensions: mx, valid: [1, 2] }), 'CERT_NOT_YET_VALID'],
  [
    'for clients alone',
    leaf({ extensions: [...mx, 'extendedKeyUsage=clientAuth'] }),
    'INVALID_PURPOSE',
  ],
] as const)(
  'F3, RFC 9525 §6: a certificate %s is seen and not trusted, and EHLO is heard all the same',
  async ([, certificate, pkixFault]) => {
    const { fact, heard } = await lookedAt({ certificate: await certificate });
    expect(certificatesOf(fact)).toMatchObject({ pkixFault });
    expect(fact).toMatchObject({ requireTls: true });
    expect(heard).toEqual(WHOLE);
  },
);

test.for([
  ['with RSA of 1024 bits', leaf({ extensions: mx, key: 'RSA-1024' })],
  ['signed with SHA-1', leaf({ extensions: mx, digest: 'sha1' })],
  ['of somebody who may not issue any', below({ extensions: SERVER })],
] as const)('F3, RFC 9325 §4.5: a certificate %s is not trusted', async ([, certificate]) => {
  const weak = { ...(await certificate), ciphers: EVEN_WEAK };
  const { fact } = await lookedAt({ certificate: weak });
  expect(certificatesOf(fact).pkixFault).toBeDefined();
});

const sha256 = (pem: string) =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');

test('F3, RFC 7672 §3.1: the whole chain is there for DANE, each certificate issued by the next', async () => {
  const issuer = await issued({ name: 'Intermediate', issuer: stranger, extensions: AUTHORITY });
  const { cert, key } = await leaf({ issuer, extensions: mx });
  // With somebody in between who has nothing to do with it.
  const certificate = { cert: cert + root.cert + issuer.cert + stranger.cert, key };
  const { fact } = await lookedAt({ certificate });
  expect(certificatesOf(fact).chain.map((one) => one.certificate.sha256)).toEqual(
    [cert, issuer.cert, stranger.cert].map(sha256),
  );
  expect(certificatesOf(fact).pkixFault).toBe('SELF_SIGNED_CERT_IN_CHAIN');
});

test('F3, RFC 7672 §3.1.2: somebody who has the name of an authority is not in the chain', async () => {
  // Nothing in them says by which key they are signed.
  const unnamed = ['subjectKeyIdentifier=none', 'authorityKeyIdentifier=none'];
  const authority = { name: 'An authority', extensions: [...AUTHORITY, ...unnamed] };
  const [issuer, namesake] = [await issued(authority), await issued(authority)];
  const server = leaf({ issuer, extensions: [...mx, ...unnamed] });
  const certificate = await withChain(server, namesake);
  const { fact } = await lookedAt({ certificate });
  expect(certificatesOf(fact).chain).toHaveLength(1);
});

test.for([
  [
    ['DNS.1=MX.example.org', 'DNS.2=*.Example.NET', 'IP.1=192.0.2.1'],
    ['mx.example.org', '*.example.net'],
  ],
  [['URI.1=http://a/?b, DNS:evil.example', 'DNS.1=mx.example.org'], ['mx.example.org']],
  [['URI.1=http://a/"\\\\", DNS:evil.example, "'], []],
  [['email.1=a@evil.example'], []],
] as const)('F3, RFC 7672 §3.2.2: of %j the names of hosts are seen', async ([entries, names]) => {
  const extensions = [...SERVER, 'subjectAltName=@names', '[names]', ...entries];
  const { fact } = await lookedAt({ certificate: await leaf({ extensions }) });
  expect(certificatesOf(fact).dnsNames).toEqual(names);
});

test.for([[['127.0.0.1']], [['::ffff:127.0.0.1', '10.0.0.1']], [['169.254.169.254']]])(
  'a mail server whose addresses are %j is not connected to',
  async ([addresses = []]) => {
    await using server = await MxServer.start({ certificate: good });
    await using state = await temporaryState();
    const probe = new MxProbe({
      state: state.folder,
      trust: [root.cert],
      mxPort: server.port,
      allowSpecialAddresses: false,
      log: pino({ level: 'silent' }),
    });
    expect(await probe.probe(HOST, addresses, FOR)).toEqual({
      kind: 'not seen',
      why: 'special address',
      ageMs: 0,
    });
    expect(server.connections).toBe(0);
  },
);

test('a mail server where nobody listens was not seen', async () => {
  const closed = net.createServer();
  const mxPort = await listeningPort(closed);
  closed.close();
  const { fact } = await lookedAt({ options: { mxPort } });
  expect(fact).toEqual({ kind: 'not seen', why: 'connection refused', ageMs: 0 });
});
