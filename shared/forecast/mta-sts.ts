import { withoutBlanks } from '../submission/header-section.ts';
import { hostName } from './domain.ts';

/** An MTA-STS policy (RFC 8461 §3.2). */
export type MtaStsPolicy = MtaStsPolicyText & {
  /** Of the record by which it was announced when it was fetched. */
  readonly id: string;
};

/** What stands in the file of a policy. */
export type MtaStsPolicyText = {
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Patterns of host names, in A-label form and lower case. */
  readonly mx: readonly string[];
  readonly maxAgeSeconds: number;
};

/** What the TXT records at `_mta-sts.DOMAIN` come to. `several` announce no policy, as `none`. */
export type MtaStsRecord =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'several' };

/**
 * Several times what a record needs. A longer one announces nothing: it would be read, by whoever
 * looks a domain up, for as long as its owner likes.
 */
const RECORD_LIMIT_CHARACTERS = 1024;

/** Names and values of RFC 8461 §3.1, where `id` is the one that everybody has. */
const RECORD_FIELD = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)$/;
const RECORD_ID = /^[A-Za-z0-9]{1,32}$/;

/**
 * Reads which policy a domain announces (RFC 8461 §3.1).
 *
 * Of several records those that do not begin with `v=STSv1;` are left out. If then not exactly one is
 * left, or it is not as the RFC's grammar has it, no policy is announced. By that grammar blanks may
 * stand before the first semicolon too.
 *
 * @param texts each record with its strings joined
 */
export function readMtaStsRecord(texts: readonly string[]): MtaStsRecord {
  const version = texts.length === 1 ? /^v=STSv1[ \t]*;/ : /^v=STSv1;/;
  const [text, ...others] = texts.filter((each) => version.test(each));
  if (text === undefined) return { kind: 'none' };
  if (others.length > 0) return { kind: 'several' };
  if (text.length > RECORD_LIMIT_CHARACTERS) return { kind: 'none' };

  const [, ...fields] = text.split(';').map(withoutBlanks);
  // One semicolon may stand at the end.
  if (fields.at(-1) === '') fields.pop();
  const read = fields.map((field) => RECORD_FIELD.exec(field));
  if (read.includes(null)) return { kind: 'none' };

  const id = read.find((field) => field?.[1] === 'id')?.[2];
  return id !== undefined && RECORD_ID.test(id) ? { kind: 'id', id } : { kind: 'none' };
}

/** What a policy file may have at most (RFC 8461 §3.2 leaves it open, §3.3 suggests 64 KB). */
export const POLICY_LIMIT_OCTETS = 65_536;

/** The longest that a policy may be kept: a year (RFC 8461 §3.2). */
export const MAX_POLICY_AGE_SECONDS = 31_557_600;

const POLICY_LINE = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):(.*)$/;
const MODES = ['enforce', 'testing', 'none'] as const;

/**
 * Reads a policy file (RFC 8461 §3.2).
 *
 * Fields come in any order, each line ends in LF or CRLF, unknown fields are passed over, and of a
 * field that may stand only once the first counts. Empty lines at the end do no harm; any other
 * line that is no field makes the whole no policy.
 *
 * @param text decoded; more than 64 KB is no policy
 */
export function readPolicy(text: string): MtaStsPolicyText | { readonly fault: string } {
  if (text.length > POLICY_LIMIT_OCTETS) return { fault: 'it is larger than 64 KB' };
  const fields: (readonly [name: string, value: string])[] = [];
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const last = lines.findLastIndex((line) => line !== '');
  for (const [number, line] of lines.slice(0, last + 1).entries()) {
    const [, name, written] = POLICY_LINE.exec(line) ?? [];
    const value = written === undefined ? undefined : withoutBlanks(written);
    // A lone CR, NUL and what else steers a terminal are no part of any field.
    if (name === undefined || value === undefined || /\p{Cc}/u.test(value)) {
      return { fault: `line ${number + 1} is no field` };
    }
    fields.push([name, value]);
  }
  const first = (wanted: string) => fields.find(([name]) => name === wanted)?.[1];

  if (first('version') !== 'STSv1') return { fault: 'its version is not STSv1' };
  const mode = MODES.find((each) => each === first('mode'));
  if (mode === undefined) return { fault: 'it has no mode' };

  const maxAge = first('max_age') ?? '';
  const maxAgeSeconds = /^[0-9]{1,10}$/.test(maxAge) ? Number(maxAge) : undefined;
  if (maxAgeSeconds === undefined || maxAgeSeconds > MAX_POLICY_AGE_SECONDS) {
    return { fault: 'its max_age is not one' };
  }

  const mx: string[] = [];
  for (const value of fields.filter(([name]) => name === 'mx').map(([, each]) => each)) {
    const pattern = readPattern(value);
    if (pattern === undefined) return { fault: 'one of its mx is no pattern of host names' };
    mx.push(pattern);
  }
  if (mx.length === 0 && mode !== 'none') return { fault: 'it has no mx' };
  return { mode, mx, maxAgeSeconds };
}

/**
 * A host name, or `*.` and one. A name that is not in A-label form (RFC 8461 §3.2: it MUST be) is
 * no pattern: one program would read it as the A-label, another would not.
 */
function readPattern(value: string): string | undefined {
  const isWildcard = value.startsWith('*.');
  const written = isWildcard ? value.slice(2) : value;
  const name = written.endsWith('.') ? undefined : hostName(written);
  return name === undefined ? undefined : `${isWildcard ? '*.' : ''}${name}`;
}

/**
 * Says whether an MX host is allowed by an MTA-STS policy (RFC 8461 §4.1).
 *
 * A pattern is a host name, or `*.` followed by one. The wildcard stands for exactly one left-most
 * label: `*.example.com` allows `mx.example.com` but neither `example.com` nor `a.b.example.com`.
 *
 * @param host     in A-label form, without the final dot
 * @param patterns as `readPolicy` gives them
 */
export function policyAllowsMx(host: string, patterns: readonly string[]): boolean {
  const name = host.toLowerCase();
  return patterns.some((pattern) => {
    if (!pattern.startsWith('*.')) return name === pattern;
    const firstDot = name.indexOf('.');
    return firstDot > 0 && name.slice(firstDot) === pattern.slice(1);
  });
}
