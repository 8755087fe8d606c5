import * as v from 'valibot';
import { expect } from 'vitest';
import { FORECAST, FORECAST_JSON_VERSION } from '../../shared/forecast/forecast.ts';
import { reasonInWords, verdictInWords } from '../../shared/forecast/reason-words.ts';
import { runForecast } from '../forecast/forecast-command.ts';
import { type AddOn, BUTTON_ID } from './add-on.ts';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { domainsIn, forecastIn, openByKey } from './forecast-popup.ts';
import { switchForecast } from './forecast-switch.ts';
import { startForecasting, startForecastingUpstream } from './forecasting-upstream.ts';
import type { TabsElement } from './gecko.ts';
import { keptBack } from './kept-back.ts';
import { makeMailingList } from './mailing-list.ts';
import { startOfferingServer } from './offering-server.ts';
import { allowInPrompt } from './permission.ts';
import { type ScriptedResolver, scriptedResolver } from './scripted-resolver.ts';
import { setUpPage } from './set-up-page.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

const ENTER = '\uE007';
/** Thunderbird's own: show the field, and go there. */
const CTRL_SHIFT_C = '\uE009\uE008c\uE000';
const CTRL_SHIFT_B = '\uE009\uE008b\uE000';

const DOMAINS = {
  'notary.example': 'promised',
  'office.example': 'unprotected',
  'nomail.example': 'no mail',
  'garage.example': 'broken',
  'hidden.example': 'promised',
} as const;

/** What `requiretls forecast --json` writes. */
const SAID = v.strictObject({
  version: v.literal(FORECAST_JSON_VERSION),
  domains: v.array(FORECAST),
});

/** Types into the field of a kind of recipients, which its key shows, Enter after each. */
async function enter(
  window: ComposeWindow,
  field: 'to' | 'cc' | 'bcc',
  ...addresses: readonly string[]
): Promise<void> {
  if (field === 'cc') await window.type('#msgSubject', CTRL_SHIFT_C);
  if (field === 'bcc') await window.type('#msgSubject', CTRL_SHIFT_B);
  for (const address of addresses) await window.type(`#${field}AddrInput`, address + ENTER);
}

/** What the resolver was asked of whom, the canary left out. */
function domainsAsked(resolver: ScriptedResolver): readonly string[] {
  const names = resolver.asked().map((question) => question.split(' ')[1] ?? '');
  const known = Object.keys(DOMAINS);
  return known.filter((domain) =>
    names.some((name) => name === domain || name.endsWith(`.${domain}`)),
  );
}

async function badge(window: ComposeWindow): Promise<string> {
  return window.run(
    ({ window: { document } }, id) => document.getElementById(id)?.getAttribute('badge') ?? '',
    BUTTON_ID,
  );
}

/** Lets the look that comes now and then come now. */
async function lookNow(addOn: AddOn): Promise<void> {
  await addOn.run(({ messenger: { alarms } }) =>
    alarms.create('look-at-recipients', { when: Date.now() }),
  );
}

/** Waits until it is over, and the next one some time away. */
async function lookedNow(addOn: AddOn): Promise<void> {
  await eventually('the next look some time away', async () =>
    addOn.run(async ({ messenger: { alarms } }) => {
      const next = await alarms.get('look-at-recipients');
      return next !== undefined && next.scheduledTime > Date.now() + 5_000;
    }),
  );
}

/** Gives the keyboard to the page in the tab, as a person does who goes there. */
async function focusTab({ mainWindow }: Thunderbird): Promise<void> {
  await mainWindow.run(({ window }) => {
    window.focus();
    window.document.querySelector<TabsElement>('#tabmail')?.tabInfo.at(-1)?.browser?.focus();
  });
}

test('F7: switched off, nobody is asked about a recipient while a message is written, looked at and sent', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using resolver = await scriptedResolver(DOMAINS);
  await using upstream = await startForecastingUpstream(proxies, resolver);
  await thunderbird.sendThrough(upstream.port);
  const window = await thunderbird.newMessage();
  await window.write({ to: 'ada@nomail.example', subject: 'The contract', body: 'Please.' });
  await enter(window, 'cc', 'grace@notary.example');
  await enter(window, 'bcc', 'bob@hidden.example');
  await lookNow(addOn);

  const popup = await openByKey(window);
  expect(await forecastIn(popup, 'off')).toBe('Not looked up.');
  await popup.clickToClose('#done');
  await window.choose('required');
  await window.send();

  expect(await upstream.requirements()).toEqual(['required']);
  expect(resolver.asked()).toEqual([]);
  expect(resolver.received()).toHaveLength(0);
});

test('F6: the popup lists the domains of the recipients that were typed, worst first, each with its verdict, reason and age', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const { resolver } = upstream;
  const window = await thunderbird.newMessage();
  await enter(window, 'to', 'Grace <grace@notary.example>', 'ada@garage.example');
  await enter(window, 'cc', 'office@office.example', 'second@office.example');

  const popup = await openByKey(window);

  const shown = await domainsIn(popup);
  expect(shown.map(({ domain, verdict }) => `${domain} ${verdict}`)).toEqual([
    'office.example will fail',
    'garage.example unknown',
    'notary.example promised',
  ]);
  // The same words as on the command line, and the age.
  const ended = await runForecast(
    [
      '--json',
      '--allow-special-addresses',
      '--resolver',
      resolver.address,
      ...shown.map(({ domain }) => domain),
    ],
    undefined,
    { PATH: '' },
  );
  const { domains } = v.parse(SAID, JSON.parse(ended.out));
  for (const [at, { verdict, reasons }] of domains.entries()) {
    const [reason] = reasons;
    const { domain = '', text } = shown[at] ?? {};
    expect(text).toContain(verdictInWords(verdict));
    expect(text).toContain(reason === undefined ? 'a reason' : reasonInWords(domain, reason));
    expect(text).toContain('just now');
  }
});

test('F4: a mail server is connected to only when that was switched on too, and then what it offers is observed', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using server = await startOfferingServer();
  await using resolver = await scriptedResolver({ 'offering.example': server });
  const asked = { address: resolver.address, mxPort: server.port };
  await using upstream = await startForecastingUpstream(proxies, asked);
  await thunderbird.sendThrough(upstream.port);
  await using _on = await switchForecast({ thunderbird, addOn });
  const window = await thunderbird.newMessage();
  await enter(window, 'to', 'grace@offering.example');

  const popup = await openByKey(window);
  expect(await domainsIn(popup)).toEqual([expect.objectContaining({ verdict: 'promised' })]);
  expect(server.commands()).toEqual([]);
  await popup.clickToClose('#done');

  await using _too = await switchForecast({ thunderbird, addOn }, { probe: true });
  const withProbe = await openByKey(window);
  expect(await domainsIn(withProbe)).toEqual([expect.objectContaining({ verdict: 'observed' })]);
  expect(server.commands().join()).not.toMatch(/MAIL|RCPT|grace/i);
});

test('F7: the resolver hears domains only, whatever stands before the @', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const { resolver } = upstream;
  const window = await thunderbird.newMessage();
  await enter(
    window,
    'to',
    'Grace Secretname <secretlocal@notary.example>',
    '"secretquoted@secretinner.example"@office.example',
    'secretfirst@secretsecond@garage.example',
    'secretlonely',
  );

  const popup = await openByKey(window);
  const shown = await domainsIn(popup);

  expect(shown.map(({ domain }) => domain)).toHaveLength(3);
  expect(domainsAsked(resolver)).toEqual(['notary.example', 'office.example', 'garage.example']);
  expect(resolver.received().toString('latin1')).not.toMatch(/secret/i);
});

test('a domain with letters beyond ASCII is asked about as the DNS has it, and shown as it was typed', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting(
    { thunderbird, addOn, proxies },
    { 'xn--bcher-kva.example': 'promised' },
  );
  const { resolver } = upstream;
  const window = await thunderbird.newMessage();
  await enter(window, 'to', 'Jürgen <jürgen@BÜCHER.example>');

  const popup = await openByKey(window);

  expect(await domainsIn(popup)).toEqual([
    expect.objectContaining({ domain: 'bücher.example', verdict: 'promised' }),
  ]);
  expect(resolver.asked()).toContain('MX xn--bcher-kva.example');
});

test('F7: the domains of hidden recipients are asked about only when that was switched on too', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const { resolver } = upstream;
  const window = await thunderbird.newMessage();
  await enter(window, 'to', 'grace@notary.example');
  await enter(window, 'bcc', 'bob@hidden.example');

  const popup = await openByKey(window);
  expect((await domainsIn(popup)).map(({ domain }) => domain)).toEqual(['notary.example']);
  expect(resolver.received().toString('latin1')).not.toContain('hidden');
  await popup.clickToClose('#done');

  await using _too = await switchForecast({ thunderbird, addOn }, { hidden: true });
  const withHidden = await openByKey(window);
  expect((await domainsIn(withHidden)).map(({ domain }) => domain).toSorted()).toEqual([
    'hidden.example',
    'notary.example',
  ]);
  expect(domainsAsked(resolver)).toContain('hidden.example');
});

test('the button counts the domains that will fail while the message is still written', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using _upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  const window = await thunderbird.newMessage();
  await window.choose('required');
  await enter(window, 'to', 'a@nomail.example', 'b@office.example', 'c@notary.example');
  await lookNow(addOn);

  await eventually('the count on the button', async () => (await badge(window)) === '✗2');
  expect(await window.buttonLabel()).toBe('Require TLS');
  expect(await window.buttonTitle()).toMatch(/2/);

  await window.choose('default');
  await eventually('no count beside Normal', async () => (await badge(window)) === '');
});

test('F6: a resolver that never answers locks nothing and keeps no message back: it is unknown after 5 seconds', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting(
    { thunderbird, addOn, proxies },
    { 'office.example': 'silent' },
  );
  const window = await thunderbird.newMessage();
  await window.write({ to: 'ada@office.example', subject: 'The contract', body: 'Please.' });

  const popup = await openByKey(window);
  await forecastIn(popup, 'looking');
  expect(await domainsIn(popup)).toEqual([
    expect.objectContaining({ domain: 'office.example', verdict: 'unknown' }),
  ]);
  await popup.clickToClose('#done');
  expect(await window.isLocked()).toBe(false);

  await window.choose('required');
  await window.send();
  expect(await upstream.requirements()).toEqual(['required']);
});

test('with the proxy down the popup says so, and a required message is kept in a window that can be used', async ({
  thunderbird,
  addOn,
}) => {
  await using _on = await switchForecast({ thunderbird, addOn });
  const window = await thunderbird.newMessage();
  await window.write({ to: 'ada@office.example', subject: 'The contract', body: 'Please.' });

  const popup = await openByKey(window);
  expect(await forecastIn(popup, 'no answer')).toContain('does not answer');
  await popup.clickToClose('#done');
  expect(await window.isLocked()).toBe(false);

  await window.choose('required');
  await window.clickSend();
  expect(await keptBack(thunderbird, window)).toContain('does not answer');
});

test('a mailing list reaches its members though somebody looks while Thunderbird asks about the subject', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting({ thunderbird, addOn, proxies }, DOMAINS);
  await using _list = await makeMailingList(thunderbird);
  const window = await thunderbird.newMessage();
  await enter(window, 'to', 'Friends <Friends>');
  const popup = await openByKey(window);
  await forecastIn(popup, 'looked');
  expect(await popup.visibleText()).toContain('Not looked at: Friends');
  await popup.clickToClose('#done');
  await window.choose('required');

  await window.clickSend();
  await eventually('the question about the subject', async () =>
    (await thunderbird.dialogs.texts()).some((text) => text.includes('subject')),
  );
  await lookNow(addOn);
  await lookedNow(addOn);
  await thunderbird.dialogs.accept();

  expect(await upstream.requirements()).toEqual(['required']);
  expect(upstream.arrived()[0]?.message.field('To').join()).toMatch(
    /dora@notary\.example.*emil@notary\.example/,
  );
});

test('F7: the set-up page says who would be asked, and the forecast is switched on by keyboard', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using resolver = await scriptedResolver(DOMAINS);
  await using upstream = await startForecastingUpstream(proxies, resolver);
  await thunderbird.sendThrough(upstream.port);
  await addOn.run(({ messenger: { runtime } }) => runtime.openOptionsPage());
  const page = await setUpPage(thunderbird.mainWindow);
  await eventually('who would be asked', async () =>
    page.run(({ document }) => document.body.dataset['resolver'] === 'explained'),
  );
  expect(await page.visibleText()).toContain(resolver.address);
  expect(resolver.received()).toHaveLength(0);

  await focusTab(thunderbird);
  await page.type('#forecast-on', ' ');
  expect(await allowInPrompt(thunderbird.mainWindow)).toMatch(/Require TLS.*Send composed/s);
  await eventually('the forecast switched on', async () =>
    addOn.run(async ({ messenger: { storage } }) => {
      const { forecast } = await storage.local.get('forecast');
      return JSON.stringify(forecast) === JSON.stringify({ on: true, hidden: false, probe: false });
    }),
  );
  expect(resolver.received()).toHaveLength(0);
});
