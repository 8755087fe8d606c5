import { createHash, X509Certificate } from 'node:crypto';
import type { TlsaRecord } from '../../shared/forecast/dane.ts';
import type { Answer } from '../../shared/forecast/facts.ts';
import { AUTHORITY, issued, SERVER, type Issued, type Wanted } from './issued-certificate.ts';

/** What is presented, the server's own first, and a record that is about one of them. */
type Case = readonly [what: string, ours: Answer, presented: readonly Issued[], record: TlsaRecord];

export const HOST = 'mx.example.org';
const NAMED = `subjectAltName=DNS:${HOST}`;

const anchor = await issued({ name: 'Anchor', extensions: AUTHORITY });

/** A good certificate of the server but for what is said. */
async function server(but: Partial<Wanted> = {}): Promise<Issued> {
  return await issued({ name: 'server', issuer: anchor, extensions: [...SERVER, NAMED], ...but });
}

/** One that the anchor issued, with extensions as OpenSSL writes them. */
async function between(...extensions: readonly string[]): Promise<Issued> {
  return await issued({ name: 'Between', issuer: anchor, extensions });
}

/** All that leads from a good certificate of the server to the anchor. */
async function below(issuer: Issued, ...others: readonly Issued[]): Promise<readonly Issued[]> {
  return [await server({ issuer }), issuer, ...others, anchor];
}

function record(numbers: '2 0 0' | '2 0 1' | '2 1 0' | '2 1 1' | '3 0 0' | '3 1 1', of: Issued) {
  const [usage = 0, selector = 0, matchingType = 0] = numbers.split(' ').map(Number);
  const { raw, publicKey } = new X509Certificate(of.cert);
  const octets = selector === 0 ? raw : publicKey.export({ type: 'spki', format: 'der' });
  const digest = () => createHash('sha256').update(octets).digest('hex');
  return {
    usage,
    selector,
    matchingType,
    data: matchingType === 0 ? octets.toString('hex') : digest(),
  };
}

const OWN = await server();
const HOLDS = [OWN, anchor];
const self = await issued({ name: 'self', extensions: [...AUTHORITY, NAMED] });
const old = await issued({ name: 'Old', extensions: AUTHORITY, valid: [-3, -1] });
const expired = await server({ valid: [-3, -1] });
const notYet = await server({ valid: [1, 3] });
const weak = await server({ key: 'RSA-1024' });
const weakAnchor = await issued({ name: 'Weak', extensions: AUTHORITY, key: 'RSA-1024' });
const sha1 = await issued({
  name: 'Between',
  issuer: anchor,
  extensions: AUTHORITY,
  digest: 'sha1',
});
const sha1Anchor = await issued({ name: 'SHA-1', extensions: AUTHORITY, digest: 'sha1' });
const leaf = await between(
  'basicConstraints=critical,CA:FALSE',
  'subjectAltName=DNS:other.example',
);
const bare = await between('subjectAltName=DNS:other.example');
const signsNot = await between('basicConstraints=CA:TRUE', 'keyUsage=digitalSignature');
const sub = await between(...AUTHORITY);
const short = await between('basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=keyCertSign');
const belowShort = await issued({ name: 'Below', issuer: short, extensions: AUTHORITY });
const shortAnchor = await issued({
  name: 'Short anchor',
  extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=keyCertSign'],
});
const belowShortAnchor = await issued({
  name: 'Below',
  issuer: shortAnchor,
  extensions: AUTHORITY,
});
const elsewhere = await between(
  ...AUTHORITY,
  'nameConstraints=critical,permitted;DNS:other.example',
);
const here = await between(...AUTHORITY, `nameConstraints=permitted;DNS:${HOST}`);
const clients = await between(...AUTHORITY, 'extendedKeyUsage=clientAuth');
const servers = await between(...AUTHORITY, 'extendedKeyUsage=serverAuth');
const strange = await between(...AUTHORITY, '1.2.3.4=critical,ASN1:NULL');
const policies = await between(...AUTHORITY, 'certificatePolicies=critical,1.2.3.4');
const renewed = await issued({ name: 'Renewed', issuer: anchor, extensions: AUTHORITY });
const outdated = await issued({
  name: 'Renewed',
  issuer: anchor,
  extensions: AUTHORITY,
  keyOf: renewed,
  valid: [-3, -1],
});
const forClients = await server({ extensions: [...SERVER, NAMED, 'extendedKeyUsage=clientAuth'] });
const forAny = await server({ extensions: [...SERVER, NAMED, 'extendedKeyUsage=2.5.29.37.0'] });
const netscape = await server({ extensions: [...SERVER, NAMED, 'nsCertType=client'] });
const withBlocks = await server({
  extensions: [...SERVER, NAMED, 'sbgp-ipAddrBlock=IPv4:10.0.0.0/8'],
});
const signing = await server({ extensions: [NAMED, 'keyUsage=critical,keyCertSign'] });
const common = await server({ name: HOST, extensions: SERVER });

export const DANE_PATHS: readonly Case[] = [
  ['the certificate of its issuer', 'yes', HOLDS, record('2 0 1', anchor)],
  ['the key of its issuer', 'yes', HOLDS, record('2 1 1', anchor)],
  ['its issuer in full', 'yes', HOLDS, record('2 0 0', anchor)],
  ['the one above the one between', 'yes', await below(sub), record('2 0 1', anchor)],
  ['the one between', 'yes', (await below(sub)).slice(0, 2), record('2 0 1', sub)],
  ['a path no longer than allowed', 'yes', await below(short), record('2 1 1', anchor)],
  ['an authority for servers', 'yes', await below(servers), record('2 1 1', anchor)],
  ['a critical policy', 'yes', await below(policies), record('2 1 1', anchor)],
  [
    'an anchor that SHA-1 signs',
    'yes',
    [await server({ issuer: sha1Anchor }), sha1Anchor],
    record('2 1 1', sha1Anchor),
  ],
  [
    'an authority that was renewed',
    'yes',
    [await server({ issuer: renewed }), outdated, renewed, anchor],
    record('2 1 1', anchor),
  ],
  ['its own key', 'yes', HOLDS, record('3 1 1', OWN)],
  ['its own certificate in full', 'yes', HOLDS, record('3 0 0', OWN)],
  ['its own, expired, under DANE-EE', 'yes', [expired], record('3 1 1', expired)],
  ['its own, for clients, under DANE-EE', 'yes', [forClients], record('3 1 1', forClients)],

  ['another authority', 'no', HOLDS, record('2 1 1', sub)],
  ['its own under DANE-TA', 'no', [self], record('2 1 1', self)],
  ['an anchor that has expired', 'no', [await server({ issuer: old }), old], record('2 0 1', old)],
  ['one that has expired', 'no', [expired, anchor], record('2 0 1', anchor)],
  ['one that is not valid yet', 'no', [notYet, anchor], record('2 0 1', anchor)],
  ['one that a server issued', 'no', await below(leaf), record('2 1 1', anchor)],
  ['a server for the anchor', 'no', (await below(leaf)).slice(0, 2), record('2 1 1', leaf)],
  ['an authority that may not sign', 'no', await below(signsNot), record('2 1 1', anchor)],
  ['a longer path than allowed', 'no', await below(belowShort, short), record('2 1 1', anchor)],
  [
    'a longer path than its anchor allows',
    'no',
    [await server({ issuer: belowShortAnchor }), belowShortAnchor, shortAnchor],
    record('2 1 1', shortAnchor),
  ],
  ['one for clients', 'no', [forClients, anchor], record('2 1 1', anchor)],
  ['an authority for clients', 'no', await below(clients), record('2 1 1', anchor)],
  ['an anchor for clients', 'no', (await below(clients)).slice(0, 2), record('2 1 1', clients)],
  ['a key that only signs certificates', 'no', [signing, anchor], record('2 1 1', anchor)],

  ['one whose issuer says nothing of it', 'unknown', await below(bare), record('2 1 1', anchor)],
  ['a name that is excluded', 'unknown', await below(elsewhere), record('2 1 1', anchor)],
  ['a name that is allowed', 'unknown', await below(here), record('2 1 1', anchor)],
  ['what nobody knows and is critical', 'unknown', await below(strange), record('2 1 1', anchor)],
  ['one for any purpose', 'unknown', [forAny, anchor], record('2 1 1', anchor)],
  ['Netscape’s type for clients', 'unknown', [netscape, anchor], record('2 1 1', anchor)],
  ['addresses that its issuer has not', 'unknown', [withBlocks, anchor], record('2 1 1', anchor)],
  ['a weak key', 'unknown', [weak, anchor], record('2 0 1', anchor)],
  ['a weak key, under DANE-EE', 'unknown', [weak], record('3 1 1', weak)],
  [
    'a weak key of its issuer',
    'unknown',
    [await server({ issuer: weakAnchor }), weakAnchor],
    record('2 0 1', weakAnchor),
  ],
  ['a signature with SHA-1', 'unknown', await below(sha1), record('2 0 1', anchor)],
  ['an anchor not presented, in full', 'unknown', [OWN], record('2 0 0', anchor)],
  ['its key in full', 'unknown', [OWN], record('2 1 0', anchor)],
  ['a name that is only a common name', 'unknown', [common, anchor], record('2 1 1', anchor)],
];
