import type { LookUpType } from '../dns/dns-records.ts';
import { NoAnswer } from '../dns/no-answer.ts';
import { nameFromText, recordFromText } from './record-text.ts';
import type { RootKey } from './root-anchor.ts';
import type { Validated, ValidatorProgram } from './validator-program.ts';

/** `delv` of ISC (9.18; look again 2027-06). */
export const DELV: ValidatorProgram = {
  command: 'delv',

  configuration: (_, rootKeys) => `trust-anchors {\n${rootKeys.map(anchor).join('')}};\n`,

  // By -q and -t no name is taken for a type, an option or a server.
  arguments: ({ name, type }, { port, configurationFile }) => [
    '@127.0.0.1',
    '-p',
    String(port),
    '-a',
    configurationFile,
    '+root',
    '+cd',
    '+tcp',
    '+yaml',
    '-t',
    type,
    '-q',
    `${name}.`,
  ],

  read: (output, question) => read(output, question),

  readRoot: (output) => {
    const { status, sections } = partsOf(output);
    const [section, ...others] = sections;
    const isSecure =
      status === 'success' &&
      others.length === 0 &&
      section?.trust === 'fully_validated' &&
      section.records.some((record) => /^\. [0-9]+ IN SOA /.test(record));
    return isSecure ? 'secure' : 'not secure';
  },
};

/** As `named.conf` has it. */
function anchor({ type, numbers, key }: RootKey): string {
  return `  . ${type === 'DS' ? 'static-ds' : 'static-key'} ${numbers.join(' ')} "${key}";\n`;
}

/** What it says of an answer that does not validate; its exit status is 0 all the same. */
const BOGUS = [
  'broken trust chain',
  'insecurity proof failed',
  'no valid DS',
  'no valid KEY',
  'no valid NSEC',
  'no valid RRSIG',
];

const TRUST: Readonly<Record<string, 'secure' | 'insecure'>> = {
  fully_validated: 'secure',
  negative_response_fully_validated: 'secure',
  unsigned_answer: 'insecure',
  negative_response_unsigned_answer: 'insecure',
};

type Section = { readonly trust: string; readonly records: readonly string[] };

function read<Type extends LookUpType>(
  output: string,
  { name, type }: { readonly name: string; readonly type: Type },
): Validated<Type> {
  const { queryName, status, sections } = partsOf(output);
  if (queryName !== name) throw malformed();
  if (BOGUS.includes(status)) return { kind: 'bogus', detail: status };
  if (!['success', 'ncache nxdomain', 'ncache nxrrset'].includes(status)) {
    return { kind: 'no answer' };
  }

  const trusts = sections.map(({ trust }) => TRUST[trust]);
  if (trusts.length === 0 || trusts.includes(undefined)) throw malformed();
  const dnssec = trusts.every((trust) => trust === 'secure') ? 'secure' : 'insecure';

  let end = name;
  const records: RecordOfText[] = [];
  for (const line of sections.flatMap(({ records: lines }) => withoutProof(lines))) {
    const record = recordIn(line);
    if (record === undefined) continue;
    if (record.name !== end) throw malformed();
    if (record.type === type) records.push(record);
    else if (record.type === 'CNAME') end = nameFromText(record.data);
    else throw malformed();
  }
  const alias = end === name ? undefined : end;
  if (status === 'success') {
    if (records.length === 0) throw malformed();
    const found = records.map(({ data }) => recordFromText(type, data));
    return { kind: 'found', records: found, alias, dnssec };
  }
  if (records.length > 0) throw malformed();
  return { kind: 'none', isNameAbsent: status === 'ncache nxdomain', alias, dnssec };
}

/** A denial is a record of the type `\-MX` or `\-ANY`, and then what proves it. */
function withoutProof(lines: readonly string[]): readonly string[] {
  const denial = lines.findIndex((line) => /^\S+ [0-9]+ IN \\-[A-Z]+ /.test(line));
  return denial === -1 ? lines : lines.slice(0, denial);
}

type RecordOfText = { readonly name: string; readonly type: string; readonly data: string };

/** Undefined for signatures, and for the DNAME that the CNAME after it was made from. */
function recordIn(line: string): RecordOfText | undefined {
  const [, name, type = '', data = ''] = /^(\S+) [0-9]+ IN (\S+) (.+)$/.exec(line) ?? [];
  if (name === undefined) throw malformed();
  if (type === 'RRSIG' || type === 'DNAME') return undefined;
  return { name: nameFromText(name), type, data };
}

/** Reads the little of YAML that it writes, line by line. */
function partsOf(output: string) {
  const [, head = '', body = ''] =
    /^(?:.*\n)??(type: DELV_RESULT\n.*?)records:\n(.*)$/s.exec(output) ?? [];
  const [, queryName, status] =
    /^type: DELV_RESULT\nquery_name: (.*)\nstatus: (.*)\n$/.exec(head) ?? [];
  if (queryName === undefined || status === undefined) throw malformed();
  const sections: { trust: string; records: string[] }[] = [];
  for (const line of body.split('\n')) {
    const [, trust] = /^ {2}- ([a-z_]+):$/.exec(line) ?? [];
    const [, record] = /^ {4}- '(.*)'$/.exec(line) ?? [];
    const section = sections.at(-1);
    if (trust !== undefined) sections.push({ trust, records: [] });
    else if (record !== undefined && section !== undefined) {
      section.records.push(record.replaceAll("''", "'"));
    } else if (line !== '') throw malformed();
  }
  const parts: { queryName: string; status: string; sections: readonly Section[] } = {
    queryName: nameFromText(queryName),
    status,
    sections,
  };
  return parts;
}

function malformed(): NoAnswer {
  return new NoAnswer('malformed', 'delv printed what is not known of it');
}
