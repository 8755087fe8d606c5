import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startProxy, type ProxyProcess } from '../proxy-process.ts';
import type { MailProgram } from './mail-program.ts';
import { root } from './server-certificates.ts';

const COMMAND = resolve(import.meta.dirname, '../../dist/requiretls.js');

/** The built proxy in front of a server with a certificate of `root`, and its state folder. */
export type Place = AsyncDisposable & {
  /** It can be started again and again, and keeps its receipts. */
  readonly start: (...flags: readonly string[]) => Promise<ProxyProcess>;
  readonly state: string;
  /** What `requiretls receipts` writes, with these flags. */
  readonly receipts: (...flags: readonly string[]) => Promise<string>;
};

export async function placeFor(server: { readonly port: number }): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-place-'));
  const state = join(folder, 'state');
  const authority = join(folder, 'root.pem');
  await writeFile(authority, root.cert);
  const upstream = `submissions://localhost:${server.port}`;
  return {
    state,
    start: (...flags) => startProxy(upstream, authority, ['--state', state, ...flags]),
    async receipts(...flags) {
      const words = [COMMAND, 'receipts', '--state', state, ...flags];
      return (await promisify(execFile)(process.execPath, words)).stdout;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** A letter as a mail program sends it. */
export const LETTER = `Message-ID: <1@example.org>\r\nSubject: hi\r\n\r\nhello\r\n`;

/** From the greeting to 354. */
export async function begin(mailProgram: MailProgram): Promise<void> {
  await mailProgram.reply('the connection');
  await mailProgram.ask('EHLO [127.0.0.1]');
  await beginAnother(mailProgram);
}

/** From MAIL to 354. */
export async function beginAnother(mailProgram: MailProgram): Promise<void> {
  await mailProgram.ask('MAIL FROM:<ada@example.org>');
  await mailProgram.ask('RCPT TO:<grace@example.net>');
  const begun = await mailProgram.ask('DATA');
  if (!begun.startsWith('354')) throw new Error(`DATA was answered ${begun}`);
}

/** Lets the system refuse a process more than so much: octets in a file, or open files. */
export async function limit(pid: number, resource: 'fsize' | 'nofile', to: number | 'unlimited') {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--${resource}=${to}:`]);
}

/** Lets a process open one file more, or connection, and no other. */
export async function leaveRoomForOneFile(pid: number): Promise<void> {
  const taken = readdirSync(`/proc/${pid}/fd`);
  let next = 0; // the system gives the lowest number that is free, and the limit is one of numbers
  while (taken.includes(String(next))) next += 1;
  await limit(pid, 'nofile', next + 1);
}
