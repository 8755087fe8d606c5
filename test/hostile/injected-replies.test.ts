import { expect, test } from 'vitest';
import { attackedSession } from './attacked-session.ts';

/** Said in clear behind the 220 to STARTTLS, in one segment with it; TLS begins as it should. */
const INJECTED = {
  'a whole reply': '250-submission.example\r\n250 REQUIRETLS\r\n',
  'the beginning of a reply': '250-REQUIRETLS',
  'one octet': '2',
  'a line end': '\r\n',
  'the replies to a whole message':
    '250-submission.example\r\n250 PIPELINING\r\n235 2.7.0 Ok\r\n250 Ok\r\n250 Ok\r\n354 go\r\n250 queued\r\n',
} as const;

test.each(Object.entries(INJECTED))(
  'RFC 3207 §6: %s behind the 220 to STARTTLS ends the session before anything is said',
  async (_what, octets) => {
    const heard = await attackedSession({
      mode: 'starttls',
      at: 'STARTTLS',
      fault: { goesOn: true, does: ({ socket, right }) => void socket.write(right + octets) },
    });
    expect(heard.greeting).toMatch(/^(?:421 4|554 5)\.7\.10 Encryption needed: /);
    expect(heard.secured).toBe('');
    expect(heard.plain).toBe('EHLO [127.0.0.1]\r\nSTARTTLS\r\n');
  },
);

test.each([
  ['250 2.0.0 as you like', /^554 5\.7\.10 .* it answered STARTTLS with 250\. /],
  ['235 2.7.0 Ok', /^554 5\.7\.10 .* it answered STARTTLS with 235\. /],
  ['220-2.0.0 go\r\n250 ahead', /^421 4\.7\.10 .* it sent two reply codes in one reply\. /],
])('RFC 3207 §4: STARTTLS answered %j begins no TLS', async (answer, greeting) => {
  const heard = await attackedSession({
    mode: 'starttls',
    at: 'STARTTLS',
    fault: { goesOn: false, does: ({ socket }) => void socket.write(`${answer}\r\n`) },
  });
  expect(heard.greeting).toMatch(greeting);
  expect(heard.plain).toBe('EHLO [127.0.0.1]\r\nSTARTTLS\r\n');
});

test.each([
  ['STARTTLS is not offered and refused with 530', '530 5.7.0 log in first', /^554 5\.7\.10 /],
  ['STARTTLS is not offered and refused with 554', '554 5.7.3 never', /^554 5\.7\.10 /],
  ['STARTTLS is not offered and refused with 454', '454 4.7.0 not now', /^421 4\.7\.10 /],
])('RFC 3207 §4: %s: nothing goes in clear', async (_what, answer, greeting) => {
  const heard = await attackedSession({
    mode: 'starttls',
    at: 'STARTTLS',
    fault: { goesOn: true, does: ({ socket }) => void socket.write(`${answer}\r\n`) },
  });
  expect(heard.greeting).toMatch(greeting);
  expect(heard.plain).toBe('EHLO [127.0.0.1]\r\nSTARTTLS\r\n');
});
