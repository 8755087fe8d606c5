import { PassThrough } from 'node:stream';
import { deferred } from '../deferred.ts';
import type { Terminal } from '../../proxy/terminal.ts';

export type CapturedTerminal = Terminal & {
  readonly written: () => { readonly out: string; readonly err: string };
  readonly requestStop: () => void;
};

/** A terminal of a given width that keeps what is written to it. */
export function capturedTerminal(given: Partial<Terminal> = {}): CapturedTerminal {
  const out = new PassThrough();
  const err = new PassThrough();
  const texts = { out: '', err: '' };
  out.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  err.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  const stop = deferred();
  return {
    out,
    err,
    columns: undefined,
    environment: {},
    askPerson: () => Promise.resolve({ kind: 'nobody' }),
    openInBrowser: () => Promise.resolve(false),
    version: '0.0.0',
    thunderbirdFolders: [],
    defaultConfigFile: '/nowhere/config.toml',
    command: 'requiretls',
    commandFile: '/nowhere/requiretls.js',
    stopRequested: () => stop.promise,
    requestStop: stop.resolve,
    written: () => ({ ...texts }),
    ...given,
  };
}
