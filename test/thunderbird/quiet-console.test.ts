import { expect } from 'vitest';
import { complaintsAbout } from './complaints.ts';
import { eventually } from './eventually.ts';
import { domainsIn, questionIn } from './forecast-popup.ts';
import { startForecasting } from './forecasting-upstream.ts';
import { installOtherAddOn, OTHER_ADD_ON_ID } from './other-add-on.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

const test = testInThunderbird();

test('the extension loads and works without a warning in the console', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const window = await thunderbird.newMessage();
  await window.write({ to: 'bob@recipient.example', subject: 'Hello', body: 'Hello Bob' });
  await window.choose('required');
  await window.choose('optional');
  await window.send();

  expect(await complaintsAbout(thunderbird, addOn.id)).toEqual([]);
});

test('the forecast and the question at Send go without a warning in the console', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startForecasting(
    { thunderbird, addOn, proxies },
    { 'office.example': 'unprotected' },
  );
  const window = await thunderbird.newMessage();
  await window.write({ to: 'ada@office.example', subject: 'Hello', body: 'Hello Ada' });
  await window.choose('required');
  const popup = await window.openPopup();
  await domainsIn(popup);
  await popup.clickToClose('#done');
  await window.clickSend();
  await (await questionIn(window)).clickToClose('#send-anyway');

  expect(await upstream.requirements()).toEqual(['required']);
  expect(await complaintsAbout(thunderbird, addOn.id)).toEqual([]);
});

test('a warning would be seen: of a manifest, and of a script', async ({ thunderbird }) => {
  await using _other = await installOtherAddOn(thunderbird, {
    manifest: { background_colour: 'red' },
    script: 'console.warn("not content"); noSuchFunction();',
  });

  for (const words of ['background_colour', 'not content', 'noSuchFunction']) {
    await eventually(`a complaint with ${words}`, async () =>
      (await complaintsAbout(thunderbird, OTHER_ADD_ON_ID)).some((text) => text.includes(words)),
    );
  }
});
