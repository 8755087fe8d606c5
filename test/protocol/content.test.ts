import { test } from 'vitest';
import { relayed } from './relayed-session.ts';
import { ENVELOPE, ENVELOPE_TAKEN, greeted, LEFT, proved, QUIT, TAKEN } from './scripts.ts';

const SERVER = `${proved('implicit', 'PIPELINING')}
  C: MAIL FROM:<ada@example.org>
  ${ENVELOPE_TAKEN}
`;

test.each([
  ['stuffed dots', ['Subject: dots', '', '..', '...', '..x', 'x.', '..', '.']],
  ['a body of nothing', ['Subject: none', '', '.']],
  ['no empty line', ['Subject: header only', '.']],
  ['an empty message', ['.']],
  ['no header section', ['', 'just a body', '.']],
  ['8-bit octets', ['Subject: \u00c3\u00a4', '', '\u0080\u00ff', '.']],
  ['long lines', ['Subject: long', '', 'x'.repeat(998), 'y'.repeat(70_000), '.']],
  ['a marker in the body', ['Subject: b', '', 'X-TLS-Required: Yes', '.']],
  ['blanks at line ends', ['Subject: a  ', 'X-Y:\t', '', ' \t', '.']],
  ['odd fields', ['subject:x', 'X-Empty:', 'Folded: a', '\tb', ' c', '', 'b', '.']],
] as const)('RFC 5321 §4.5.2: a message with %s arrives octet for octet', async (_what, lines) => {
  const content = lines.map((line) => `C: ${line}`).join('\n');
  await relayed({
    tls: 'implicit',
    server: `${SERVER}
      ${content}
      ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE}
      ${content}
      ${TAKEN} ${LEFT}`,
  });
});

test.each([
  ['a line feed without carriage return', 'one\ntwo'],
  ['a carriage return without line feed', 'one\rtwo'],
  ['a NUL octet', 'one\0two'],
  ['a carriage return without line feed', 'smuggled\r.\r'],
])('CVE-2023-51764: a body with %s is refused, without a final dot upstream', async (what, odd) => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER}
      C: Subject: odd
      C: 
      C: first
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE}
      C: Subject: odd
      C: 
      C: first
      pause
      C: second, for the last block is held back
      pause
      C: ${odd.replaceAll('\n', '\\n')}
      C: last
      C: .
      S: 554 5.6.0 The message contains ${what}, which mail servers read differently, so it was not sent. Every line must end with CR LF.
      ${LEFT}`,
  });
});
