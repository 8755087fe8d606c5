import { caveats } from './caveats.ts';
import { distinct, failure, isBelieved, reason, type Conclusion } from './conclusion.ts';
import type { DomainFacts } from './facts.ts';
import { isForgeable } from './forged-answer.ts';
import { VERDICTS, type Forecast, type Reason, type ReasonCode, type Verdict } from './forecast.ts';
import { hostVerdict, type HostVerdict } from './host-verdict.ts';
import { hostsInOrder, isNullMx } from './mx.ts';
import { shownFacts } from './shown-facts.ts';

/** As many reasons as are told, without what is to be known of them. */
const MAX_REASONS = 10;

/**
 * Whether a domain can receive a message that requires TLS (RFC 8689 §4.2.1), from what was found
 * out about it. A domain is as good as its best host: a relay tries them all.
 *
 * `will fail` is said only where every host is excluded by an answer that can be believed. An error,
 * a host that was not looked at, or a resolver that cannot tell excludes nothing: a forecast must
 * never talk anybody out of requiring TLS because somebody meddles with the look-ups.
 */
export function forecastFrom(facts: DomainFacts): Forecast {
  const outlook = withoutHosts(facts) ?? ofHosts(facts);
  const reasons = outlook.reasons.slice(0, MAX_REASONS);
  const toKnow = outlook.verdict === 'will fail' ? caveats(reasons, facts) : [];
  return {
    domain: facts.domain,
    verdict: outlook.verdict,
    route: outlook.route,
    requireTls: outlook.requireTls,
    reasons: [...reasons, ...toKnow],
    facts: [...shownFacts(facts)],
    ageMs: Math.max(outlook.ageMs, facts.mx.ageMs),
  };
}

/** The forecast where nothing was looked up. */
export function unknownForecast(
  domain: string,
  code: Extract<ReasonCode, 'not a domain' | 'address literal' | 'no answer in time'>,
): Forecast {
  const nothing = { route: 'unknown', requireTls: 'unknown', ageMs: 0 } as const;
  return { domain, verdict: 'unknown', ...nothing, facts: [], reasons: [reason(code)] };
}

/** F1, where the answer for MX decides: there is no host to look at. */
function withoutHosts({ domain, mx, hosts, mtaSts }: DomainFacts): HostVerdict | undefined {
  if (mx.kind === 'failed') return unknownFor([failure(mx.why)], mx.ageMs);
  const excluded = ((): Reason | undefined => {
    if (mx.kind === 'none') return mx.isNameAbsent ? reason('no such domain') : undefined;
    if (isNullMx(mx.records)) return reason('null MX');
    return hostsInOrder(domain, mx).hosts.length === 0 ? reason('no mail host') : undefined;
  })();
  if (excluded !== undefined) {
    if (!isBelieved(mx)) return unknownFor([reason('resolver cannot tell'), excluded], mx.ageMs);
    return isForgeable(mx, mtaSts.policy)
      ? unknownFor([excluded, reason('answer in clear')], mx.ageMs)
      : { ...unknownFor([excluded], mx.ageMs), verdict: 'will fail', route: 'will fail' };
  }
  return hosts.length === 0 ? unknownFor([reason('hosts not looked at')], mx.ageMs) : undefined;
}

function unknownFor(reasons: readonly Reason[], ageMs: number): HostVerdict {
  return { verdict: 'unknown', route: 'unknown', requireTls: 'unknown', reasons, ageMs };
}

/** As good as the best host; as bad as it only where there can be no better one. */
function ofHosts(facts: DomainFacts): HostVerdict {
  const verdicts = facts.hosts.map((host) => hostVerdict(host, facts));
  const [best] = verdicts.toSorted(
    (one, other) => rank(one.verdict) - rank(other.verdict) || rank(one.route) - rank(other.route),
  );
  if (best === undefined || best.verdict !== 'will fail') {
    return best ?? unknownFor([reason('hosts not looked at')], facts.mx.ageMs);
  }
  const all: Conclusion<'will fail'> = {
    verdict: 'will fail',
    reasons: distinct(verdicts.flatMap(({ reasons }) => reasons)),
    ageMs: Math.max(...verdicts.map(({ ageMs }) => ageMs)),
  };
  const doubt = whetherThereAreOthers(facts);
  return doubt === undefined
    ? { ...best, ...all }
    : unknownFor([reason(doubt), ...all.reasons], all.ageMs);
}

function rank(verdict: Verdict): number {
  return VERDICTS.indexOf(verdict);
}

/** Whether the domain may have hosts that were not looked at. */
function whetherThereAreOthers(facts: DomainFacts): ReasonCode | undefined {
  const { mx, hosts } = facts;
  if (mx.kind !== 'failed' && !isBelieved(mx)) return 'resolver cannot tell';
  const looked = new Set(hosts.map(({ host }) => host));
  const named = hostsInOrder(facts.domain, mx);
  return facts.moreHosts || named.moreHosts || named.hosts.some((host) => !looked.has(host))
    ? 'hosts not looked at'
    : undefined;
}
