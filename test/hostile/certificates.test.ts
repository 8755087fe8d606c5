import type { SecureContextOptions } from 'node:tls';
import { test } from 'vitest';
import { BEFORE_TLS, relayed, TLS_MODES } from '../protocol/relayed-session.ts';
import { greeted, LEFT, proved, QUIT } from '../protocol/scripts.ts';
import { AUTHORITY, issued, SERVER, type Issued } from './issued-certificate.ts';
import { below, leaf, NAMED, named, root, withChain } from './server-certificates.ts';

/** For our own server, which would not serve some of these otherwise. */
const EVEN_WEAK = 'DEFAULT@SECLEVEL=0';

const stranger = await issued({ name: 'Another authority', extensions: AUTHORITY });
const intermediate = await issued({ name: 'Intermediate', issuer: root, extensions: AUTHORITY });

const ANOTHER_NAME = 'its certificate is for another name';
const NO_NAME = 'its certificate names no host (a common name alone is not enough)';
const MAY_NOT_ISSUE = 'its certificate was issued by somebody who may not issue any';
const NOT_FOR_IT =
  'its certificate is not one for servers, or comes from somebody who may not issue any';
const NOT_VOUCHED = 'its certificate comes from an authority that may not vouch for this name';
const NOT_TRUSTED = 'its certificate comes from an authority that is not trusted here';
const WEAK_SIGNATURE = 'its certificate is signed in a way that is no longer safe (SHA-1 or older)';

const CERTIFICATES: readonly (readonly [what: string, made: Promise<Issued>, why: string])[] = [
  ['that has expired', leaf({ valid: [-2, -1] }), 'its certificate has expired'],
  [
    'that is not valid yet',
    leaf({ valid: [1, 2] }),
    'its certificate is not valid yet (is the clock of this computer right?)',
  ],
  ['for another host', named('DNS:other.example', 'DNS:localhost.example'), ANOTHER_NAME],
  [
    'that signs itself',
    issued({ name: 'localhost', extensions: [...SERVER, NAMED] }),
    'its certificate is self-signed',
  ],
  [
    'of an unknown authority that is sent along',
    withChain(leaf({ issuer: stranger }), stranger),
    NOT_TRUSTED,
  ],
  ['of an unknown authority', leaf({ issuer: stranger }), NOT_TRUSTED],
  ['whose authority is not sent along', leaf({ issuer: intermediate }), NOT_TRUSTED],
  ['issued by that of another server', below({ extensions: [...SERVER, NAMED] }), MAY_NOT_ISSUE],
  [
    'issued by one that says of no use',
    below({ extensions: ['basicConstraints=CA:FALSE'] }),
    NOT_FOR_IT,
  ],
  ['of an authority that has expired', below({ valid: [-2, -1] }), 'its certificate has expired'],
  [
    'of an authority for other names',
    below({ extensions: [...AUTHORITY, 'nameConstraints=critical,permitted;DNS:other.example'] }),
    NOT_VOUCHED,
  ],
  [
    'of an authority for all names but this',
    below({ extensions: [...AUTHORITY, 'nameConstraints=critical,excluded;DNS:localhost'] }),
    NOT_VOUCHED,
  ],
  [
    'for clients alone',
    leaf({ extensions: [...SERVER, 'extendedKeyUsage=clientAuth', NAMED] }),
    NOT_FOR_IT,
  ],
  ['signed with SHA-1', leaf({ digest: 'sha1' }), WEAK_SIGNATURE],
  ['of an authority signed with SHA-1', below({ digest: 'sha1' }), WEAK_SIGNATURE],
  [
    'with RSA of 1024 bits',
    leaf({ key: 'RSA-1024' }),
    'the key of its certificate is too short to be safe',
  ],
  [
    'of an authority with RSA of 1024 bits',
    below({ key: 'RSA-1024' }),
    'the key of an authority above its certificate is too short to be safe',
  ],
  [
    'with a curve of 192 bits',
    leaf({ key: 'P-192' }),
    'it offers only ciphers that are no longer safe',
  ],
  ['with its name as common name alone', leaf({ name: 'localhost', extensions: SERVER }), NO_NAME],
  [
    'with its name beside an e-mail address',
    leaf({ name: 'localhost', extensions: [...SERVER, 'subjectAltName=email:a@localhost'] }),
    NO_NAME,
  ],
  [
    'with its name in a URI',
    leaf({ name: 'localhost', extensions: [...SERVER, 'subjectAltName=URI:smtp://localhost'] }),
    NO_NAME,
  ],
  [
    'with a condition nobody knows',
    leaf({ extensions: [...SERVER, NAMED, '1.2.3.4=critical,ASN1:NULL'] }),
    'its certificate cannot be verified',
  ],
  ['for every name', named('DNS:*'), ANOTHER_NAME],
];

const refused = (reason: string, host = 'localhost') => `
  S: 554 5.7.10 Encryption needed: no verified TLS connection to ${host}, because ${reason}. Nothing was sent, and no password. If the server's name and port are right, tell your provider.
  C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
  S: 503 5.5.1 The connection was refused in the greeting. Nothing was sent.
  ${LEFT}`;

const made = await Promise.all(
  CERTIFICATES.map(async ([what, certificate, why]) => [what, await certificate, why] as const),
);

test.for(
  made.flatMap(([what, certificate, why]) =>
    TLS_MODES.map((mode) => [what, mode, certificate, why] as const),
  ),
)(
  'RFC 9325 §4.5, RFC 9525 §6: a certificate %s, %s, is refused in words before any login',
  async ([, mode, certificate, why]) => {
    await relayed({
      tls: mode,
      trust: [root.cert],
      serverTls: { ...certificate, ciphers: EVEN_WEAK },
      server: `${mode === 'implicit' ? '' : BEFORE_TLS}
        TLS
        closed`,
      mailProgram: refused(why),
    });
  },
);

const GOOD: readonly (readonly [what: string, server: SecureContextOptions])[] = [
  ['with a curve of 256 bits', await leaf()],
  ['with RSA of 2048 bits', await leaf({ key: 'RSA-2048' })],
  ['of an intermediate authority', await below({})],
  ['for servers', await leaf({ extensions: [...SERVER, 'extendedKeyUsage=serverAuth', NAMED] })],
  ['over TLS 1.2', { ...(await leaf()), maxVersion: 'TLSv1.2' }],
];

const GREETED = { server: `${proved('implicit')} ${QUIT}`, mailProgram: `${greeted()} ${LEFT}` };

test.for(GOOD)('RFC 9325 §4: a certificate %s is taken', async ([, serverTls]) => {
  await relayed({ tls: 'implicit', trust: [root.cert], serverTls, ...GREETED });
});

test('RFC 9525 §6.5: a server by its IP address needs the address in the certificate', async () => {
  const byAddress = { tls: 'implicit', host: '127.0.0.1', trust: [root.cert] } as const;
  await relayed({ ...byAddress, serverTls: await named('IP:127.0.0.1'), ...GREETED });
  await relayed({
    ...byAddress,
    serverTls: await leaf({
      name: '127.0.0.1',
      extensions: [...SERVER, 'subjectAltName=DNS:127.0.0.1'],
    }),
    server: 'TLS\nclosed',
    mailProgram: refused(ANOTHER_NAME, '127.0.0.1'),
  });
});
