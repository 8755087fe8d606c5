import { expect, test } from 'vitest';
import { relayed, TLS_MODES } from './relayed-session.ts';
import {
  ENVELOPE,
  ENVELOPE_TAKEN,
  greeted,
  LEFT,
  message,
  proved,
  QUIT,
  TAKEN,
} from './scripts.ts';

const MAIL = 'C: MAIL FROM:<ada@example.org>';

test.each(TLS_MODES)('default, REQUIRETLS offered, %s: relayed untouched', async (tls) => {
  await relayed({
    tls,
    server: `${proved(tls, 'PIPELINING', 'REQUIRETLS')}
      ${MAIL}
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test.each(TLS_MODES)('default, REQUIRETLS not offered, %s: relayed untouched', async (tls) => {
  await relayed({
    tls,
    server: `${proved(tls, 'PIPELINING')}
      ${MAIL}
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test.each(TLS_MODES)(
  'RFC 8689 §4.3: required, offered, %s: the parameter is on MAIL, the marker is gone',
  async (tls) => {
    const segments = await relayed({
      tls,
      server: `${proved(tls, 'PIPELINING', 'requiretls')}
        ${MAIL} REQUIRETLS
        ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
      mailProgram: `${greeted()} ${ENVELOPE}
        ${message('X-TLS-Required: Yes; id=K7')} ${TAKEN} ${LEFT}`,
    });
    expect(segments, 'RFC 2920 §3.1: the envelope in one write').toContain(
      'MAIL FROM:<ada@example.org> REQUIRETLS\r\nRCPT TO:<grace@example.net>\r\nDATA\r\n',
    );
  },
);

test.each([
  ['implicit', 'X-REQUIRETLS'],
  ['implicit', 'LIMITS REQUIRETLS'],
  ['implicit', 'AUTH PLAIN REQUIRETLS'],
  ['implicit', 'REQUIRETLS-BETA'],
  ['starttls', 'NO-REQUIRETLS'],
] as const)(
  'RFC 8689 §2: required, not offered, %s, %s: refused, and the server hears no MAIL',
  async (tls, lookAlike) => {
    await relayed({
      tls,
      server: `${proved(tls, 'PIPELINING', lookAlike)} ${QUIT}`,
      mailProgram: `${greeted(...(lookAlike.startsWith('AUTH') ? ['AUTH PLAIN'] : []))}
        ${ENVELOPE} ${message('X-TLS-Required: Yes')}
        S: 550 5.7.30 REQUIRETLS support required: localhost does not offer REQUIRETLS, so this message was not sent. Send it as Normal, or ask your provider for RFC 8689 support.
        ${LEFT}`,
    });
  },
);

test.each(TLS_MODES)(
  'RFC 8689 §3: optional, %s: TLS-Required: No stands once, where the marker stood',
  async (tls) => {
    await relayed({
      tls,
      server: `${proved(tls, 'PIPELINING', 'REQUIRETLS')}
        ${MAIL}
        ${ENVELOPE_TAKEN} ${message('From: a@b', 'TLS-Required: No', 'To: c@d')} ${TAKEN} ${QUIT}`,
      mailProgram: `${greeted()} ${ENVELOPE}
        ${message('From: a@b', 'x-tls-required:  no ', 'To: c@d')} ${TAKEN} ${LEFT}`,
    });
  },
);

test('RFC 8689 §3: optional to a server without REQUIRETLS is relayed too', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING')}
      ${MAIL}
      ${ENVELOPE_TAKEN} ${message('TLS-Required: No')} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message('X-TLS-Required: No')} ${TAKEN} ${LEFT}`,
  });
});

test('a header section that is not clear is refused, and the server hears no MAIL', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'REQUIRETLS')} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message('X-TLS-Required: maybe')}
      S: 554 5.6.0 The header of this message asks something of TLS that is not clear, so it was not sent. In Thunderbird choose again with the Require TLS button; elsewhere write "X-TLS-Required: Yes" or "X-TLS-Required: No" once, or leave the field out.
      ${LEFT}`,
  });
});

test('a required message does not make the next one on the connection required', async () => {
  const next = 'C: MAIL FROM:<ada@example.org>';
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'REQUIRETLS')}
      ${next} REQUIRETLS
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN}
      ${next}
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()}
      ${ENVELOPE} ${message('X-TLS-Required: Yes')} ${TAKEN}
      ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test.each([
  '555 5.5.4 Unsupported option: REQUIRETLS',
  '550 5.7.30 not here',
  '504 5.5.4 not that',
  '451 4.3.0 later',
])(
  'RFC 8689 §4.2.1: MAIL with REQUIRETLS answered %s is never repeated without it',
  async (answer) => {
    const [code = '', enhancedCode = '', ...text] = answer.split(' ');
    await relayed({
      tls: 'implicit',
      server: `${proved('implicit', 'PIPELINING', 'REQUIRETLS')}
        ${MAIL} REQUIRETLS
        C: RCPT TO:<grace@example.net>
        C: DATA
        S: ${answer}
        S: 503 5.5.1 no
        S: 503 5.5.1 no
        C: RSET
        S: 250 2.0.0 Ok
        ${QUIT}`,
      mailProgram: `${greeted()} ${ENVELOPE} ${message('X-TLS-Required: Yes')}
        S: ${code} ${enhancedCode} localhost refused this message, and it was not sent: ${text.join(' ')}
        ${LEFT}`,
    });
  },
);

test('RFC 8689 §5: with REQUIRETLS, RET=FULL becomes RET=HDRS', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'DSN', 'REQUIRETLS')}
      ${MAIL} REQUIRETLS RET=HDRS ENVID=K7
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted('DSN')}
      ${ENVELOPE.replace('org>', 'org> RET=FULL ENVID=K7')}
      ${message('Require-TLS-ESMTP: yes')} ${TAKEN} ${LEFT}`,
  });
});
