import { expect } from 'vitest';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { domainsIn, focused, press, pressToClose, questionIn, tabTo } from './forecast-popup.ts';
import { startForecasting } from './forecasting-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

/** WebDriver's names of keys; the last one lets go of them. */
const ENTER = '\uE007';
const ESCAPE = '\uE00C';
const CTRL_ENTER = '\uE009\uE006\uE000';
const CTRL_SHIFT_ENTER = '\uE009\uE008\uE006\uE000';
const CTRL_SHIFT_D = '\uE009\uE008d\uE000';

const DOMAINS = {
  'notary.example': 'promised',
  'office.example': 'unprotected',
  'nomail.example': 'no mail',
} as const;

const LETTER = { to: 'ada@office.example', subject: 'The contract', body: 'Please.' } as const;

/** A press of Send is an answer only after the question was so long before the eyes. */
const READ_MS = 2_000;

/** A letter that requires TLS, chosen by key. */
async function writeRequired(
  thunderbird: Thunderbird,
  { to = LETTER.to }: { readonly to?: string } = {},
): Promise<ComposeWindow> {
  // Otherwise Thunderbird asks at the first Ctrl+Enter whether it was meant.
  await thunderbird.mainWindow.run(({ Services }) =>
    Services.prefs.setBoolPref('mail.warn_on_send_accel_key', false),
  );
  const window = await thunderbird.newMessage();
  await window.write({ ...LETTER, to });
  await eventually('the button to say Normal', async () =>
    /Normal/.test(await window.buttonLabel()),
  );
  await window.type('#msgSubject', CTRL_SHIFT_D);
  await eventually('the choice', async () => (await window.buttonLabel()) === 'Require TLS');
  return window;
}

async function closed(window: ComposeWindow): Promise<void> {
  await eventually('the compose window to close', async () => !(await window.isOpen()));
}

test('a required message to a domain that will fail is held back and the popup asks, naming recipient and reason', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird, {
    to: 'Ada Lovelace <ada@office.example>, grace@notary.example',
  });

  await window.type('#msgSubject', CTRL_ENTER);

  const popup = await questionIn(window);
  const text = await popup.run(
    ({ document }) => document.querySelector<HTMLElement>('#question')?.innerText ?? '',
  );
  expect(text).toMatch(/ada@office\.example.*DNSSEC/s);
  expect(text).not.toContain('notary');
  // Nobody sends by a stray press.
  expect(await focused(popup)).toBe('go-back');
  expect(upstream.arrived()).toEqual([]);
  expect(await window.buttonLabel()).toBe('Require TLS');
});

test('send anyway, by keyboard: the message leaves once, and with REQUIRETLS', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await window.type('#msgSubject', CTRL_ENTER);

  const popup = await questionIn(window);
  await tabTo(popup, 'send-anyway');
  await press(popup, ENTER);

  await closed(window);
  expect(await upstream.requirements()).toEqual(['required']);
  expect(await thunderbird.folder('Sent').subjects()).toEqual([LETTER.subject]);
  expect(await thunderbird.folder('Outbox').subjects()).toEqual([]);
});

test('send anyway after Send Later lays the message into the Outbox, marked', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await window.type('#msgSubject', CTRL_SHIFT_ENTER);

  const popup = await questionIn(window);
  await tabTo(popup, 'send-anyway');
  await press(popup, ENTER);

  await closed(window);
  expect(await thunderbird.folder('Outbox').subjects()).toEqual([LETTER.subject]);
  expect(upstream.arrived()).toEqual([]);
  await thunderbird.sendOutbox();
  expect(await upstream.requirements()).toEqual(['required']);
});

test('go back, by keyboard: nothing is sent, and the same question is not asked again', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await window.clickSend();
  const popup = await questionIn(window);
  const askedAt = Date.now();
  await eventually('time to think', async () => Date.now() - askedAt > READ_MS);

  await pressToClose(popup, ENTER);
  expect(await window.isLocked()).toBe(false);
  expect(await window.buttonLabel()).toBe('Require TLS');
  expect(upstream.arrived()).toEqual([]);

  await window.send();
  expect(await upstream.requirements()).toEqual(['required']);
});

test('Escape is no answer: nothing is sent, and a recipient who came after the question is asked about', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await window.clickSend();
  const first = await questionIn(window);
  const askedAt = Date.now();
  await eventually('time to think', async () => Date.now() - askedAt > READ_MS);
  await pressToClose(first, ESCAPE);
  await window.type('#toAddrInput', `bob@nomail.example${ENTER}`);

  await window.clickSend();

  const popup = await questionIn(window);
  const text = await popup.visibleText();
  expect(text).toContain('bob@nomail.example');
  expect(text).not.toContain('ada@office.example');
  // RFC 7505: nobody takes mail there, so that Normal would not help either.
  expect(
    await popup.run(
      ({ document }) => document.querySelector<HTMLElement>('#choose-normal')?.hidden,
    ),
  ).toBe(true);
  expect(upstream.arrived()).toEqual([]);
});

test('Normal for this message, by keyboard: the person sends it, and it leaves as any other', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await window.clickSend();

  const popup = await questionIn(window);
  await tabTo(popup, 'choose-normal');
  await press(popup, ENTER);
  await eventually('Normal', async () => (await window.buttonLabel()) === 'TLS: Normal');
  expect(upstream.arrived()).toEqual([]);
  await eventually('the way out under the finger', async () => (await focused(popup)) === 'done');
  await pressToClose(popup, ENTER);

  await window.type('#msgSubject', CTRL_ENTER);
  await closed(window);
  expect(await upstream.requirements()).toEqual(['default']);
});

test.for([
  ['default', 'default'],
  ['optional', 'optional'],
] as const)(
  'nobody is asked whose message to a domain that will fail is %s',
  async ([choice, expected], { thunderbird, addOn, proxies }) => {
    await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
    const window = await thunderbird.newMessage();
    await window.write(LETTER);
    if (choice !== 'default') await window.choose(choice);

    await window.send();

    expect(await upstream.requirements()).toEqual([expected]);
  },
);

test('Send by another way while the question is open does not make its answer come to nothing', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await window.type('#msgSubject', CTRL_ENTER);
  const popup = await questionIn(window);

  // As another add-on does, or a menu.
  await window.command('cmd_sendButton');
  await eventually('the window unlocked', async () => !(await window.isLocked()));
  await tabTo(popup, 'send-anyway');
  await press(popup, ENTER);

  await closed(window);
  expect(await upstream.requirements()).toEqual(['required']);
});

test('Send by another way while the popup shows the list asks in that popup', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await domainsIn(await window.openPopup());

  await window.command('cmd_sendButton');

  expect(await (await questionIn(window)).visibleText()).toContain('ada@office.example');
  expect(upstream.arrived()).toEqual([]);
});

test('a person who did not allow sending is told to press Send again, which is the answer', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS, {
    maySend: false,
  });
  const window = await writeRequired(thunderbird);
  await window.clickSend();

  const popup = await questionIn(window);
  await tabTo(popup, 'send-anyway');
  await press(popup, ENTER);
  await eventually('what to do', async () =>
    (await popup.visibleText()).includes('press Send again'),
  );
  expect(upstream.arrived()).toEqual([]);
  await popup.clickToClose('#done');

  await window.send();
  expect(await upstream.requirements()).toEqual(['required']);
});

test('an answer is taken though Thunderbird stopped the background page while the person thought', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await writeRequired(thunderbird);
  await window.type('#msgSubject', CTRL_SHIFT_ENTER);

  const popup = await questionIn(window);
  await addOn.stopBackground();
  await tabTo(popup, 'send-anyway');
  await press(popup, ENTER);

  await closed(window);
  expect(await thunderbird.folder('Outbox').subjects()).toEqual([LETTER.subject]);
  expect(upstream.arrived()).toEqual([]);
});
