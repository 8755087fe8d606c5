import type { LookUpType } from '../dns/dns-records.ts';
import { NoAnswer } from '../dns/no-answer.ts';
import { nameFromText, recordFromText } from './record-text.ts';
import { rootKeyRecord } from './root-anchor.ts';
import type { Validated, ValidatorProgram } from './validator-program.ts';

/** How the answers to each type begin after the name, and how their absence is said. */
const WORDS: { readonly [Type in LookUpType]: readonly [found: string, none: string] } = {
  MX: ['mail is handled by ', 'has no mail handler record'],
  TXT: ['has TXT record ', 'has no TXT record'],
  A: ['has address ', 'has no address'],
  AAAA: ['has IPv6 address ', 'has no IPv6 address'],
  TLSA: ['has TLSA record ', 'has no TLSA record'],
  CNAME: ['has CNAME record ', 'has no CNAME record'],
};

/** Names that Unbound would answer by itself; they are asked for like all others. */
const NAMES_OF_ITS_OWN = ['localhost.', 'test.', 'invalid.', 'onion.', 'home.arpa.'];

/** `unbound-host` of NLnet Labs (1.17; look again 2027-06). */
export const UNBOUND_HOST: ValidatorProgram = {
  command: 'unbound-host',

  configuration: (port, rootKeys) =>
    [
      'server:',
      'module-config: "validator iterator"',
      'do-not-query-localhost: no',
      'outgoing-interface: 127.0.0.1', // from there nothing leaves the computer
      'tcp-upstream: yes',
      'trust-anchor-signaling: no', // RFC 8145 would be one more name that is asked for
      'unblock-lan-zones: yes',
      ...NAMES_OF_ITS_OWN.map((name) => `local-zone: "${name}" nodefault`),
      ...rootKeys.map((key) => `trust-anchor: "${rootKeyRecord(key)}"`),
      'forward-zone:',
      'name: "."',
      `forward-addr: 127.0.0.1@${port}`,
      '',
    ].join('\n'),

  // With its final dot no name is taken for an IP address, which it would look up in reverse.
  arguments: ({ name, type }, { configurationFile }) => [
    '-C',
    configurationFile,
    '-v',
    '-t',
    type,
    `${name}.`,
  ],

  read: (output, question) => read(output, question),

  readRoot: (output) => {
    if (/^\. has SOA record [^\n]+ \(secure\)\n$/.test(output)) return 'secure';
    const [, said = ''] = LINE.exec(output.split('\n')[0] ?? '') ?? [];
    if (!isAbout(said, '')) throw malformed();
    return 'not secure';
  },
};

const LINE = /^(.*) \((secure|insecure|error|BOGUS \(security failure\))\)$/s;

function read<Type extends LookUpType>(
  output: string,
  { name, type }: { readonly name: string; readonly type: Type },
): Validated<Type> {
  const lines = output.replace(/\n$/, '').split('\n');
  const [first] = lines;
  const [, said = '', status = ''] = LINE.exec(first ?? '') ?? [];
  if (!isAbout(said, name)) throw malformed();
  if (status === '') throw malformed();
  if (status.startsWith('BOGUS')) {
    return { kind: 'bogus', detail: lines.find((line) => line.startsWith('validation ')) ?? '' };
  }
  if (status === 'error') return { kind: 'no answer' };

  const dnssec = status === 'secure' ? 'secure' : 'insecure';
  const texts = lines.map((line) => {
    const [, text, ofLine] = LINE.exec(line) ?? [];
    if (text === undefined || ofLine !== status) throw malformed();
    return text;
  });
  if (said === `Host ${name}. not found: 3(NXDOMAIN).` && texts.length === 1) {
    return { kind: 'none', isNameAbsent: true, alias: undefined, dnssec };
  }

  const aliasStart = `${name}. is an alias for `;
  const isAlias = said.startsWith(aliasStart);
  const target = said.slice(aliasStart.length).replace(/\.$/, '');
  const alias = isAlias ? nameFromText(target) : undefined;
  const rest = isAlias ? texts.slice(1) : texts;
  const subject = isAlias ? target : `${name}.`;
  const [found, none] = WORDS[type];
  if (rest.length === 1 && rest[0] === `${subject} ${none}`) {
    return { kind: 'none', isNameAbsent: false, alias, dnssec };
  }
  const start = `${subject} ${found}`;
  const records = rest.map((text) => {
    if (!text.startsWith(start)) throw malformed();
    return recordFromText(type, text.slice(start.length));
  });
  if (records.length === 0) throw malformed();
  return { kind: 'found', records, alias, dnssec };
}

function isAbout(said: string, name: string): boolean {
  return said.startsWith(`${name}. `) || said.startsWith(`Host ${name}. `);
}

function malformed(): NoAnswer {
  return new NoAnswer('malformed', 'unbound-host printed what is not known of it');
}
