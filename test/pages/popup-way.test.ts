import { expect, test } from 'vitest';
import type { Answer } from '../../shared/control/api.ts';
import { MARKED, THROUGH } from './background-page.ts';
import type { Answers, Manner } from './control-server.ts';
import { openPaired, POPUP, settled, stop, wayShown } from './opened-popup.ts';

const BY_PREFERENCES = { by: 'preferences', profile: 'abc.default', ageMs: 60_000 } as const;

const ELSEWHERE: Answer<'route'> = {
  route: { kind: 'elsewhere', server: 'smtp.plain.example:587', evidence: BY_PREFERENCES },
  seen: { time: '2026-11-21T10:15:00.000Z', server: 'smtp.example.net:465' },
};

const NOT_SENT = {
  'not-sent-7': {
    reason: 'elsewhere',
    address: 'ada@example.org',
    server: 'smtp.plain.example:587',
  },
};

test.each<{ answers: Answers; way: string; line: string }>([
  {
    answers: THROUGH,
    way: 'through-proxy',
    line: 'Proxy → smtp.example.net · TLS 1.3 · REQUIRETLS: yes',
  },
  {
    answers: { ...THROUGH, offer: { ...THROUGH.offer, requireTls: false, tls: 'TLSv1.2' } },
    way: 'through-proxy',
    line: 'Proxy → smtp.example.net · TLS 1.2 · REQUIRETLS: no',
  },
  {
    answers: {
      ...THROUGH,
      offer: { kind: 'unproved', server: 'smtp.example.net:465', reason: 'Certificate expired.' },
    },
    way: 'through-proxy',
    line: 'Through the proxy, but smtp.example.net:465 cannot be reached safely.',
  },
  {
    answers: { ...THROUGH, offer: { failed: 'No.' } },
    way: 'through-proxy',
    line: 'Through the proxy; what your server offers is not known.',
  },
  {
    answers: { ...THROUGH, route: ELSEWHERE },
    way: 'elsewhere',
    line: 'Not through the proxy: ada@example.org sends through smtp.plain.example:587.',
  },
  {
    answers: { ...THROUGH, route: { route: { kind: 'unknown', why: 'no profile' } } },
    way: 'unknown',
    line: 'It is not certain that ada@example.org sends through the proxy.',
  },
])('before the click the popup says: $line', async ({ answers, way, line }) => {
  await using opened = await openPaired(POPUP, { answers });
  await wayShown(opened.page, way);
  expect(await opened.page.locator('#way').textContent()).toBe(line);
});

test.each<{ manner: Manner; way: string; says: string }>([
  { manner: 'hangs', way: 'no answer', says: 'Start it' },
  { manner: 'squats', way: 'not proved', says: 'cannot prove' },
  { manner: 'forgot', way: 'refused', says: 'requiretls pair' },
])('the popup says what to do when who has the proxy’s port $manner', async (example) => {
  await using opened = await openPaired(POPUP, { answers: THROUGH });
  opened.proxy.manner = example.manner;
  await opened.page.locator('#check-again').click();
  await wayShown(opened.page, example.way);
  await opened.page.locator('#way-facts').getByText(example.says).waitFor();
});

test('the popup says what to do when nothing is paired, and when the proxy is stopped', async () => {
  await using unpaired = await openPaired(POPUP, { local: { pairing: null } });
  await wayShown(unpaired.page, 'not paired');
  await unpaired.page.locator('#way-facts').getByText('enter the code').waitFor();

  await using opened = await openPaired(POPUP);
  await wayShown(opened.page, 'through-proxy');
  await stop(opened.proxy);
  await opened.page.locator('#check-again').click();
  await wayShown(opened.page, 'no answer');
});

test('the past is shown as the past, with what the way is known from', async () => {
  await using opened = await openPaired(POPUP, { answers: { ...THROUGH, route: ELSEWHERE } });
  await wayShown(opened.page, 'elsewhere');
  const facts = opened.page.locator('#way-facts');
  await facts.getByText(/Last seen through the proxy: Nov 21, 2026.* proves nothing/).waitFor();
  await facts.getByText(/settings \(profile abc\.default/).waitFor();
});

test('a server that does not offer REQUIRETLS is named at the choice and on the button', async () => {
  const answers = { ...THROUGH, offer: { ...THROUGH.offer, requireTls: false } };
  await using opened = await openPaired(POPUP, { answers });
  const { page } = opened;
  await wayShown(page, 'through-proxy');
  const lacking = 'smtp.example.net:465 does not offer this now: the message would not be sent.';
  expect(await page.locator('#required-lacking').textContent()).toBe(lacking);
  expect(await page.locator('#required').getAttribute('aria-describedby')).toContain(
    'required-lacking',
  );
  await page.waitForFunction(() =>
    String(happenings.button['title']).includes('does not offer REQUIRETLS'),
  );
  expect(await page.locator('#required').isEnabled()).toBe(true);

  opened.proxy.answers = THROUGH;
  await page.locator('#check-again').click();
  await page.locator('#required-lacking').waitFor({ state: 'hidden' });
  await page.waitForFunction(() => !String(happenings.button['title']).includes('REQUIRETLS'));
});

test('the way is that of the sender who is chosen while the popup is open', async () => {
  await using opened = await openPaired(POPUP, {
    around: {
      identities: [
        { id: 'id1', email: 'ada@example.org', name: '' },
        { id: 'id2', email: 'ada@plain.example', name: '' },
      ],
    },
    answers: {
      ...THROUGH,
      route: ({ identity }) => (identity.id === 'id1' ? THROUGH.route : ELSEWHERE),
    },
  });
  const { page } = opened;
  await wayShown(page, 'through-proxy');
  await page.evaluate(() => {
    happenings.composeWindow = { ...happenings.composeWindow, identityId: 'id2' };
    void happenings.fire('onIdentityChanged', { id: 7, type: 'messageCompose' }, 'id2');
  });
  await wayShown(page, 'elsewhere');
  await page.locator('#way').getByText('ada@plain.example').waitFor();
});

test('who has mended the way hears that Send can be pressed again', async () => {
  await using opened = await openPaired(POPUP, {
    answers: { ...THROUGH, route: ELSEWHERE },
    session: NOT_SENT,
  });
  const { page, proxy } = opened;
  await page.getByRole('alert').getByText('smtp.plain.example:587').waitFor();
  await wayShown(page, 'elsewhere');
  await page.locator('#check-again').click();
  await wayShown(page, 'elsewhere');
  expect(await page.getByRole('alert').isVisible()).toBe(true);

  proxy.answers = THROUGH;
  await page.locator('#check-again').click();
  await page.getByText('Press Send again').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('“Send as Normal instead” makes it Normal, and leaves the sending to the person', async () => {
  await using opened = await openPaired(POPUP, {
    answers: { ...THROUGH, route: ELSEWHERE },
    session: NOT_SENT,
    around: { composeWindow: MARKED },
  });
  const { page } = opened;
  await settled(page, 'required');
  await page.getByRole('button', { name: 'Send as Normal instead' }).press('Enter');
  await settled(page, 'default');
  await page.getByText('It is Normal now. Press Send again.').waitFor();
  await page.locator('#done:focus').waitFor();
  expect(await page.evaluate(() => happenings.composeWindow.customHeaders)).toEqual([]);
});

test('“Send as Normal instead” is no cure for a choice that cannot be read', async () => {
  await using opened = await openPaired(POPUP, {
    session: { 'not-sent-7': { reason: 'unreadable' } },
  });
  await opened.page.getByRole('alert').waitFor();
  expect(await opened.page.locator('#send-as-normal').isVisible()).toBe(false);
});

test('messages that the proxy never saw are shown until the person has read of each', async () => {
  const note = { kind: 'never seen', markerId: 'a', subject: 'The contract', time: Date.now() };
  const another = { ...note, markerId: 'b', subject: 'The annex' };
  await using opened = await openPaired(POPUP, { local: { 'not-relayed': [note, another] } });
  const { page } = opened;
  await page.locator('#outcome').getByText('“\u2068The contract\u2069”').waitFor();
  await page.locator('#outcome').getByText('There are more such messages: 1').waitFor();
  await page.locator('#put-aside').press('Enter');
  await page.locator('#outcome').getByText('“\u2068The annex\u2069”').waitFor();
  await page.locator('#outcome-more').waitFor({ state: 'hidden' });
  await page.waitForFunction(() => happenings.button['text'] === '✉✗');
  await page.locator('#put-aside').press('Enter');
  await page.locator('#outcome').waitFor({ state: 'hidden' });
  await page.waitForFunction(() => happenings.button['text'] === '');
});
