import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { MARKED, openBackground, RUNNING, send, TAB, THROUGH } from './background-page.ts';
import type { Answers } from './control-server.ts';
import { asksForForecasts, forecast, knowing, SWITCHED_ON } from './forecasts.ts';
import { type HowOpened, LANGUAGES } from './opened-page.ts';
import { openPaired, POPUP } from './opened-popup.ts';
import { sidewaysOverflow } from './sideways-overflow.ts';
import { TAB_ID } from './stand-in.ts';

const CANCELLED = { cancel: true };
const SENT = { details: { customHeaders: [expect.objectContaining({ name: 'X-TLS-Required' })] } };

const KNOWING = knowing(
  forecast('fail.example', 'will fail'),
  forecast('good.example', 'promised'),
  forecast('nix.example', 'will fail', { code: 'null MX' }),
  forecast('void.example', 'will fail', { code: 'no such domain' }),
  forecast(
    'many.example',
    'will fail',
    { code: 'no STARTTLS', host: 'mx1.example.net' },
    { code: 'TLS failed', host: 'mx2.example.net' },
    { code: 'host has no address', host: 'mx3.example.net' },
    { code: 'host has no address', host: 'mx4.example.net' },
    { code: 'answer in clear' },
    { code: 'seen from this network' },
  ),
);

const to = (...recipients: readonly string[]) => ({ ...MARKED, to: recipients });

/** A background page with a message to these recipients, the forecast switched on. */
async function sending(recipients: readonly string[], answers: Answers = KNOWING) {
  return await openBackground(
    {
      composeWindow: to(...recipients),
      permissions: ['compose.send'],
      storage: { ...RUNNING, local: SWITCHED_ON },
    },
    answers,
  );
}

/** What is noted for the window once Send was cancelled, and Thunderbird has said how it was pressed. */
async function notedAfterSend(
  recipients: readonly string[],
  mode: 'sendNow' | 'sendLater',
): Promise<Readonly<Record<string, unknown>>> {
  await using opened = await sending(recipients);
  const { page } = opened;
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction(() => happenings.popupsOpened === 1);
  await page.evaluate(
    async ([tab, how]) => await happenings.fire('onAfterSend', tab, { mode: how, messages: [] }),
    [TAB, mode] as const,
  );
  await page.waitForFunction(() => 'how-sent-7' in happenings.storage.session);
  return await page.evaluate(() => happenings.storage.session);
}

/** The popup as it opens then, beside the background page. */
async function asking(
  recipients: readonly string[],
  how: Partial<HowOpened> & { readonly mode?: 'sendNow' | 'sendLater' } = {},
) {
  const { mode = 'sendNow', around, ...rest } = how;
  const opened = await openPaired(POPUP, {
    answers: KNOWING,
    local: SWITCHED_ON,
    session: await notedAfterSend(recipients, mode),
    around: { composeWindow: to(...recipients), permissions: ['compose.send'], ...around },
    ...rest,
  });
  await opened.page.locator('body[data-question="asked"]').waitFor();
  return opened;
}

const composeSends = async (page: Page) => await page.evaluate(() => happenings.composeSends);
const press = async (page: Page, name: string) => await page.getByRole('button', { name }).click();

const clockOf = async (page: Page) => await page.evaluate(() => performance.now());

/** Presses that come two seconds after the question appeared. */
async function later(page: Page): Promise<void> {
  await page.evaluate(() => {
    const noted = happenings.storage.session['asked-about-7'];
    happenings.storage.session['asked-about-7'] = { ...Object(noted), from: Date.now() - 1 };
  });
}

test('Send is cancelled at once where a recipient cannot receive it, and the popup asks', async () => {
  await using opened = await sending(['Bob <bob@fail.example>', 'carol@good.example']);
  const { page } = opened;
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction(() => happenings.popupsOpened === 1);
  const { question, notified } = await page.evaluate(() => ({
    question: happenings.storage.session['question-7'],
    notified: happenings.notifications,
  }));
  expect(question).toMatchObject({
    failing: [
      {
        address: 'bob@fail.example',
        domain: 'fail.example',
        reasons: [{ code: 'names not vouched for' }],
      },
    ],
  });
  expect(notified).toEqual([]);
});

test.each([
  { name: 'all can receive it', recipients: ['carol@good.example'], answers: KNOWING },
  {
    name: 'nobody can tell',
    recipients: ['carol@odd.example'],
    answers: knowing(forecast('odd.example', 'unknown')),
  },
  { name: 'it is still being looked up', recipients: ['carol@slow.example'], answers: KNOWING },
  { name: 'there are only lists', recipients: ['Friends <Friends>'], answers: KNOWING },
  {
    name: 'the proxy cannot say',
    recipients: ['bob@fail.example'],
    answers: { ...KNOWING, forecast: { failed: 'no' } },
  },
  {
    name: 'the proxy knows no forecasts',
    recipients: ['bob@fail.example'],
    answers: THROUGH,
  },
])('a message that requires TLS goes its way where $name', async ({ recipients, answers }) => {
  await using opened = await sending(recipients, answers);
  expect(await send(opened.page)).toEqual(SENT);
});

const GOOD = forecast('fail.example', 'will fail');

test.each([
  { name: 'a verdict that is none', junk: { ...GOOD, verdict: 'certainly' } },
  { name: 'no reason', junk: { ...GOOD, reasons: [] } },
  { name: 'a reason that is none', junk: { ...GOOD, reasons: [{ code: 'because' }] } },
  { name: 'another domain', junk: undefined, domains: [{ asked: 'else.example', forecast: GOOD }] },
  { name: 'no list', junk: undefined, domains: 'fail.example' },
  { name: 'more than was agreed', junk: { ...GOOD, more: 1 } },
])('an answer with $name holds nothing back', async ({ junk, domains }) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no proxy should answer
  const answer = { domains: domains ?? [{ asked: 'fail.example', forecast: junk }] } as never;
  await using opened = await sending(['bob@fail.example'], { ...KNOWING, forecast: answer });
  expect(await send(opened.page)).toEqual(SENT);
});

test('a proxy that never answers about a forecast holds nothing back for long', async () => {
  const never = new Promise<never>(() => undefined);
  await using opened = await sending(['bob@fail.example'], { ...KNOWING, forecast: () => never });
  expect(await send(opened.page)).toEqual(SENT);
});

test('what the question alone needs keeps nothing back when it fails', async () => {
  await using opened = await sending(['bob@fail.example']);
  const { page } = opened;
  await page.evaluate(() => happenings.failing.push('storage.session.get asked-about-7'));
  expect(await send(page)).toEqual(SENT);
});

test.each(['question-7', 'asked-about-7'])('junk in %s is no answer', async (key) => {
  await using opened = await openBackground(
    {
      composeWindow: to('bob@fail.example'),
      storage: {
        local: SWITCHED_ON,
        session: { ...RUNNING.session, [key]: { recipients: 'all', from: 'ever', id: 1 } },
      },
    },
    KNOWING,
  );
  expect(await send(opened.page)).toEqual(CANCELLED);
});

test.each(['No', undefined])('with the choice %s nobody is asked', async (value) => {
  const customHeaders = value === undefined ? [] : [{ name: 'X-TLS-Required', value }];
  await using opened = await openBackground(
    {
      composeWindow: { ...to('bob@fail.example'), customHeaders },
      storage: { ...RUNNING, local: SWITCHED_ON },
    },
    KNOWING,
  );
  expect(await send(opened.page)).toEqual(value === undefined ? {} : SENT);
  expect(asksForForecasts(opened.proxy.asked)).toEqual([]);
});

test('what keeps a message back altogether is told before anybody is asked', async () => {
  const route = { route: { kind: 'unknown', why: 'no profile' } } as const;
  await using opened = await sending(['bob@fail.example'], { ...KNOWING, route });
  const { page } = opened;
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction(() => happenings.notifications.length === 1);
  expect(await page.evaluate(() => happenings.storage.session['question-7'])).toBe(undefined);
});

test('the question names each recipient and the reason, and a stray Enter goes back', async () => {
  await using opened = await asking([
    'Bob <bob@fail.example>',
    'eve@FAIL.example',
    'carol@good.example',
  ]);
  const { page } = opened;
  const items = page.locator('#question-failing li');
  expect(await items.allTextContents()).toEqual([
    expect.stringMatching(/bob@fail\.example.*Nothing proves which servers/),
    expect.stringMatching(/eve@FAIL\.example.*Nothing proves which servers/),
  ]);
  await page.locator('#go-back:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => happenings.closed);
  expect(await composeSends(page)).toEqual([]);
  expect(await page.evaluate(() => happenings.composeWindow.customHeaders)).toEqual([
    { name: 'X-Tls-Required', value: 'Yes' },
  ]);
});

test.each(['Enter', 'Escape'])(
  'a question that %s closed as it came was read by nobody, and is asked again',
  async (key) => {
    await using opened = await asking(['bob@fail.example']);
    const { page } = opened;
    await page.locator('#go-back:focus').waitFor();
    await page.keyboard.press(key);
    await page.waitForFunction(() => happenings.closed);
    await later(page);
    expect(await send(page)).toEqual(CANCELLED);
  },
);

test.each(['Enter', 'Escape'])(
  'a question that %s closed once it could be read is not asked again',
  async (key) => {
    await using opened = await asking(['bob@fail.example']);
    const { page } = opened;
    await page.locator('#go-back:focus').waitFor();
    await page.waitForFunction((from) => performance.now() - from > 2_000, await clockOf(page));
    await page.keyboard.press(key);
    await page.waitForFunction(() => happenings.closed);
    expect(await send(page)).toEqual(SENT);
  },
);

test('Check again beside a question does not say that Send may be pressed again', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page, proxy } = opened;
  await page.locator('body[data-way="through-proxy"]').waitFor();
  const asked = proxy.asked.length;
  await press(page, 'Check again');
  await expect.poll(() => proxy.asked.length).toBeGreaterThan(asked);
  await page.locator('body[data-way="through-proxy"]').waitFor();
  expect(await page.locator('#status').textContent()).toBe('');
  expect(await page.locator('#question').isVisible()).toBe(true);
});

test('how Send was pressed before says nothing of how it is pressed now', async () => {
  await using opened = await sending(['bob@fail.example']);
  const { page } = opened;
  await page.evaluate(() => {
    happenings.storage.session['how-sent-7'] = 'sendLater';
  });
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction(() => happenings.popupsOpened === 1);
  expect(await page.evaluate(() => 'how-sent-7' in happenings.storage.session)).toBe(false);
});

test('a clock that was set back does not make the question come for ever', async () => {
  await using opened = await sending(['bob@fail.example']);
  const { page } = opened;
  await page.evaluate(() => {
    const from = Date.now() + 3_600_000;
    happenings.storage.session['asked-about-7'] = { recipients: ['bob@fail.example'], from };
  });
  expect(await send(page)).toEqual(SENT);
});

test('Send pressed once more, or held down, when the question has come is no answer to it', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page } = opened;
  await page.locator('#go-back:focus').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.keyboard.press('Meta+Enter');
  const isHeldTaken = await page.evaluate(() =>
    document.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', repeat: true, cancelable: true }),
    ),
  );
  expect(isHeldTaken).toBe(false);
  expect(await page.evaluate(() => happenings.closed)).toBe(false);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => happenings.closed);
});

test('F6: that somebody on the way could have brought it about is told, however many reasons there are', async () => {
  await using opened = await asking(['bob@many.example']);
  const [told] = await opened.page.locator('#question-failing li').allTextContents();
  expect(told).toMatch(/mx1\.example\.net.*mx2\.example\.net.*mx3\.example\.net/);
  expect(told).not.toContain('mx4.example.net');
  expect(told).toContain('somebody could have changed it');
  expect(told).toContain('a network that meddles with mail');
});

test.each(['sendNow', 'sendLater'] as const)(
  'Send anyway sends once, as the person did: %s',
  async (mode) => {
    await using opened = await asking(['bob@fail.example'], { mode });
    const { page } = opened;
    await page.keyboard.press('Tab');
    await page.locator('#send-anyway:focus').waitFor();
    await page.locator('#send-anyway').dblclick();
    await page.waitForFunction(() => happenings.closed);
    expect(await composeSends(page)).toEqual([[TAB_ID, mode]]);
    expect(await send(page)).toEqual(SENT);
  },
);

test('an answer to a question is good for one sending', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page } = opened;
  const answers = await page.evaluate(async (tabId) => {
    const { id: question } = Object(happenings.storage.session['question-7']);
    const message = { kind: 'send anyway', tabId, question };
    return await Promise.all([
      happenings.fire('onMessage', { ...message, question: 'another' }),
      happenings.fire('onMessage', message),
      happenings.fire('onMessage', message),
    ]);
  }, TAB_ID);
  expect(answers.flat().filter((answer) => answer !== undefined)).toEqual([
    'over',
    'sending',
    'over',
  ]);
  expect(await composeSends(page)).toHaveLength(1);
});

test('Send pressed beside the open popup is asked about there, and Send anyway still sends', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page } = opened;
  const first = await page.evaluate(() => Object(happenings.storage.session['question-7']).id);
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction((id) => {
    const { id: now, isShown } = Object(happenings.storage.session['question-7']);
    return now !== id && isShown === true;
  }, first);
  await page.evaluate(
    async (tab) => await happenings.fire('onAfterSend', tab, { mode: 'sendLater', messages: [] }),
    TAB,
  );
  await page.waitForFunction(() => happenings.storage.session['how-sent-7'] === 'sendLater');
  await press(page, 'Send anyway');
  await page.waitForFunction(() => happenings.closed);
  expect(await composeSends(page)).toEqual([[TAB_ID, 'sendLater']]);
  const { popupsOpened, notifications } = await page.evaluate(() => happenings);
  expect({ popupsOpened, notifications }).toEqual({ popupsOpened: 0, notifications: [] });
});

test('Send pressed while the popup shows the list brings the question into it', async () => {
  await using opened = await openPaired(POPUP, {
    answers: KNOWING,
    local: SWITCHED_ON,
    session: RUNNING.session,
    around: { composeWindow: to('bob@fail.example') },
  });
  const { page } = opened;
  await page.locator('#required:focus').waitFor();
  expect(await send(page)).toEqual(CANCELLED);
  await page.locator('#question-failing').getByText('bob@fail.example').waitFor();
  expect(await page.evaluate(() => happenings.notifications)).toEqual([]);
});

test('an answer that comes too late is not silent: another choice was made meanwhile', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page } = opened;
  expect(await page.locator('fieldset').isVisible()).toBe(false); // the question has its own buttons
  await page.evaluate(
    async (tab) => await happenings.fire('onCommand', 'cycle-requirement', tab),
    TAB,
  );
  await page.waitForFunction(() => !('question-7' in happenings.storage.session));
  await press(page, 'Send anyway');
  await page.getByText('press Send again').waitFor();
  expect(await composeSends(page)).toEqual([]);
  expect(await page.evaluate(() => happenings.closed)).toBe(false);
  expect(await page.locator('fieldset').isVisible()).toBe(true);
});

test('where this extension may not send, the person presses Send again', async () => {
  await using opened = await asking(['bob@fail.example'], { around: { permissions: [] } });
  const { page } = opened;
  await press(page, 'Send anyway');
  await page.getByText('press Send again: it is sent anyway').waitFor();
  expect(await composeSends(page)).toEqual([]);
  expect(await send(page)).toEqual(SENT);
});

test('Normal is set by the person’s press alone, and the person sends', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page } = opened;
  await press(page, 'Normal for this message');
  await page.getByText('It is Normal now. Press Send again.').waitFor();
  expect(await composeSends(page)).toEqual([]);
  expect(await send(page)).toEqual({});
});

test.each([
  { recipients: ['n@nix.example', 'v@void.example'], offered: false, says: 'No choice helps' },
  { recipients: ['n@nix.example', 'bob@fail.example'], offered: true, says: 'some of them only' },
])('Normal is offered where it helps: $recipients', async ({ recipients, offered, says }) => {
  await using opened = await asking(recipients);
  const { page } = opened;
  await page.getByText(says).waitFor();
  const button = page.getByRole('button', { name: 'Normal for this message' });
  expect(await button.isVisible()).toBe(offered);
});

test('the person is asked once about a recipient, and again about a new one only', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page } = opened;
  const noted = await page.evaluate(() => happenings.storage.session['asked-about-7']);
  expect(await send(page)).toEqual(CANCELLED); // the same press, or one that came with the question
  await page.waitForFunction(
    (before) => JSON.stringify(happenings.storage.session['asked-about-7']) !== before,
    JSON.stringify(noted),
  );
  await later(page);
  expect(await send(page)).toEqual(SENT);

  await page.evaluate(() => {
    const { composeWindow } = happenings;
    happenings.composeWindow = { ...composeWindow, cc: ['Nix <n@nix.example>'] };
  });
  expect(await send(page)).toEqual(CANCELLED);
  const items = page.locator('#question-failing li');
  await items.getByText('n@nix.example').waitFor();
  expect(await items.count()).toBe(1);
});

test('a window that gets the number of one which is closed is asked anew', async () => {
  await using opened = await asking(['bob@fail.example']);
  const { page } = opened;
  await later(page);
  await page.evaluate((tabId) => happenings.fire('onRemoved', tabId), TAB_ID);
  await page.waitForFunction(() => !('asked-about-7' in happenings.storage.session));
  expect(
    await page.evaluate(() =>
      ['question-7', 'how-sent-7'].filter((key) => key in happenings.storage.session),
    ),
  ).toEqual([]);
});

test('where the popup does not open, a notification says the same, and Send again sends', async () => {
  await using opened = await sending(['bob@fail.example']);
  const { page } = opened;
  await page.evaluate(() => {
    happenings.hasButton = false;
  });
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction(() => happenings.notifications.length === 1);
  const [told] = await page.evaluate(() => happenings.notifications);
  expect(told).toMatch(/bob@fail\.example.*Nothing proves which servers.*Press Send again/);
  await later(page);
  expect(await send(page)).toEqual(SENT);
});

test.each(['failing', 'hanging'] as const)(
  'a send permission that is %s keeps nothing back',
  async (how) => {
    await using opened = await asking(['bob@fail.example']);
    const { page } = opened;
    await page.evaluate((list) => happenings[list].push('compose.sendMessage'), how);
    await press(page, 'Send anyway');
    await page.waitForFunction(() => happenings.closed);
    expect(await send(page)).toEqual(SENT);
  },
);

for (const language of LANGUAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the question has no barrier that axe finds (${language}, ${colorScheme})`, async () => {
      const many = Array.from({ length: 20 }, (_one, at) => `somebody-${at}@fail.example`);
      await using opened = await asking(many, { language, context: { colorScheme } });
      const { violations } = await new AxeBuilder({ page: opened.page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
    });
  }

  test(`the buttons of the question are in sight, and nothing is cut off at 200 % (${language})`, async () => {
    const local = 'a'.repeat(64);
    await using opened = await asking([`${local}@fail.example`, 'n@nix.example'], {
      language,
      context: { viewport: { width: 480, height: 600 } },
    });
    const { page } = opened;
    for (const button of ['#go-back', '#send-anyway', '#choose-normal']) {
      const box = await page.locator(button).boundingBox();
      expect((box?.y ?? 600) + (box?.height ?? 0)).toBeLessThan(600);
    }
    await page.setViewportSize({ width: 240, height: 300 });
    expect(await page.evaluate(sidewaysOverflow)).toEqual([]);
  });
}
