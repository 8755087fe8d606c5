import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { BUILT_EXTENSION } from './opened-page.ts';

const PROJECT = join(import.meta.dirname, '../..');
const XPI = join(PROJECT, 'dist/require-tls.xpi');

test('the add-on linter finds no error, and warns only of permissions that Firefox has not', async () => {
  const linter = join(PROJECT, 'node_modules/.bin/addons-linter');
  const { stdout } = await promisify(execFile)(linter, ['--output', 'json', XPI]);
  const { errors, warnings }: { errors: unknown[]; warnings: { message: string }[] } =
    JSON.parse(stdout);
  expect(errors).toEqual([]);
  const permissions = warnings.map(({ message }) => /"([\w.]+)" at \d/.exec(message)?.[1]);
  expect(permissions).toEqual([
    'compose',
    'messagesRead',
    'accountsRead',
    'messages.send',
    'messagesDelete',
    'compose.send',
  ]);
});

test('the manifest asks for what it needs and no more', () => {
  const manifest = JSON.parse(readFileSync(join(BUILT_EXTENSION, 'manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({
    manifest_version: 3,
    permissions: ['compose', 'messagesRead', 'accountsRead', 'storage', 'notifications', 'alarms'],
    host_permissions: ['http://127.0.0.1/*'],
    optional_permissions: ['messages.send', 'messagesDelete', 'compose.send'],
    browser_specific_settings: {
      gecko: { id: '{2f0a86a1-8689-4c5e-9d0b-6f3f5c7a8690}', strict_min_version: '153.0' },
    },
  });
  expect(manifest).toHaveProperty(
    'content_security_policy.extension_pages',
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src http://127.0.0.1:*",
  );
  expect(manifest).toHaveProperty(
    'browser_specific_settings.gecko.data_collection_permissions.required',
    ['none'],
  );
  expect(manifest).not.toHaveProperty('experiment_apis');
  expect(manifest).not.toHaveProperty('browser_specific_settings.gecko.strict_max_version');
});

test('the same files always give the same XPI: names in order, one fixed time', () => {
  const packed = readFileSync(XPI);
  const files = unzipSync(packed);
  const names = Object.keys(files);
  expect(names).toEqual(names.toSorted());

  const built = readdirSync(BUILT_EXTENSION, { recursive: true, withFileTypes: true });
  expect(names.length).toBe(built.filter((entry) => entry.isFile()).length);
  for (const name of names) {
    expect(readFileSync(join(BUILT_EXTENSION, name)).equals(files[name] ?? Buffer.alloc(0))).toBe(
      true,
    );
  }
  expect(new Set(modificationTimes(packed))).toEqual(new Set([FIRST_DOS_TIME]));
});

/** 1980-01-01 00:00, the first moment that a zip can name: 16 bits of date over 16 of time. */
const FIRST_DOS_TIME = 0x0021_0000;

/** Times in a zip's central directory (APPNOTE.TXT 4.3.12). */
function modificationTimes(zip: Buffer): number[] {
  const times: number[] = [];
  const entry = Buffer.from('PK\x01\x02', 'latin1');
  for (let at = zip.indexOf(entry); at !== -1; at = zip.indexOf(entry, at + 1)) {
    times.push(zip.readUInt32LE(at + 12));
  }
  return times;
}
