import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { lineOfKey } from './config-line.ts';
import { codeOf, messageOf } from './error-message.ts';

/** A configuration that cannot be used; the message names the file, line and key, or the flag. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const MAX_FILE_OCTETS = 1024 * 1024;
export const SECONDS = 'a number of seconds above 0 and up to 3600';
export const seconds = v.pipe(v.number(SECONDS), v.gtValue(0, SECONDS), v.maxValue(3600, SECONDS));
const FOLDERS = 'a list of folders, such as ["/home/ada/mail"]';
export const PORT = 'a port, 1 to 65535';
export const port = v.pipe(
  v.number(PORT),
  v.integer(PORT),
  v.minValue(1, PORT),
  v.maxValue(65_535, PORT),
);
const TRUE_OR_FALSE = 'true or false';
const FILE = v.strictObject({
  account: v.optional(
    v.array(
      v.strictObject({
        name: v.pipe(v.string(), v.minLength(1, 'a name')),
        listen: v.optional(v.string()),
        upstream: v.string(),
        certificate: v.optional(v.string()),
        key: v.optional(v.string()),
      }),
    ),
    [],
  ),
  ca: v.optional(v.string()),
  timeout: v.optional(seconds),
  state: v.optional(v.string()),
  control: v.optional(
    v.union([v.string(), v.literal(false)], 'an address such as "127.0.0.1:8690", or false'),
  ),
  'read-thunderbird': v.optional(v.boolean(TRUE_OR_FALSE)),
  thunderbird: v.optional(v.array(v.string(FOLDERS), FOLDERS)),
  'log-format': v.optional(v.picklist(['text', 'json'])),
  forecast: v.optional(
    v.strictObject({
      resolver: v.optional(v.string()),
      probe: v.optional(v.boolean(TRUE_OR_FALSE)),
      'policy-port': v.optional(port),
      'mx-port': v.optional(port),
      ca: v.optional(v.string()),
      'root-anchor': v.optional(v.string()),
      'allow-special-addresses': v.optional(v.boolean(TRUE_OR_FALSE)),
    }),
    {},
  ),
});
export type ConfigFile = {
  readonly name: string;
  readonly text: string;
  readonly content: v.InferOutput<typeof FILE>;
};

/**
 * @param mustExist false for the default place, where no file means that nothing is configured
 * @throws ConfigurationError
 */
export function readConfigFile(name: string, mustExist: boolean): ConfigFile | undefined {
  const text = readText(name, mustExist);
  if (text === undefined) return undefined;
  try {
    const content = v.parse(FILE, parseToml(text), { abortEarly: true });
    return { name, text, content: withPathsFrom(path.dirname(name), content) };
  } catch (error) {
    if (error instanceof TomlError) {
      throw new ConfigurationError(`${name}:${error.line}: ${error.message.split('\n')[0]}`);
    }
    if (error instanceof v.ValiError) {
      const [issue] = error.issues;
      throw fault({ name, text }, keysOf(issue), faultInWords(issue));
    }
    throw error;
  }
}

function keysOf(issue: v.BaseIssue<unknown>): readonly PropertyKey[] {
  return (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' || typeof key === 'symbol' ? key : String(key),
  );
}

/** What a key may hold, where valibot would name a type of this language. */
const KINDS: Readonly<Record<string, string>> = { string: 'text in quotation marks' };

function faultInWords({ type, expected, received, message, path: key }: v.BaseIssue<unknown>) {
  if (type === 'strict_object' && expected === 'never') return 'there is no such key';
  if (received === 'undefined') return 'it is missing';
  const wanted = message.startsWith('Invalid type') ? (expected ?? 'something else') : message;
  if (wanted === 'Object' || wanted === 'Array') {
    return key?.[0]?.key === 'account'
      ? 'it must be tables, [[account]]'
      : 'it must be a table, [forecast]';
  }
  return `it must be ${KINDS[wanted] ?? wanted}`;
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
function withPathsFrom(
  folder: string,
  content: v.InferOutput<typeof FILE>,
): v.InferOutput<typeof FILE> {
  const resolved = (keys: Readonly<Record<string, string | undefined>>) =>
    Object.fromEntries(
      Object.entries(keys).flatMap(([key, written]) =>
        written === undefined ? [] : [[key, path.resolve(folder, written)]],
      ),
    );
  const { ca, state, account, thunderbird, forecast } = content;
  const { ca: forecastCa, 'root-anchor': anchor } = forecast;
  return {
    ...content,
    ...resolved({ ca, state }),
    forecast: { ...forecast, ...resolved({ ca: forecastCa, 'root-anchor': anchor }) },
    ...(thunderbird && { thunderbird: thunderbird.map((one) => path.resolve(folder, one)) }),
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

/** @throws ConfigurationError naming file, line and key when `read` fails */
export function inFile<T>(file: ConfigFile, key: readonly PropertyKey[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw fault(file, key, messageOf(error));
  }
}

/** @throws ConfigurationError naming `what`, a flag, when `read` fails */
export function parsed<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigurationError(`${what}: ${messageOf(error)}`);
  }
}
