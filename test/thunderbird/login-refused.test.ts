import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { expectUsableAndMarked, writeMarkedLetter } from './marked-letter.ts';
import { IMPATIENT } from './paired-proxies.ts';
import { scriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

const test = testInThunderbird();

test.for([
  ['refuses the password', { reply: '535 5.7.8 wrong password' }],
  ['goes away during the login', 'hang up'],
  ['never answers the login', 'stay silent'],
  ['answers the login with 421', { reply: '421 4.7.0 too many logins' }],
] as const)(
  'a server that %s makes Thunderbird ask again, and the window stays usable',
  async ([, does], { thunderbird, proxies }) => {
    await using upstream = await scriptedUpstream({ at: 'AUTH', does });
    await using proxy = await proxies.before(upstream, does === 'stay silent' ? IMPATIENT : []);
    await thunderbird.sendThrough(proxy.port);
    const window = await writeMarkedLetter(thunderbird);

    await window.clickSend();

    // Thunderbird shows a sentence of its own for any login that failed, and none of ours.
    expect(await thunderbird.dialogs.readAndClose()).toBe(
      'Login to server 127.0.0.1 with username alice failed.',
    );
    await eventually('the window unlocked', async () => {
      // Now and then a second dialog says that the message was not sent.
      await thunderbird.dialogs.close();
      return !(await window.isLocked());
    });
    await expectUsableAndMarked(window);
    expect(upstream.accepted()).toEqual([]);

    upstream.playFrom(undefined);
    await window.send();
    expect(upstream.accepted()).toHaveLength(1);
  },
);

test.for([
  ['refuses', { reply: '535 5.7.8 no logins from here' }],
  ['answers 421 to', { reply: '421 4.7.0 too many logins' }],
] as const)(
  'a server that %s every login before it has seen a password is told of, and the window stays usable',
  async ([, does], { thunderbird, proxies }) => {
    await using upstream = await scriptedUpstream({ at: 'AUTH command', does });
    await using proxy = await proxies.before(upstream);
    await thunderbird.sendThrough(proxy.port);
    const window = await writeMarkedLetter(thunderbird);

    await window.clickSend();

    // Here another password would not help, and Thunderbird shows what the server said.
    const [, said = ''] = /^\d{3} \S+ (.*)$/.exec(does.reply) ?? [];
    expect(await thunderbird.dialogs.readAndClose()).toContain(said);
    await eventually('the window unlocked', async () => !(await window.isLocked()));
    await expectUsableAndMarked(window);

    upstream.playFrom(undefined);
    await window.send();
    expect(upstream.accepted()).toHaveLength(1);
  },
);
