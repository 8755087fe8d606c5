import { dirname, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const PROGRAMS = resolve(import.meta.dirname, '../node_modules/.cache/requiretls-programs');

/**
 * What runs beside the tests, as files for Node (20 reads no TypeScript itself; look again
 * 2027-06). They lie where nobody looks, so each module is told where its source is.
 */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  plugins: [sourceFolders()],
  build: {
    ssr: true,
    target: 'node20',
    outDir: PROGRAMS,
    emptyOutDir: false, // another one may run for an hour
    minify: false,
    rollupOptions: {
      input: {
        bench: resolve(import.meta.dirname, 'bench/bench.ts'),
        forecasts: resolve(import.meta.dirname, 'bench/forecasts.ts'),
        mutants: resolve(import.meta.dirname, 'mutants/mutants.ts'),
        observed: resolve(import.meta.dirname, 'soak/observed-process.ts'),
        part: resolve(import.meta.dirname, 'bench/part-process.ts'),
        soak: resolve(import.meta.dirname, 'soak/soak.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
});

function sourceFolders(): Plugin {
  return {
    name: 'source-folders',
    transform: (code, file) =>
      code.replaceAll('import.meta.dirname', JSON.stringify(dirname(file))),
  };
}
