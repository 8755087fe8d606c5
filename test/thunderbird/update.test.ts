import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { keptBack } from './kept-back.ts';
import { writeMarkedLetter } from './marked-letter.ts';
import { identityKey, type Identity } from './profile.ts';
import { startRecorder } from './recorder.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

/** Her mail goes to a plain server. */
const CAROL: Identity = {
  name: 'Carol Weiss',
  address: 'carol@elsewhere.example',
  outgoing: { port: 9 },
};
const ALICE_AT = 0;
const CAROL_AT = 1;

const test = testInThunderbird([CAROL]);

const CHOICES = ['required', 'optional', 'default'] as const;
const LABELS = { required: /^Require TLS$/, optional: /^Deliver anyway$/, default: /Normal$/ };

test('each choice survives an update of the extension while its window is open', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const windows = [];
  for (const choice of CHOICES) {
    const window = await thunderbird.newMessage();
    await window.write({ to: 'bob@recipient.example', subject: choice, body: 'Soon.' });
    if (choice !== 'default') await window.choose(choice);
    windows.push({ window, choice });
  }

  await using newer = await extensionOfVersion('99.0');
  const updated = await thunderbird.install(newer.file);
  expect(await updated.version()).toBe('99.0');

  for (const { window, choice } of windows) {
    await eventually(`the button to say ${choice}`, async () =>
      LABELS[choice].test(await window.buttonLabel()),
    );
    await window.send();
  }
  expect(await upstream.requirements(CHOICES.length)).toEqual(CHOICES);
});

test('what an older version was told of identities counts no more after an update', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  await thunderbird.sendThrough(upstream.port, ALICE_AT);
  await addOn.run(({ messenger: { storage } }) =>
    storage.local.set({ confirmedIdentities: { id2: 'carol@elsewhere.example' } }),
  );

  await using newer = await extensionOfVersion('100.0');
  const updated = await thunderbird.install(newer.file);

  await eventually('the confirmations gone', async () =>
    updated.run(async ({ messenger: { storage } }) => {
      const stored = await storage.local.get('confirmedIdentities');
      return stored['confirmedIdentities'] === undefined;
    }),
  );
  const window = await writeMarkedLetter(thunderbird);
  await window.writeAs(identityKey(CAROL_AT));
  await window.clickSend();
  expect(await keptBack(thunderbird, window)).toContain(`127.0.0.1:${plain.port}`);
  expect(plain.connections()).toBe(0);

  await window.writeAs(identityKey(ALICE_AT));
  await window.send();
  expect(await upstream.requirements()).toEqual(['required']);
});

/** The built extension with another version in its manifest, as an XPI. */
async function extensionOfVersion(
  version: string,
): Promise<AsyncDisposable & { readonly file: string }> {
  const built = path.resolve('dist/extension');
  const content: Record<string, Uint8Array> = {};
  for (const entry of await readdir(built, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile()) content[path.relative(built, file)] = await readFile(file);
  }
  const manifest: object = JSON.parse(String(Buffer.from(content['manifest.json'] ?? [])));
  content['manifest.json'] = Buffer.from(JSON.stringify({ ...manifest, version }));

  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-newer-'));
  const file = path.join(folder, 'newer.xpi');
  await writeFile(file, zipSync(content));
  return {
    file,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
