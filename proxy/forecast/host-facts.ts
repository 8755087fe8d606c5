import { daneState, daneWord } from '../../shared/forecast/dane-state.ts';
import { tlsaOwners, type TlsaRecord } from '../../shared/forecast/dane.ts';
import type {
  DomainFacts,
  HostFacts,
  Looked,
  PresentedCertificates,
  ProbeFact,
} from '../../shared/forecast/facts.ts';
import { addressesOf } from './addresses-of.ts';
import type { DomainLookUps } from './domain-look-ups.ts';
import { before, inTime } from './in-time.ts';
import type { LookedAtFor } from './mail-server/mx-probe.ts';

const LATE = { kind: 'failed', why: 'timed out', ageMs: 0 } as const;

/** Gathers what can be found out about one host that mail goes to. */
export async function hostFacts(
  host: string,
  of: Pick<DomainFacts, 'domain' | 'mx'>,
  lookUps: DomainLookUps,
): Promise<HostFacts> {
  const { sources, budget, deadline } = lookUps;
  const looking = addressesOf(host, sources.resolver, budget);
  const addresses = await inTime<HostFacts['addresses']>(looking, deadline, LATE);
  const lookingForTlsa = tlsaFacts(host, addresses, lookUps);
  const vouches = async (certificates: PresentedCertificates) =>
    daneWord(daneState({ host, addresses, tlsa: await lookingForTlsa }, of), certificates);
  const [tlsa, probe] = await Promise.all([
    lookingForTlsa,
    probeFact(host, addresses, lookUps, { domain: of.domain, vouches }),
  ]);
  const onlySpecialAddresses =
    addresses.kind === 'found' && !addresses.records.some(sources.mayConnectTo);
  return { host, addresses, onlySpecialAddresses, tlsa, probe };
}

/**
 * RFC 7672 §2.2.2: the records are asked for only where the addresses are secure, since other zones
 * cannot have any that count, and their servers may not even answer.
 */
async function tlsaFacts(
  host: string,
  addresses: HostFacts['addresses'],
  { sources, budget, deadline }: DomainLookUps,
): Promise<HostFacts['tlsa']> {
  let last: Looked<readonly TlsaRecord[]> | undefined;
  for (const owner of tlsaOwners(host, addresses)) {
    const looking = sources.resolver.look(owner, 'TLSA', budget);
    last = await inTime<Looked<readonly TlsaRecord[]>>(looking, deadline, LATE);
    // RFC 7672 §2.2.3: only where there are none at the end of the chain of aliases does the name
    // at its beginning count. A failure is not "none".
    if (last.kind === 'failed' || (last.kind === 'found' && last.dnssec === 'secure')) return last;
  }
  return last;
}

/** What a connection shows, or what one showed before. */
async function probeFact(
  host: string,
  addresses: HostFacts['addresses'],
  { sources, deadline, probe, probeWaitMs }: DomainLookUps,
  lookedAtFor: LookedAtFor,
): Promise<ProbeFact> {
  const { mxProbe } = sources;
  const lastSeen = async () => await mxProbe.lastSeen(host, lookedAtFor);
  if (!probe) return (await lastSeen()) ?? notSeen('not asked for');
  if (addresses.kind !== 'found') return (await lastSeen()) ?? notSeen('no address');
  const looking = mxProbe.probe(host, addresses.records, lookedAtFor);
  const soon = before(probeWaitMs, looking);
  const seen = (await inTime(soon, deadline, undefined)) ?? notSeen('timed out');
  return seen.kind === 'not seen' ? ((await lastSeen()) ?? seen) : seen;
}

function notSeen(why: Extract<ProbeFact, { kind: 'not seen' }>['why']): ProbeFact {
  return { kind: 'not seen', why, ageMs: 0 };
}
