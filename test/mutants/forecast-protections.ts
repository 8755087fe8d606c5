import type { Mutant, Protection } from './protection.ts';

const RULES = 'shared/forecast';
const VERDICT = [
  'test/shared/name-verdict.test.ts',
  'test/shared/certificate-verdict.test.ts',
  'test/shared/answer-in-clear.test.ts',
  'test/shared/verdict.test.ts',
  'test/shared/verdict-table.test.ts',
];
const MTA_STS = ['test/shared/mta-sts.test.ts'];
const DANE = ['test/shared/dane.test.ts'];
const MX = ['test/shared/mx.test.ts', 'test/shared/domain.test.ts'];

function mutant(file: string, what: string, from: string, to: string): Mutant {
  return { what, edits: [{ file: `${RULES}/${file}`, from, to }] };
}

/** What keeps a forecast from promising too much, and from talking anybody out of requiring TLS. */
export const FORECAST_PROTECTIONS: readonly Protection[] = [
  {
    name: 'forecast: who cannot tell excludes nothing',
    tests: VERDICT,
    mutants: [
      mutant(
        'conclusion.ts',
        'a resolver without DNSSEC is believed',
        "looked.dnssec !== 'unknown'",
        "looked.dnssec !== 'unknown' || true",
      ),
      mutant(
        'verdict.ts',
        'the hosts of an MX answer that is not believed are all there are',
        "if (mx.kind !== 'failed' && !isBelieved(mx)) return",
        "if (mx.kind === 'failed') return",
      ),
      mutant(
        'verdict.ts',
        'hosts that were not looked at fail with the others',
        'return facts.moreHosts || named.moreHosts || named.hosts.some((host) => !looked.has(host))',
        'return looked.size > 1000',
      ),
      mutant(
        'name-verdict.ts',
        'a policy that could not be fetched is none',
        "return notKnown(\n        [reason('policy not fetched', undefined, policy.why)],",
        "return willFail(\n        [reason('names not vouched for')],",
      ),
      mutant(
        'dane-state.ts',
        'SERVFAIL for TLSA is no TLSA',
        "if (tlsa.kind === 'failed') return { kind: 'failed', why: tlsa.why, ageMs };",
        "if (tlsa.kind === 'failed') return { kind: 'none', ageMs };",
      ),
      mutant(
        'name-verdict.ts',
        'a kept policy excludes as an announced one does',
        "return policy.kept === 'fetch failed' || record.kind",
        'return record.kind',
      ),
      mutant(
        'sighting.ts',
        'what was seen yesterday excludes a host today',
        'return ageMs <= EXCLUDES_FOR_MS;',
        'return ageMs <= 1e12;',
      ),
      mutant(
        'dane-state.ts',
        'records of now are held against a certificate of yesterday',
        "return stillExcludes(probe) ? 'mismatch' : 'changed since';",
        "return stillExcludes(probe) ? 'mismatch' : 'mismatch';",
      ),
      mutant(
        'caveats.ts',
        'nobody is told that an answer came in clear',
        '(rests(FROM_DNS) && (isInClear(mtaSts.record) || isAnyAddressInClear))',
        'false',
      ),
      mutant(
        'caveats.ts',
        'nobody is told that the MX answer came in clear',
        'isInClear(mx) ||',
        '',
      ),
      mutant(
        'caveats.ts',
        'nobody is told that the address of what was seen came in clear',
        '(rests(SEEN_UNPROVED) && isAnyAddressInClear)',
        'false',
      ),
      mutant(
        'host-verdict.ts',
        'what is seen of a host that may be forged excludes the domain',
        'if (isHostForgeable(host.host, facts)) {',
        "if (host.host === '' && isHostForgeable(host.host, facts)) {",
      ),
      mutant(
        'forged-answer.ts',
        'what is seen at an address that may be forged excludes the host',
        'return isForgeable(answer, policy)\n',
        "return answer.kind === 'none' && isForgeable(answer, policy)\n",
      ),
    ],
  },
  {
    name: 'forecast: a name is vouched for by DNSSEC or by an enforced policy',
    tests: VERDICT,
    mutants: [
      mutant(
        'policy-on-host.ts',
        'a policy in mode testing vouches',
        "policy.policy.mode !== 'enforce'",
        "policy.policy.mode === 'none'",
      ),
      mutant(
        'name-verdict.ts',
        'an unsigned MX answer vouches',
        "const vouched = isDomainItself ? 'secure' : mx.dnssec;",
        "const vouched = isDomainItself || mx.dnssec === 'insecure' ? 'secure' : mx.dnssec;",
      ),
      mutant(
        'name-verdict.ts',
        'what the domain is an alias of is the domain',
        "mx.kind === 'none' && host === domain",
        "mx.kind === 'none' && domain !== ''",
      ),
      mutant(
        'name-verdict.ts',
        'a host that the policy leaves out is vouched for all the same',
        "if (said.kind === 'leaves it out') {",
        "if (said.kind === 'leaves it out' && vouched === 'insecure') {",
      ),
    ],
  },
  {
    name: 'forecast: DANE that fails is rescued by nothing',
    tests: VERDICT,
    mutants: [
      mutant(
        'certificate-verdict.ts',
        'MTA-STS rescues it',
        "case 'mismatch':\n      return excludedBy(",
        "case 'mismatch':\n      return isNamed(host, policy) ? byRecords : excludedBy(",
      ),
      mutant(
        'dane-state.ts',
        'records that are not signed count',
        "if (tlsa.kind === 'none' || tlsa.dnssec === 'insecure')",
        "if (tlsa.kind === 'none')",
      ),
      mutant(
        'certificate-verdict.ts',
        'a certificate of no authority is trusted',
        ': excludedBy(fault, { answer: addresses, policy }, ageMs);',
        ': promised([fault], ageMs);',
      ),
    ],
  },
  {
    name: 'forecast: REQUIRETLS is seen inside verified TLS only',
    tests: VERDICT,
    mutants: [
      mutant(
        'host-verdict.ts',
        'any TLS will do',
        "return probe.certificates.pkixFault === undefined ? 'matches' : 'mismatch';",
        "return 'matches';",
      ),
      mutant(
        'host-verdict.ts',
        'where DANE fails, PKIX will do',
        "case 'failed':\n      return 'mismatch';",
        "case 'failed':\n      return 'matches';",
      ),
      mutant(
        'host-verdict.ts',
        'the route alone decides',
        "if (route === 'will fail' || requireTls === 'will fail') return 'will fail';",
        "if (route === 'will fail') return 'will fail';",
      ),
    ],
  },
  {
    name: 'forecast: MTA-STS is read as RFC 8461 writes it',
    tests: MTA_STS,
    mutants: [
      mutant(
        'mta-sts.ts',
        'a wildcard stands for several labels',
        'return firstDot > 0 && name.slice(firstDot) === pattern.slice(1);',
        'return firstDot > 0 && name.endsWith(pattern.slice(1));',
      ),
      mutant(
        'mta-sts.ts',
        'two records announce the first',
        "if (others.length > 0) return { kind: 'several' };",
        'void others;',
      ),
      mutant(
        'mta-sts.ts',
        'a policy of any size is read',
        'if (text.length > POLICY_LIMIT_OCTETS)',
        'if (text.length > 2 ** 30)',
      ),
      mutant(
        'mta-sts.ts',
        'a policy is kept for as long as it says',
        'maxAgeSeconds > MAX_POLICY_AGE_SECONDS',
        'maxAgeSeconds > 2 ** 60',
      ),
      mutant(
        'mta-sts.ts',
        'a policy without hosts is one',
        "if (mx.length === 0 && mode !== 'none')",
        'if (mx.length < 0)',
      ),
      mutant(
        'mta-sts.ts',
        'steering octets in a policy are passed over',
        ' || /\\p{Cc}/u.test(value)',
        '',
      ),
    ],
  },
  {
    name: 'forecast: TLSA records match as RFC 7672 has it',
    tests: DANE,
    mutants: [
      mutant(
        'dane.ts',
        'PKIX usages are used',
        'if (usage !== DANE_TA && usage !== DANE_EE) return false;',
        'if (usage > DANE_EE) return false;',
      ),
      mutant(
        'dane.ts',
        'a short digest is used',
        'return data.length === 64;',
        'return data.length <= 64;',
      ),
      mutant(
        'dane.ts',
        'a digest is used in place of the octets in full',
        'return isWholeSequence(data);',
        'return isWholeSequence(data) || true;',
      ),
      mutant(
        'dane.ts',
        'a weak digest counts beside a strong one',
        'strongest(usableTlsa(records)).map(',
        'strongest([]).concat(usableTlsa(records)).map(',
      ),
      mutant(
        'dane.ts',
        'below a trust anchor names do not count',
        'const named = isNamed(presented, names);',
        "const named: Answer = 'yes';",
      ),
      mutant(
        'dane.ts',
        'below a trust anchor any path will do',
        "named === 'yes' || anchor.canVouch === 'no' ? anchor.canVouch : 'unknown'",
        'named',
      ),
      mutant(
        'dane.ts',
        'a server vouches for itself whatever its key is',
        "isAbout(record, own) ? own.canVouch : 'no'",
        "isAbout(record, own) ? 'yes' : 'no'",
      ),
      mutant(
        'dane.ts',
        'an anchor in the DNS that is not presented is a mismatch',
        "record.matchingType === FULL ? 'unknown' : 'no'",
        "'no'",
      ),
      mutant(
        'dane.ts',
        'TLSA is asked for in unsigned zones',
        'return first !== last && cname !== undefined && isSecure(cname) ? [first] : [];',
        'return [first];',
      ),
      mutant(
        'dane.ts',
        'TLSA is asked for at an alias that is not signed',
        'first !== last && cname !== undefined && isSecure(cname) ? [first] : [];',
        'first !== last ? [first] : [];',
      ),
      mutant(
        'dane.ts',
        'a domain whose MX answer anybody could have written names the host',
        "if (mx.kind === 'failed' || mx.dnssec !== 'secure') return [base];",
        "if (mx.kind === 'failed') return [base];",
      ),
    ],
  },
  {
    name: 'forecast: only names of hosts are looked up, and few of them',
    tests: MX,
    mutants: [
      mutant('mx.ts', 'all hosts are looked at', 'hosts: hosts.slice(0, MAX_HOSTS)', 'hosts'),
      mutant(
        'mx.ts',
        'an error leads to the domain itself',
        "case 'failed':\n      return { hosts: [], moreHosts: false };",
        "case 'failed':\n      return { hosts: [domain], moreHosts: false };",
      ),
      mutant('domain.ts', 'an address is a name', '|| ENDS_IN_NUMBER.test(name) ', ''),
      mutant(
        'domain.ts',
        'a name is looked at in lower case only',
        'HOST_NAME.test(name) ?',
        'HOST_NAME.test(name.toLowerCase()) ?',
      ),
      mutant(
        'domain.ts',
        'of an address all behind the first @ is the domain',
        "address.lastIndexOf('@')",
        "address.indexOf('@')",
      ),
    ],
  },
];
