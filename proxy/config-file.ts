import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { z } from 'zod';
import { codeOf, messageOf } from './error-message.ts';

/** A configuration that cannot be used; the message names the file, line and key, or the flag. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const MAX_FILE_OCTETS = 1024 * 1024;
export const SECONDS = 'a number of seconds above 0 and up to 3600';
export const seconds = z.number(SECONDS).positive(SECONDS).max(3600, SECONDS);
const FILE = z.strictObject({
  account: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        listen: z.string().optional(),
        upstream: z.string(),
        certificate: z.string().optional(),
        key: z.string().optional(),
      }),
    )
    .default([]),
  ca: z.string().optional(),
  timeout: seconds.optional(),
  state: z.string().optional(),
  control: z.union([z.string(), z.literal(false)]).optional(),
  'log-format': z.enum(['text', 'json']).optional(),
});
export type ConfigFile = {
  readonly name: string;
  readonly text: string;
  readonly content: z.infer<typeof FILE>;
};

/**
 * @param mustExist false for the default place, where no file means that nothing is configured
 * @throws ConfigurationError
 */
export function readConfigFile(name: string, mustExist: boolean): ConfigFile | undefined {
  const text = readText(name, mustExist);
  if (text === undefined) return undefined;
  try {
    const content = FILE.parse(parseToml(text));
    return { name, text, content: withPathsFrom(path.dirname(name), content) };
  } catch (error) {
    if (error instanceof TomlError) {
      throw new ConfigurationError(`${name}:${error.line}: ${error.message.split('\n')[0]}`);
    }
    if (error instanceof z.ZodError) {
      const [issue] = error.issues;
      const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
      const message = unknown.length > 0 ? 'there is no such key' : faultInWords(issue);
      throw fault({ name, text }, [...(issue?.path ?? []), ...unknown], message);
    }
    throw error;
  }
}

function faultInWords(issue: z.core.$ZodIssue | undefined): string {
  const message = issue?.message ?? '';
  if (message.endsWith('received undefined')) return 'it is missing';
  return `it must be ${message.replace(/^Invalid [a-z]+: expected /, '')}`;
}

function readText(name: string, mustExist: boolean): string | undefined {
  try {
    if (statSync(name).size > MAX_FILE_OCTETS) throw new Error('it is larger than 1 MB');
    return readFileSync(name, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && !mustExist) return undefined;
    throw new ConfigurationError(`cannot read ${name}: ${messageOf(error)}`);
  }
}

/** A path in the file is meant from where the file is. */
function withPathsFrom(folder: string, content: z.infer<typeof FILE>): z.infer<typeof FILE> {
  const resolved = (keys: Readonly<Record<string, string | undefined>>) =>
    Object.fromEntries(
      Object.entries(keys).flatMap(([key, written]) =>
        written === undefined ? [] : [[key, path.resolve(folder, written)]],
      ),
    );
  const { ca, state, account } = content;
  return {
    ...content,
    ...resolved({ ca, state }),
    account: account.map((one) => {
      const { certificate, key } = one;
      return { ...one, ...resolved({ certificate, key }) };
    }),
  };
}

/** @param key path of the key, with an index for each `[[account]]` */
export function fault(
  file: { name: string; text: string },
  key: readonly PropertyKey[],
  message: string,
): ConfigurationError {
  const line = lineOfKey(file.text, key);
  const at = line === undefined ? file.name : `${file.name}:${line}`;
  const names = key.filter((part) => typeof part !== 'number').map(String);
  return new ConfigurationError(`${at}: ${names.join('.')}: ${message}`);
}

/** The line of a key, or of its table when the key is missing. */
function lineOfKey(text: string, key: readonly PropertyKey[]): number | undefined {
  const lines = text.split('\n');
  const [, index] = key;
  let from = 0;
  if (typeof index === 'number') {
    const tables = lines.flatMap((line, at) =>
      /^\s*\[\[\s*account\s*\]\]/.test(line) ? [at] : [],
    );
    from = tables[index] ?? 0;
  }
  const last = String(key.at(-1));
  const at = lines.findIndex(
    (line, n) => n >= from && line.trimStart().replaceAll('"', '').startsWith(last),
  );
  if (at !== -1) return at + 1;
  return typeof index === 'number' ? from + 1 : undefined;
}
