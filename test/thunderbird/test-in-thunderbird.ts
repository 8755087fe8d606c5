import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestAPI } from 'vitest';
import { ADD_ON_FILE, type AddOn } from './add-on.ts';
import { notifications } from './notifications.ts';
import { PairedProxies } from './paired-proxies.ts';
import type { Identity } from './profile.ts';
import { Thunderbird } from './thunderbird.ts';

/** What each test is handed. */
type Stage = {
  /** One for all tests of a file, since a start takes seconds; tidied up after each of them. */
  readonly thunderbird: Thunderbird;
  /** Our extension in it. */
  readonly addOn: AddOn;
  /** Starts proxies that the extension is paired with. */
  readonly proxies: PairedProxies;
};

/** Alice, whose mail goes to the port that a test names with `sendThrough`. */
export const ALICE: Identity = {
  name: 'Alice Moreau',
  address: 'alice@sender.example',
  // Nobody listens on the discard port.
  outgoing: { port: 9, login: { user: 'alice', password: 'secret' } },
};

/** Written for each test that fails: what Thunderbird's windows looked like. */
const EVIDENCE_FOLDER = path.resolve('dist/failed-thunderbird-tests');

/**
 * A `test` whose tests share one Thunderbird with the extension installed and paired.
 *
 * @param more identities besides Alice
 */
export function testInThunderbird(more: readonly Identity[] = []): TestAPI<Stage> {
  return test
    .extend<Pick<Stage, 'thunderbird'>>({
      thunderbird: [
        // oxlint-disable-next-line no-empty-pattern -- vitest reads from it that nothing is needed
        async ({}, use) => {
          await using thunderbird = await Thunderbird.start({ identities: [ALICE, ...more] });
          await use(thunderbird);
        },
        { scope: 'file' },
      ],
    })
    .extend<Pick<Stage, 'addOn'>>({
      addOn: [
        async ({ thunderbird }, use) => {
          await use(await thunderbird.install(ADD_ON_FILE));
        },
        { scope: 'file' },
      ],
    })
    .extend<Pick<Stage, 'proxies'>>({
      proxies: [
        async ({ thunderbird, addOn: _installed }, use) => {
          await using proxies = await PairedProxies.pair(thunderbird);
          await use(proxies);
        },
        { scope: 'file' },
      ],
    })
    .extend<{ tidy: void }>({
      tidy: [
        async ({ thunderbird, proxies: _paired, task }, use) => {
          await use();
          const failed = task.result?.state === 'fail';
          let evidence: string | undefined;
          try {
            if (failed) evidence = await keepEvidence(thunderbird, task.name);
          } finally {
            await thunderbird.tidyUp();
          }
          // Thrown, so that it stands beside the fault itself, where a long log is read first.
          if (evidence !== undefined) throw new Error(evidence);
        },
        { auto: true },
      ],
    });
}

/** Writes pictures of all windows, and says what else is to be seen. */
async function keepEvidence(thunderbird: Thunderbird, testName: string): Promise<string> {
  const dialogs = await thunderbird.dialogs.texts();
  // Marionette takes no picture of a window that has one.
  await thunderbird.dialogs.close();
  const notes = await notifications(thunderbird.mainWindow);
  const popups = await thunderbird.popupTexts();
  const pictures = await thunderbird.pictures();
  const name = testName.replace(/[^a-z0-9]+/gi, '-').slice(0, 80);
  await mkdir(EVIDENCE_FOLDER, { recursive: true });
  const files: string[] = [];
  for (const [at, picture] of pictures.entries()) {
    const file = path.join(EVIDENCE_FOLDER, `${name}-${at + 1}.png`);
    await writeFile(file, picture);
    files.push(file);
  }
  return [
    `Thunderbird when "${testName}" failed:`,
    `  dialogs: ${JSON.stringify(dialogs)}`,
    `  notifications: ${JSON.stringify(notes)}`,
    `  popups: ${JSON.stringify(popups)}`,
    `  windows: ${files.join(' ')}`,
    `  its last lines:\n${thunderbird.log.join('\n')}`,
  ].join('\n');
}
