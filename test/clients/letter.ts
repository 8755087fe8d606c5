import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailProgram } from './mail-programs.ts';

/** What each mail program sends: lines that begin with dots, eight-bit octets, a long line. */
const HEADER = [
  'From: Ada <ada@example.org>',
  'To: Grace <grace@example.net>',
  'Date: Sat, 21 Nov 2026 12:00:00 +0000',
  'Message-ID: <letter@example.org>',
  'Subject: The engine',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
] as const;

const BODY = ['Chère Grace,', '.', '..', '.x', '', '', 'x'.repeat(998), '-- ', 'Ada'] as const;

/** The letter with any more fields of the header section. */
export function letterWith(fields: readonly string[], lineEnd: '\n' | '\r\n'): Buffer {
  return Buffer.from([...HEADER, ...fields, '', ...BODY, ''].join(lineEnd));
}

/** The letter in a file that is there for a while, written as a mail program wants to read it. */
export async function letterFile(
  { lineEnd, endsLastLine }: MailProgram,
  fields: readonly string[],
): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-letter-'));
  const path = join(folder, 'letter.eml');
  const letter = letterWith(fields, lineEnd);
  await writeFile(path, endsLastLine ? letter.subarray(0, -lineEnd.length) : letter);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
