import { detailInWords } from './detail-words.ts';
import type {
  Dnssec,
  DnssecSource,
  DomainFacts,
  HostFacts,
  Looked,
  MtaStsFacts,
  PolicyFact,
  ProbeFact,
  WhyNoPolicy,
} from './facts.ts';
import type { TlsaRecord } from './dane.ts';
import type { ShownFact } from './forecast.ts';
import { hostsInOrder, isNullMx, MAX_HOSTS } from './mx.ts';
import { readMtaStsRecord } from './mta-sts.ts';
import { quoted } from './quoted.ts';

/** As many names, addresses and records of one answer are shown. */
const MAX_SHOWN = 5;

/** What was found out about a domain, for those who want to know how: a sentence for each fact. */
export function shownFacts(facts: DomainFacts): readonly ShownFact[] {
  return [
    mxFact(facts),
    recordFact(facts.mtaSts),
    ...policyFacts(facts.mtaSts),
    ...facts.hosts.slice(0, MAX_HOSTS).flatMap(hostFacts),
  ];
}

function mxFact({ domain, mx, moreHosts }: DomainFacts): ShownFact {
  const says = answer(mx, (records) => {
    if (isNullMx(records)) return 'the domain takes no mail at all';
    const named = hostsInOrder(domain, mx);
    if (named.hosts.length === 0) return 'nothing is named that is a host';
    return [...named.hosts, ...(moreHosts || named.moreHosts ? ['and more'] : [])].join(', ');
  });
  return { about: 'MX', says, ...origin(mx) };
}

function recordFact({ record }: MtaStsFacts): ShownFact {
  const says = answer(record, (texts) => {
    const read = readMtaStsRecord(texts);
    switch (read.kind) {
      case 'id':
        return `a policy is announced, id ${read.id}`;
      case 'several':
        return 'several are announced, which counts as none';
      case 'none':
        return 'no policy is announced';
    }
  });
  return { about: 'MTA-STS record', says, ...origin(record) };
}

function policyFacts({ policy }: MtaStsFacts): readonly ShownFact[] {
  if (policy.kind === 'none') return [];
  const { ageMs } = policy;
  const source =
    policy.kind === 'failed' && !ANSWERED.includes(policy.why) ? 'no answer' : 'policy host';
  return [{ about: 'MTA-STS policy', says: policySays(policy), source, ageMs }];
}

/** Of what is no policy, what the policy host itself said. */
const ANSWERED: readonly WhyNoPolicy[] = [
  'HTTP status',
  'not text/plain',
  'too large',
  'malformed',
];

function policySays(policy: Exclude<PolicyFact, { readonly kind: 'none' }>): string {
  if (policy.kind === 'failed') {
    // Beside "its address could not be looked up" stands only a word of ours.
    const isShown = policy.detail !== undefined && policy.why !== 'DNS failed';
    const detail = isShown ? ` (${quoted(policy.detail)})` : '';
    return `it is not known: ${detailInWords(policy.why)}${detail}`;
  }
  const { mode, mx } = policy.policy;
  const names = mx.length === 0 ? '' : ` for ${list(mx)}`;
  const kept = policy.kept === 'as announced' ? '' : `; kept, for ${detailInWords(policy.kept)}`;
  return `mode ${mode}${names}${kept}`;
}

function hostFacts({ host, addresses, tlsa, tlsaBase, probe }: HostFacts): readonly ShownFact[] {
  const found = answer(addresses, (each) => list(each.toSorted()));
  return [
    { about: 'addresses', host, says: found, ...origin(addresses) },
    { about: 'TLSA', host, ...tlsaSays(tlsa, tlsaBase) },
    { about: 'server', host, ...serverSays(probe) },
  ];
}

function tlsaSays(
  tlsa: HostFacts['tlsa'],
  base: HostFacts['tlsaBase'],
): Pick<ShownFact, 'says' | 'source' | 'ageMs'> {
  if (tlsa === undefined) {
    const says = 'not asked for, since nothing is known to be signed';
    return { says, source: 'not looked at', ageMs: 0 };
  }
  const at = base === undefined ? '' : `, at ${quoted(base)}`;
  const says = answer(tlsa, (records) => `${list(records.map(numbers).toSorted())}${at}`);
  return { says, ...origin(tlsa) };
}

function numbers({ usage, selector, matchingType }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType}`;
}

function answer<Records>(looked: Looked<Records>, show: (records: Records) => string): string {
  switch (looked.kind) {
    case 'failed':
      return `the look-up failed: ${detailInWords(looked.why)}`;
    case 'none':
      return `${looked.isNameAbsent ? 'no such name' : 'none'}${aliasOf(looked)}; ${signed(looked)}`;
    case 'found':
      return `${show(looked.records)}${aliasOf(looked)}; ${signed(looked)}`;
  }
}

function aliasOf({ alias }: { readonly alias?: string | undefined }): string {
  return alias === undefined ? '' : `, by the alias ${quoted(alias)}`;
}

function serverSays(probe: ProbeFact): Pick<ShownFact, 'says' | 'source' | 'ageMs'> {
  const { ageMs } = probe;
  const source = 'mail server';
  switch (probe.kind) {
    case 'not seen':
      return { says: `not looked at: ${detailInWords(probe.why)}`, source: 'not looked at', ageMs };
    case 'no STARTTLS':
      return { says: 'STARTTLS is not offered', source, ageMs };
    case 'TLS failed':
      return { says: `TLS failed (${quoted(probe.detail)})`, source, ageMs };
    case 'seen': {
      const { pkixFault } = probe.certificates;
      const authority =
        pkixFault === undefined
          ? 'a certificate of a known authority'
          : `no certificate of a known authority (${quoted(pkixFault)})`;
      const offer = probe.requireTls ? 'REQUIRETLS offered' : 'REQUIRETLS not offered';
      return { says: `${quoted(probe.tls)}, ${authority}, ${offer}`, source, ageMs };
    }
  }
}

function origin(looked: Looked<unknown>): Pick<ShownFact, 'source' | 'ageMs'> {
  const source = looked.kind === 'failed' ? 'no answer' : SOURCES[looked.source];
  return { source, ageMs: looked.ageMs };
}

const SOURCES: Readonly<Record<DnssecSource, ShownFact['source']>> = {
  'validated here': 'validated here',
  resolver: 'resolver, by DNSSEC',
  nobody: 'resolver, not by DNSSEC',
};

function signed({ dnssec, inClear }: Pick<Answer, 'dnssec' | 'inClear'>): string {
  return `${signedInWords(dnssec)}${inClear === true ? ', in clear' : ''}`;
}

type Answer = Exclude<Looked<unknown>, { readonly kind: 'failed' }>;

function signedInWords(dnssec: Dnssec): string {
  switch (dnssec) {
    case 'secure':
      return 'signed with DNSSEC';
    case 'insecure':
      return 'not signed with DNSSEC';
    case 'unknown':
      return 'whether it is signed with DNSSEC cannot be told';
  }
}

function list(texts: readonly string[]): string {
  const shown = texts.slice(0, MAX_SHOWN).map(quoted);
  const others = texts.length - shown.length;
  return others > 0 ? `${shown.join(', ')} and ${others} more` : shown.join(', ');
}
