import type {
  Dnssec,
  DnssecSource,
  DomainFacts,
  HostFacts,
  Looked,
  MtaStsFacts,
  ProbeFact,
} from './facts.ts';
import type { ShownFact } from './forecast.ts';
import { hostsInOrder, isNullMx, MAX_HOSTS } from './mx.ts';
import { readMtaStsRecord } from './mta-sts.ts';
import { detailInWords } from './detail-words.ts';

/** As many names, addresses and records of one answer are shown. */
const MAX_SHOWN = 5;

/** As much of what another program wrote is shown. */
const MAX_QUOTED = 100;

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
  const about = { about: 'MX', ...origin(mx) } as const;
  if (mx.kind === 'failed') return { ...about, says: noAnswer(mx) };
  if (mx.kind === 'none') {
    const none = mx.isNameAbsent ? 'there is no such domain' : 'no mail host is named';
    return { ...about, says: `${none}; ${signed(mx.dnssec)}` };
  }
  const named = hostsInOrder(domain, mx);
  const more = moreHosts || named.moreHosts ? ['and more'] : [];
  const hosts = isNullMx(mx.records)
    ? 'it takes no mail at all'
    : named.hosts.length === 0
      ? 'it names nothing that is a host'
      : [...named.hosts, ...more].join(', ');
  return { ...about, says: `${hosts}; ${signed(mx.dnssec)}` };
}

function recordFact({ record }: MtaStsFacts): ShownFact {
  const about = { about: 'MTA-STS record', ...origin(record) } as const;
  if (record.kind === 'failed') return { ...about, says: noAnswer(record) };
  const read = readMtaStsRecord(record.kind === 'found' ? record.records : []);
  const announced = ((): string => {
    switch (read.kind) {
      case 'id':
        return `a policy is announced, id ${read.id}`;
      case 'several':
        return 'several are announced, which counts as none';
      case 'none':
        return 'no policy is announced';
    }
  })();
  return { ...about, says: `${announced}; ${signed(record.dnssec)}` };
}

function policyFacts({ policy }: MtaStsFacts): readonly ShownFact[] {
  const about = { about: 'MTA-STS policy', source: 'policy host' } as const;
  switch (policy.kind) {
    case 'none':
      return [];
    case 'failed': {
      const detail = policy.detail === undefined ? '' : ` (${quoted(policy.detail)})`;
      const says = `it could not be fetched: ${detailInWords(policy.why)}${detail}`;
      return [{ ...about, says, ageMs: policy.ageMs }];
    }
    case 'policy': {
      const { mode, mx } = policy.policy;
      const names = mx.length === 0 ? '' : ` for ${list(mx)}`;
      const kept = policy.kept === 'as announced' ? '' : `, kept: ${detailInWords(policy.kept)}`;
      return [{ ...about, says: `mode ${mode}${names}${kept}`, ageMs: policy.ageMs }];
    }
  }
}

function hostFacts({ host, addresses, tlsa, probe }: HostFacts): readonly ShownFact[] {
  return [
    {
      about: 'addresses',
      host,
      ...origin(addresses),
      says: answer(addresses, (found) => list(found.toSorted())),
    },
    tlsa === undefined
      ? {
          about: 'TLSA',
          host,
          source: 'not looked at',
          says: 'not asked for: nothing is known to be signed',
          ageMs: 0,
        }
      : {
          about: 'TLSA',
          host,
          ...origin(tlsa),
          says: answer(tlsa, (found) =>
            list(
              found
                .map(({ usage, selector, matchingType }) => `${usage} ${selector} ${matchingType}`)
                .toSorted(),
            ),
          ),
        },
    { about: 'server', host, ...seen(probe) },
  ];
}

function answer<Records>(looked: Looked<Records>, show: (records: Records) => string): string {
  switch (looked.kind) {
    case 'failed':
      return noAnswer(looked);
    case 'none':
      return `none; ${signed(looked.dnssec)}`;
    case 'found': {
      const alias = looked.alias === undefined ? '' : `, by way of ${quoted(looked.alias)}`;
      return `${show(looked.records)}${alias}; ${signed(looked.dnssec)}`;
    }
  }
}

function seen(probe: ProbeFact): Pick<ShownFact, 'source' | 'says' | 'ageMs'> {
  const { ageMs } = probe;
  const source = 'mail server';
  switch (probe.kind) {
    case 'not seen':
      return { source: 'not looked at', says: detailInWords(probe.why), ageMs };
    case 'no STARTTLS':
      return { source, says: 'it offers no STARTTLS', ageMs };
    case 'TLS failed':
      return { source, says: `TLS failed: ${quoted(probe.detail)}`, ageMs };
    case 'seen': {
      const { pkixFault } = probe.certificates;
      const certificate =
        pkixFault === undefined
          ? 'a certificate of a known authority'
          : `a certificate that no known authority vouches for (${quoted(pkixFault)})`;
      const offer = probe.requireTls ? 'REQUIRETLS offered' : 'REQUIRETLS not offered';
      return { source, says: `${quoted(probe.tls)}, ${certificate}; ${offer}`, ageMs };
    }
  }
}

function noAnswer({ why }: Extract<Looked<unknown>, { readonly kind: 'failed' }>): string {
  return `no answer: ${detailInWords(why)}`;
}

function origin(looked: Looked<unknown>): Pick<ShownFact, 'source' | 'ageMs'> {
  const source = looked.kind === 'failed' ? 'nobody' : looked.source;
  return { source: SOURCES[source], ageMs: looked.ageMs };
}

const SOURCES: Readonly<Record<DnssecSource, ShownFact['source']>> = {
  'validated here': 'validated here',
  resolver: 'resolver, by DNSSEC',
  nobody: 'resolver, not by DNSSEC',
};

function signed(dnssec: Dnssec): string {
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

/** What another program wrote, as text that steers no terminal and fills no screen. */
function quoted(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_QUOTED);
}
