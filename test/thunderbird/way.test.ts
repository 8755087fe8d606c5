import { expect } from 'vitest';
import type { ComposeWindow } from './compose-window.ts';
import type { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import { identityKey, type Identity } from './profile.ts';
import { startRecorder } from './recorder.ts';
import { scriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

/** Her mail goes to a plain server. */
const CAROL: Identity = {
  name: 'Carol Weiss',
  address: 'carol@elsewhere.example',
  outgoing: { port: 9 },
};
const CAROL_AT = 1;

const test = testInThunderbird([CAROL]);

const WITHOUT_REQUIRETLS = '250-upstream.example\r\n250-AUTH PLAIN\r\n250 8BITMIME';

/** Waits for the line in the popup, and says it. */
async function wayIn(popup: EmbeddedPage, expected: RegExp): Promise<string> {
  let line = '';
  return eventually(`the way ${expected.source}`, async () => {
    line = await popup.run(({ document }) => document.querySelector('#way')?.textContent ?? '');
    return expected.test(line) && line;
  }).catch((cause: unknown) => {
    throw new Error(`It says: ${line}`, { cause });
  });
}

async function closed(window: ComposeWindow, popup: EmbeddedPage): Promise<void> {
  await popup.clickToClose('#done');
  await eventually('the window unlocked', async () => !(await window.isLocked()));
}

test('the popup shows each identity where its mail goes, before a word is written', async ({
  thunderbird,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await scriptedUpstream();
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  const window = await thunderbird.newMessage();

  const popup = await window.openPopup();
  expect(await wayIn(popup, /REQUIRETLS: /)).toBe(
    `Proxy → localhost:${upstream.port} · TLS 1.3 · REQUIRETLS: yes`,
  );
  await closed(window, popup);

  await window.writeAs(identityKey(CAROL_AT));
  const hers = await window.openPopup();
  expect(await wayIn(hers, /sends through/)).toBe(
    `Not through the proxy: carol@elsewhere.example sends through 127.0.0.1:${plain.port}.`,
  );
  await closed(window, hers);
  expect(plain.connections()).toBe(0);
});

test('button and popup say that a server does not offer REQUIRETLS, before a word is written', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream({
    at: 'EHLO',
    does: { reply: WITHOUT_REQUIRETLS },
  });
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  const lacks = `localhost:${upstream.port} does not offer REQUIRETLS`;

  const window = await thunderbird.newMessage();
  await eventually('the button to say so', async () =>
    (await window.buttonTitle()).includes(lacks),
  );

  const popup = await window.openPopup();
  expect(await wayIn(popup, /REQUIRETLS: /)).toBe(
    `Proxy → localhost:${upstream.port} · TLS 1.3 · REQUIRETLS: no`,
  );
  const beside = await popup.run(({ document }) => {
    const required = document.querySelector('label:has(#required)');
    return required instanceof HTMLElement ? required.innerText : '';
  });
  expect(beside).toContain('REQUIRETLS');
  expect(beside).toContain(`localhost:${upstream.port}`);
});

test('the popup says that the proxy does not run, and sees it when it runs again', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream();
  const window = await thunderbird.newMessage();
  const popup = await window.openPopup();
  await wayIn(popup, /is not known/);
  expect(await popup.visibleText()).toContain('The Require TLS proxy does not answer. Start it');

  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  await popup.click('#check-again');
  await wayIn(popup, /^Proxy → .* REQUIRETLS: yes$/);
});
