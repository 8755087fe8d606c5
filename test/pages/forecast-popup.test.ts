import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { unknownForecast } from '../../shared/forecast/verdict.ts';
import { MARKED } from './background-page.ts';
import type { Answers } from './control-server.ts';
import { asksForForecasts, forecast, knowing, lateAtFirst, SWITCHED_ON } from './forecasts.ts';
import { type HowOpened, LANGUAGES } from './opened-page.ts';
import { openPaired, POPUP, stop } from './opened-popup.ts';
import { sidewaysOverflow } from './sideways-overflow.ts';

const KNOWING = knowing(
  forecast('good.example', 'promised'),
  forecast('fail.example', 'will fail'),
  forecast('seen.example', 'observed'),
  forecast('odd.example', 'unknown'),
);

const ALL = ['a@good.example', 'b@seen.example', 'c@fail.example', 'd@odd.example'];

type HowShown = HowOpened & { readonly answers?: Answers; readonly session?: object };

/** The popup of a window with these recipients, the forecast switched on. */
async function showing(recipients: readonly string[], how: HowShown = {}) {
  const { session, ...rest } = how;
  return await openPaired(POPUP, {
    answers: KNOWING,
    local: SWITCHED_ON,
    ...rest,
    session: { ...session },
    around: { composeWindow: { ...MARKED, to: recipients }, ...rest.around },
  });
}

async function looked(page: Page): Promise<void> {
  await page.locator('body[data-forecast="looked"]').waitFor();
}

async function changeRecipients(page: Page, recipients: readonly string[]): Promise<void> {
  await page.evaluate((to) => {
    happenings.composeWindow = { ...happenings.composeWindow, to };
  }, recipients);
}

/** What a person hears and sees of each domain, without what turns the direction of letters. */
async function lines(page: Page): Promise<readonly string[]> {
  const shown = await page.locator('#forecast-domains summary').allInnerTexts();
  return shown.map((text) =>
    text
      .replaceAll(/[\u2066\u2068\u2069]/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
}

test('switched off it says so in a line, and leads to the switch by keyboard', async () => {
  await using opened = await openPaired(POPUP, { answers: KNOWING });
  const { page } = opened;
  await page.locator('#forecast-line').getByText('Not looked up.').waitFor();
  await page.getByRole('button', { name: 'Switch on…' }).press('Enter');
  await page.waitForFunction(() => happenings.setupPagesOpened === 1 && happenings.closed);
});

test('a domain is read from the left, whatever its letters: another one would look the same', async () => {
  const domain = '\u05d3\u05d5\u05d2.example';
  await using opened = await showing([`shalom@${domain}`], {
    answers: knowing(forecast(domain, 'will fail')),
  });
  const { page } = opened;
  await looked(page);
  const [hebrew, latin] = await page.locator('#forecast-domains .domain').evaluate((element) => {
    const text = element.firstChild;
    if (text === null) throw new Error('no domain is shown');
    const leftOf = (letter: string) => {
      const range = document.createRange();
      range.setStart(text, element.textContent.indexOf(letter));
      range.setEnd(text, element.textContent.indexOf(letter) + 1);
      return range.getBoundingClientRect().left;
    };
    return [leftOf('\u05d3'), leftOf('e')];
  });
  expect(hebrew).toBeLessThan(latin);
  await page.getByRole('status').getByText('With Require TLS it would not arrive.').waitFor();
});

test('what is no domain was not looked up, and has no age', async () => {
  const literal = '[192.0.2.1]';
  const answer = unknownForecast(literal, 'address literal');
  await using opened = await showing([`ada@${literal}`], { answers: knowing(answer) });
  await looked(opened.page);
  expect(await lines(opened.page)).toEqual([
    expect.stringMatching(/^\? \[192\.0\.2\.1\] Not known .*nothing can be looked up\.$/),
  ]);
});

test('F6: the domains stand worst first, each with its verdict, the reason and its age', async () => {
  await using opened = await showing(ALL);
  const { page } = opened;
  await looked(page);
  expect(await lines(page)).toEqual([
    expect.stringMatching(/^✗ fail\.example Would not arrive Nothing proves.*5 minutes ago\.$/),
    expect.stringMatching(/^\? odd\.example Not known The DNS server.*5 minutes ago\.$/),
    expect.stringMatching(/^○ good\.example May arrive .*5 minutes ago\.$/),
    expect.stringMatching(/^✓ seen\.example Can arrive .*5 minutes ago\.$/),
  ]);
  await page.getByRole('status').getByText('it would not arrive at 1 of 4 domains').waitFor();
});

test('what the proxy has kept is asked for first, and nobody waits for it', async () => {
  await using opened = await showing(ALL);
  await looked(opened.page);
  expect(asksForForecasts(opened.proxy.asked).map(({ waitMs }) => waitMs)).toEqual([0]);
});

test('what is looked up comes as it is found; after five seconds the rest is not known', async () => {
  await using opened = await showing(['a@slow.example', 'b@late.example']);
  const { page, proxy } = opened;
  await page.locator('body[data-forecast="looking"]').waitFor();
  expect(await lines(page)).toEqual(['… slow.example Looking…', '… late.example Looking…']);

  proxy.answers = knowing(forecast('late.example', 'promised'));
  await page.locator('[data-domain="late.example"][data-verdict="promised"]').waitFor();
  const asked = asksForForecasts(proxy.asked);
  await looked(page);
  expect(await lines(page)).toEqual([
    '? slow.example Not known The look-ups took too long. Ask again in a while.',
    expect.stringContaining('late.example May arrive'),
  ]);
  // What is known is not asked for again.
  expect(asksForForecasts(proxy.asked).slice(asked.length + 1)).not.toContainEqual(
    expect.objectContaining({ domains: expect.arrayContaining(['late.example']) }),
  );
});

test('recipients that change while the popup is open are looked at, and no others again', async () => {
  await using opened = await showing(['a@good.example']);
  const { page, proxy } = opened;
  await looked(page);
  await changeRecipients(page, ['a@good.example', 'c@fail.example']);
  await page.locator('[data-domain="fail.example"]').waitFor();
  await changeRecipients(page, []);
  await page.locator('#forecast-line').getByText('No recipients yet.').waitFor();
  expect(await page.locator('#forecast-domains').isVisible()).toBe(false);
  expect(asksForForecasts(proxy.asked)).toHaveLength(2);
});

test('a message that may be on its way is read once, as the popup opens, and not again', async () => {
  await using opened = await showing(['a@good.example'], {
    session: { 'sending-7': Date.now() - 60_000 },
  });
  const { page, proxy } = opened;
  await looked(page);
  await changeRecipients(page, ['c@fail.example']);
  // Three times it is asked whether it may be read.
  await page.waitForFunction(
    (before) => (happenings.calls['storage.local.get'] ?? 0) >= before + 3,
    await page.evaluate(() => happenings.calls['storage.local.get'] ?? 0),
  );
  expect(asksForForecasts(proxy.asked)).toHaveLength(1);
});

test('the facts are shown on demand, and stay open while more is found', async () => {
  await using opened = await showing(['c@fail.example']);
  const { page } = opened;
  await looked(page);
  const fail = page.locator('[data-domain="fail.example"]');
  await fail.locator('summary').press('Enter');
  await fail.getByText('MX: \u2068mx.example.net\u2069 (the resolver says, by DNSSEC').waitFor();
  await changeRecipients(page, ['c@fail.example', 'a@good.example']);
  await page.locator('[data-domain="good.example"]').waitFor();
  expect(await fail.locator('.facts').isVisible()).toBe(true);
  await page.locator('[data-domain="fail.example"] summary:focus').waitFor();
});

test('a proxy that does not answer is told, and the choice can be made all the same', async () => {
  await using opened = await showing(ALL);
  const { page, proxy } = opened;
  await looked(page);
  await stop(proxy);
  await changeRecipients(page, ['x@new.example']);
  await page.locator('#forecast-line').getByText('Start it').waitFor();
  expect(await page.locator('#forecast-domains').isVisible()).toBe(false);
  await page.getByRole('radio', { name: 'Normal' }).click();
  await page.locator('body[data-settled="default"]').waitFor();
});

test('a proxy whose first answers come late is asked on, and is not called dead', async () => {
  await using opened = await showing(['a@good.example'], { answers: lateAtFirst(KNOWING, 2) });
  const { page, proxy } = opened;
  await looked(page);
  expect(await lines(page)).toEqual([expect.stringContaining('good.example May arrive')]);
  expect(asksForForecasts(proxy.asked)).toHaveLength(3);
});

test('a proxy that answers late to the end leaves unknown what it did not tell', async () => {
  const answers = knowing(forecast('good.example', 'promised'));
  await using opened = await showing(['a@good.example', 'b@slow.example'], { answers });
  const { page, proxy } = opened;
  await page.locator('[data-domain="good.example"][data-verdict="promised"]').waitFor();
  proxy.answers = lateAtFirst(KNOWING, Number.POSITIVE_INFINITY);
  await looked(page);
  expect(await lines(page)).toContainEqual(expect.stringContaining('slow.example Not known'));
});

test('a proxy that never answers is told of when the time is over', async () => {
  await using opened = await showing(['a@good.example']);
  const { page, proxy } = opened;
  await looked(page);
  proxy.manner = 'hangs';
  await changeRecipients(page, ['x@new.example']);
  await page.locator('body[data-forecast="looking"]').waitFor();
  await page.locator('#forecast-line').getByText('Start it').waitFor();
});

test('an answer about recipients who are gone is not shown over those who came', async () => {
  let tellTheFirst: (() => void) | undefined;
  const isTold = new Promise<'told'>((resolve) => {
    tellTheFirst = () => resolve('told');
  });
  const answers: Answers = {
    ...KNOWING,
    forecast: async ({ domains, waitMs }) => {
      const [asked = ''] = domains;
      const known = { domains: [{ asked, forecast: forecast(asked, 'promised') }] };
      if (asked === 'good.example') {
        setTimeout(() => tellTheFirst?.(), 50); // when the popup shows this one
        return known;
      }
      const late = new Promise<void>((resolve) => setTimeout(resolve, waitMs));
      return (await Promise.race([isTold, late])) === 'told' ? known : { domains: [{ asked }] };
    },
  };
  await using opened = await showing(['a@slow.example'], { answers });
  const { page } = opened;
  await page.locator('body[data-forecast="looking"]').waitFor();
  await changeRecipients(page, ['a@good.example']);
  await page.locator('[data-domain="good.example"]').waitFor();
  // The popup has looked again at who the recipients are: what came late was taken before.
  const polls = await page.evaluate(() => happenings.calls['storage.local.get'] ?? 0);
  await page.waitForFunction(
    (before) => (happenings.calls['storage.local.get'] ?? 0) > before,
    polls,
  );
  expect(await lines(page)).toEqual([expect.stringContaining('good.example')]);
});

test('Check again looks once more', async () => {
  await using opened = await showing(['a@good.example']);
  const { page, proxy } = opened;
  await looked(page);
  proxy.answers = knowing(forecast('good.example', 'will fail'));
  await page.locator('#check-again').press('Enter');
  await page.locator('[data-domain="good.example"][data-verdict="will fail"]').waitFor();
});

test('what is not looked at is said: lists, hidden recipients, more than a question may name', async () => {
  const many = Array.from({ length: 102 }, (_one, at) => `x@d${at}.example`);
  await using opened = await showing(['Friends <Friends>', ...many], {
    answers: { ...KNOWING, forecast: { domains: [] } },
    around: {
      composeWindow: { ...MARKED, to: ['Friends <Friends>', ...many], bcc: ['x@hidden.example'] },
    },
  });
  const rest = opened.page.locator('#forecast-rest');
  await rest.getByText('Not looked at: \u2068Friends\u2069.').waitFor();
  await rest.getByText('Further domains that are not looked at: 2.').waitFor();
  await rest.getByText('Hidden recipients (Bcc) that are left out: 1.').waitFor();
  await expect.poll(() => asksForForecasts(opened.proxy.asked)[0]?.domains).toHaveLength(100);
});

test('text of mail servers is shown as text, and turns nothing round', async () => {
  const evil = '<img src=x onerror=alert(1)>\u202e\u0000\n';
  const told = forecast('evil.example', 'will fail', {
    code: 'TLS failed',
    host: `mx${evil}`,
    detail: evil,
  });
  await using opened = await showing(['a@evil.example'], {
    answers: knowing({
      ...told,
      facts: [{ about: 'server', host: evil, says: evil, source: 'mail server', ageMs: -5 }],
    }),
  });
  const { page } = opened;
  await looked(page);
  const item = page.locator('[data-domain="evil.example"]');
  expect(await item.locator('img').count()).toBe(0);
  const shown = (await item.textContent()) ?? '';
  expect(['\u202e', '\u0000'].filter((odd) => shown.includes(odd))).toEqual([]);
  expect(await item.locator('.reason').textContent()).toContain('onerror');
});

const LONG = Array.from(
  { length: 20 },
  (_one, at) => `${'very-long-label.'.repeat(14)}d${at}.example`,
);

for (const language of LANGUAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the list has no barrier that axe finds (${language}, ${colorScheme})`, async () => {
      await using opened = await showing(ALL, { language, context: { colorScheme } });
      const { page } = opened;
      await looked(page);
      await page.locator('summary').first().click();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
    });
  }

  test(`twenty long domains scroll, and nothing is cut off at 200 % zoom (${language})`, async () => {
    await using opened = await showing(
      LONG.map((domain) => `x@${domain}`),
      {
        language,
        answers: knowing(...LONG.map((domain) => forecast(domain, 'will fail'))),
        context: { viewport: { width: 240, height: 300 }, deviceScaleFactor: 2 },
      },
    );
    const { page } = opened;
    await looked(page);
    expect(await page.evaluate(sidewaysOverflow)).toEqual([]);
    await page.locator('#forecast-domains summary').last().focus();
    expect(
      await page.locator('#forecast-domains').evaluate(({ scrollTop }) => scrollTop),
    ).toBeGreaterThan(0);
  });
}
