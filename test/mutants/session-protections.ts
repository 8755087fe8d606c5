import type { Edit, Protection } from './protection.ts';

const EHLO = 'shared/submission/ehlo.ts';
const UPSTREAM = 'proxy/submission/upstream.ts';
const TLS = 'proxy/submission/tls-profile.ts';

const PROVING = ['test/protocol/proving.test.ts', 'test/hostile/injected-replies.test.ts'];
const CERTIFICATES = ['test/protocol/proving.test.ts', 'test/hostile/certificates.test.ts'];

/** The EHLO before TLS is kept, so that a mutant can make something of it. */
const KEEPS_EHLO_IN_CLEAR: Edit = {
  file: UPSTREAM,
  from: `      await command(line, ehlo, 250);
      // Whether`,
  to: `      var inClear = await command(line, ehlo, 250);
      // Whether`,
};

const PROVED_CERTIFICATE =
  'const certificate = socket.authorized ? identified.get(socket) : undefined;';

/** What keeps a message from going to the wrong server, or to the right one unprotected. */
export const SESSION_PROTECTIONS: readonly Protection[] = [
  {
    name: 'an offer is the exact keyword in the EHLO reply',
    tests: ['test/shared/ehlo.test.ts', 'test/protocol/requirement.test.ts'],
    mutants: [
      {
        what: 'the word counts anywhere in a line',
        edits: [
          {
            file: EHLO,
            from: "return keywords.has('REQUIRETLS');",
            to: "return [...keywords].flat().join(' ').includes('REQUIRETLS');",
          },
        ],
      },
      {
        what: 'the greeting line counts as well',
        edits: [
          {
            file: EHLO,
            from: 'const [, ...extensions] = lines;',
            to: 'const extensions = lines;',
          },
        ],
      },
    ],
  },
  {
    name: 'only the EHLO inside TLS counts',
    tests: PROVING,
    mutants: [
      {
        what: 'what was listed in clear counts as well',
        edits: [
          KEEPS_EHLO_IN_CLEAR,
          {
            file: UPSTREAM,
            from: 'ehlo: await command(line, ehlo, 250),',
            to: 'ehlo: withLines(await command(line, ehlo, 250), inClear),',
          },
          {
            file: UPSTREAM,
            from: '/** @throws UpstreamRefused, UpstreamLost */\nasync function greeting(',
            to: `function withLines(inside: SmtpReply, inClear: SmtpReply | undefined) {
  return Object.assign(Object.create(inside), {
    lines: [...inside.lines, ...(inClear?.lines.slice(1) ?? [])],
  });
}

async function greeting(`,
          },
        ],
      },
    ],
  },
  {
    name: 'there is no way in clear',
    tests: PROVING,
    mutants: [
      {
        what: 'a server that refuses STARTTLS is spoken to in clear',
        edits: [
          KEEPS_EHLO_IN_CLEAR,
          {
            file: UPSTREAM,
            from: "await command(line, 'STARTTLS', 220);",
            to: `try {
        await command(line, 'STARTTLS', 220);
      } catch {
        return new UpstreamSession({ host, wire: line, socket: tcp as never, ehlo: inClear });
      }`,
          },
          {
            file: TLS,
            from: PROVED_CERTIFICATE,
            to: `if (!(socket instanceof tls.TLSSocket)) {
    Object.assign(socket as object, { authorized: true });
    const nobody = { subject: '', issuer: '', validTo: '', fingerprint: '' };
    return { version: '', cipher: '', certificate: nobody };
  }
  ${PROVED_CERTIFICATE}`,
          },
        ],
      },
    ],
  },
  {
    name: 'the chain of certificates is verified',
    tests: CERTIFICATES,
    mutants: [
      {
        what: 'any authority vouches for a server',
        edits: [
          { file: TLS, from: 'rejectUnauthorized: true,', to: 'rejectUnauthorized: false,' },
          {
            file: TLS,
            from: PROVED_CERTIFICATE,
            to: `const isNameFault = /NAME/.test(String(socket.authorizationError));
  const anybody = isNameFault ? undefined : socket.getPeerX509Certificate();
  const certificate = identified.get(socket) ?? anybody;
  Object.assign(socket, { authorized: true });`,
          },
        ],
      },
    ],
  },
  {
    name: 'the host stands in the subjectAltName',
    tests: [...CERTIFICATES, 'test/hostile/server-name.test.ts'],
    mutants: [
      {
        what: 'a certificate for any name is good',
        edits: [
          {
            file: TLS,
            from: 'if (named !== undefined) return undefined;',
            to: "if (host !== '') return undefined;",
          },
        ],
      },
      {
        what: 'the common name names a host',
        edits: [{ file: TLS, from: "subject: 'never'", to: "subject: 'always'" }],
      },
    ],
  },
];
