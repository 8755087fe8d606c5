import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Zippable, zipSync } from 'fflate';
import { defineConfig, type Plugin } from 'vite';

const source = fileURLToPath(new URL('.', import.meta.url));
const project = join(source, '..');
const unpacked = join(project, 'dist/extension');
const packed = join(project, 'dist/require-tls.xpi');

/** Files that Thunderbird reads as they are. */
const COPIED = ['_locales', 'icons'];

export default defineConfig({
  root: source,
  base: './', // an extension's address differs in each profile
  publicDir: false,
  build: {
    outDir: unpacked,
    emptyOutDir: true,
    target: 'firefox153',
    // People who review add-ons read what was built; nothing is hidden from them.
    minify: false,
    modulePreload: false,
    rolldownOptions: {
      input: {
        background: join(source, 'background.ts'),
        popup: join(source, 'compose/popup.html'),
        receipts: join(source, 'receipts/page.html'),
        setup: join(source, 'setup/page.html'),
      },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name].js',
        assetFileNames: 'assets/[name][extname]',
      },
    },
  },
  plugins: [extensionPackage()],
});

/** Adds the manifest, with the version of package.json, and packs everything as an XPI. */
function extensionPackage(): Plugin {
  return {
    name: 'extension-package',
    closeBundle() {
      for (const folder of COPIED) {
        cpSync(join(source, folder), join(unpacked, folder), { recursive: true });
      }
      writeFileSync(join(unpacked, 'manifest.json'), manifest());
      writeFileSync(packed, xpiOf(unpacked));
    },
  };
}

function manifest(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(project, 'package.json'), 'utf8'),
  );
  const written: object = JSON.parse(readFileSync(join(source, 'manifest.json'), 'utf8'));
  return `${JSON.stringify({ ...written, version }, null, 2)}\n`;
}

/**
 * Packs a folder so that the same files always give the same octets: reviewers build the
 * extension again and compare. Hence sorted names and one fixed time, the first a zip can say.
 */
function xpiOf(folder: string): Uint8Array {
  const files: Zippable = {};
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
  for (const path of paths) {
    files[path.split(sep).join('/')] = readFileSync(join(folder, path));
  }
  return zipSync(files, { level: 9, mtime: new Date(1980, 0, 1) });
}
