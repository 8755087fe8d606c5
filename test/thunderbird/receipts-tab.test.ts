import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { ChromeWindow } from './chrome-window.ts';
import type { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import { extensionTab } from './extension-tab.ts';
import { writeMarkedLetter } from './marked-letter.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

test('the popup opens the receipts in a tab, which shows what was just sent and goes on', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const waiting = await writeMarkedLetter(thunderbird);
  await (await writeMarkedLetter(thunderbird)).send();

  const page = await openReceipts(thunderbird);
  await untilOutcomes(page, ['relayed']);
  // What is not on the screen has no visible text.
  const receipt = await page.run(
    ({ document }) => document.querySelector('#list .receipt')?.textContent ?? '',
  );
  expect(receipt).toContain('recipient.example');
  expect(receipt).toContain('Require TLS');

  await waiting.send();
  await untilOutcomes(page, ['relayed', 'relayed']);
});

test.for([
  ['#export-csv', 'receipts.csv'],
  ['#export-json', 'receipts.json'],
] as const)('%s saves what is shown', async ([button, file], { thunderbird, proxies }) => {
  await using upstream = await startRecordingUpstream(proxies);
  await using downloads = await downloadFolder(thunderbird.mainWindow);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarkedLetter(thunderbird)).send();
  const page = await openReceipts(thunderbird);
  await eventually('a receipt', async () => (await outcomes(page)).includes('relayed'));

  await page.click(button);

  const saved = await eventually('the file', async () => {
    const text = await readFile(path.join(downloads.folder, file), 'utf8');
    return text !== '' && text;
  });
  expect(saved).toContain('alice@sender.example');
  expect(saved).toContain('recipient.example');
});

async function openReceipts(thunderbird: Thunderbird): Promise<EmbeddedPage> {
  const popup = await (await thunderbird.newMessage()).openPopup();
  await popup.clickToClose('#open-receipts');
  const page = extensionTab(thunderbird.mainWindow, '/receipts/page.html');
  await eventually('the page of receipts', async () =>
    page.run(({ document }) => document.body.dataset['state'] === 'live'),
  );
  return page;
}

async function outcomes(page: EmbeddedPage): Promise<readonly string[]> {
  return page.run(({ document }) =>
    [...document.querySelectorAll<HTMLElement>('#list .receipt')].map(
      ({ dataset }) => dataset['outcome'] ?? '',
    ),
  );
}

async function untilOutcomes(page: EmbeddedPage, wanted: readonly string[]): Promise<void> {
  await eventually(
    `the receipts ${wanted.join(', ')}`,
    async () => (await outcomes(page)).join() === wanted.join(),
  );
}

/** A folder into which Thunderbird saves without asking. */
async function downloadFolder(
  mainWindow: ChromeWindow,
): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-downloads-'));
  await mainWindow.run(({ Services: { prefs } }, to) => {
    prefs.setBoolPref('browser.download.useDownloadDir', true);
    prefs.setIntPref('browser.download.folderList', 2);
    prefs.setStringPref('browser.download.dir', to);
  }, folder);
  return {
    folder,
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }),
  };
}
