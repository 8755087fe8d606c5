import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { largeFile } from './large-file.ts';
import { addToMailCommand } from './mail-command.ts';
import { expectUsableAndMarked, writeMarkedLetter } from './marked-letter.ts';
import { scriptedServer, type Fault } from './scripted-server.ts';
import { scriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

const test = testInThunderbird();

/** Where the server refuses, how, and what the dialog must tell the person. */
const CASES: readonly (readonly [where: string, fault: Fault, says: string])[] = [
  [
    '554 in place of the greeting',
    { at: 'greeting', does: { reply: '554 5.3.2 closed for the night' } },
    'localhost does not take connections: closed for the night. Nothing was sent.',
  ],
  [
    '421 in place of the greeting',
    { at: 'greeting', does: { reply: '421 4.3.2 too many connections' } },
    'localhost does not take connections: too many connections. Nothing was sent.',
  ],
  [
    'a refusal of MAIL',
    { at: 'MAIL', does: { reply: '550 5.7.1 sender not allowed' } },
    'localhost refused this message, and it was not sent: sender not allowed',
  ],
  [
    'a refusal of MAIL for now',
    { at: 'MAIL', does: { reply: '451 4.3.0 disk full' } },
    'localhost refused this message, and it was not sent: disk full',
  ],
  [
    '421 to MAIL',
    { at: 'MAIL', does: { reply: '421 4.3.2 shutting down' } },
    'localhost refused this message, and it was not sent: shutting down',
  ],
  [
    'a refusal of the recipient',
    { at: 'RCPT', does: { reply: '550 5.1.1 no such person' } },
    'localhost refused <bob@recipient.example> (550 5.1.1 no such person). The message was sent to nobody.',
  ],
  [
    'a refusal of the recipient for now',
    { at: 'RCPT', does: { reply: '450 4.2.0 greylisted' } },
    'localhost refused <bob@recipient.example> (450 4.2.0 greylisted). The message was sent to nobody.',
  ],
  [
    'a refusal of DATA',
    { at: 'DATA', does: { reply: '554 5.5.1 no valid recipients' } },
    'localhost refused this message, and it was not sent: no valid recipients',
  ],
  [
    '550 after the final dot',
    { at: 'dot', does: { reply: '550 5.7.1 that looks like spam' } },
    'localhost refused this message, and it was not sent: that looks like spam',
  ],
  [
    '451 after the final dot',
    { at: 'dot', does: { reply: '451 4.3.0 try again later' } },
    'localhost refused this message, and it was not sent: try again later',
  ],
  [
    '554 after the final dot',
    { at: 'dot', does: { reply: '554 5.6.0 not a message' } },
    'localhost refused this message, and it was not sent: not a message',
  ],
  [
    '421 after the final dot',
    { at: 'dot', does: { reply: '421 4.3.2 shutting down' } },
    'localhost refused this message, and it was not sent: shutting down',
  ],
];

test.for(CASES)(
  'the person reads of %s, keeps the window, and can send again',
  async ([, fault, says], { thunderbird, proxies }) => {
    await using upstream = await scriptedUpstream(fault);
    await using proxy = await proxies.before(upstream);
    await thunderbird.sendThrough(proxy.port);
    const window = await writeMarkedLetter(thunderbird);

    await window.clickSend();

    expect(await thunderbird.dialogs.readAndClose()).toContain(says);
    await expectUsableAndMarked(window);
    expect(upstream.accepted()).toEqual([]);

    upstream.playFrom(undefined);
    await window.send();
    expect(upstream.accepted()).toHaveLength(1);
  },
);

test('RFC 8689 §2: a certificate that is not trusted is told in the greeting, and no password is sent', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream();
  await using stranger = await scriptedUpstream();
  await using proxy = await proxies.start(
    `submissions://localhost:${upstream.port}`,
    stranger.caFile,
  );
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarkedLetter(thunderbird);

  await window.clickSend();

  expect(await thunderbird.dialogs.readAndClose()).toMatch(
    /no verified TLS connection to localhost.* Nothing was sent, and no password\./,
  );
  await expectUsableAndMarked(window);
  expect(upstream.commands()).toEqual([]);
});

test('a message larger than the server takes is refused at MAIL', async ({
  thunderbird,
  proxies,
}) => {
  const reply = '250-upstream.example\r\n250-AUTH PLAIN\r\n250-REQUIRETLS\r\n250 SIZE 100';
  await using upstream = await scriptedUpstream({ at: 'EHLO', does: { reply } });
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarkedLetter(thunderbird);

  await window.clickSend();

  const text = await thunderbird.dialogs.readAndClose();
  expect(text).toContain('The message is larger than localhost takes (100 octets).');
  await expectUsableAndMarked(window);
  expect(upstream.commands().filter((command) => command.startsWith('MAIL'))).toEqual([]);
});

test.for([
  ['501', ' SIZE=many', 'Syntax error: write a right value for SIZE'],
  ['555', ' HOLDFOR=60', 'The parameter HOLDFOR is not offered by localhost'],
] as const)(
  '%s to MAIL is read by the person',
  async ([, words, says], { thunderbird, proxies }) => {
    await using upstream = await scriptedUpstream();
    await using proxy = await proxies.before(upstream);
    await thunderbird.sendThrough(proxy.port);
    const window = await writeMarkedLetter(thunderbird);

    {
      await using _extended = await addToMailCommand(thunderbird.mainWindow, words);
      await window.clickSend();
      expect(await thunderbird.dialogs.readAndClose()).toContain(says);
    }
    await expectUsableAndMarked(window);

    await window.send();
    expect(upstream.accepted()).toHaveLength(1);
  },
);

test('Thunderbird 153 locks the window for good on a 421 between 354 and the final dot; look again 2027-06', async ({
  thunderbird,
}) => {
  const reply = '354 go on\r\n421 4.3.2 bye';
  await using server = await scriptedServer({ at: 'DATA', does: { reply } });
  await using photograph = await largeFile();
  await thunderbird.sendThrough(server.port);
  const window = await thunderbird.newMessage();
  await window.write({ to: 'bob@recipient.example', subject: 'The contract', body: 'Please.' });
  await window.attach(photograph.file);

  await window.clickSend();

  await eventually('the message begun', async () => server.commands().includes('DATA'));
  await eventually('the end of the session', async () => server.connections() === 0);
  expect(await window.isLocked()).toBe(true);
  expect(await thunderbird.dialogs.texts()).toEqual([]);
});
