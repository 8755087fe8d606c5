import { readFile } from 'node:fs/promises';

/** A key of the root zone that is trusted, or the digest of one (RFC 4034 §2.1, §5.1). */
export type RootKey = {
  readonly type: 'DS' | 'DNSKEY';
  /** Key tag, algorithm and digest type; or flags, protocol and algorithm. */
  readonly numbers: readonly number[];
  /** Hex; or base64. */
  readonly key: string;
};

/**
 * IANA's, of 2017 (20326) and of 2024 (38696), RSA/SHA-256 with digests of SHA-256, as
 * https://data.iana.org/root-anchors/root-anchors.xml has them.
 *
 * They do not follow a rollover: a program that changes its own trust unwatched is worse than one
 * that says it cannot tell, as it does then (the canary). Look again 2027-06; until there is a new
 * release, `--root-anchor` names a newer file.
 */
export const IANA_ROOT_KEYS: readonly RootKey[] = [
  {
    type: 'DS',
    numbers: [20326, 8, 2],
    key: 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
  },
  {
    type: 'DS',
    numbers: [38696, 8, 2],
    key: '683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16',
  },
];

const LONGEST_FILE_OCTETS = 65_536;

const RECORD =
  /^\.\s+(?:[0-9]+\s+)?(?:IN\s+)?(DS|DNSKEY)\s+([0-9]{1,5})\s+([0-9]{1,3})\s+([0-9]{1,3})\s+([\sA-Za-z0-9+/=]+)$/;

/**
 * Reads DS and DNSKEY records of the root, one in a line, as zone files have them and
 * `unbound-anchor` keeps them. A key of which its comment says that it is not valid (RFC 5011
 * §4.2) is left out.
 *
 * @throws Error that says what is wrong
 */
export function readRootKeys(text: string): readonly RootKey[] {
  if (text.length > LONGEST_FILE_OCTETS) throw new Error('it is too large for a root anchor');
  const keys = text.split(/\r?\n/).flatMap((line) => {
    const [, record = '', comment = ''] = /^([^;]*)(.*)$/s.exec(line) ?? [];
    if (record.trim() === '' || /;;state=(?!2)/.test(comment)) return [];
    return [rootKey(record.trim())];
  });
  if (keys.length === 0) throw new Error('no DS or DNSKEY record of the root is in it');
  return keys;
}

function rootKey(record: string): RootKey {
  const [, type, first, second, third, key = ''] = RECORD.exec(record) ?? [];
  if (type !== 'DS' && type !== 'DNSKEY') {
    throw new Error('it has a line that is no DS or DNSKEY record of the root');
  }
  const numbers = [first, second, third].map(Number);
  return { type, numbers, key: key.replace(/\s/g, '') };
}

/** @throws Error that says what is wrong, and with which file */
export async function rootKeysIn(file: string): Promise<readonly RootKey[]> {
  try {
    return readRootKeys(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Error(`the root anchor ${file} cannot be used`, { cause });
  }
}

/** As a line of a zone file. */
export function rootKeyRecord({ type, numbers, key }: RootKey): string {
  return `. IN ${type} ${numbers.join(' ')} ${key}`;
}
