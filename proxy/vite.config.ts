import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

/** The command as one file, with everything it needs inside. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  define: { __VERSION__: JSON.stringify(version) },
  ssr: { noExternal: true },
  build: {
    ssr: 'main.ts',
    target: 'node20',
    outDir: '../dist',
    emptyOutDir: false,
    minify: false,
    rollupOptions: {
      output: {
        entryFileNames: 'requiretls.js',
        codeSplitting: false,
        banner: '#!/usr/bin/env node',
      },
    },
  },
});
