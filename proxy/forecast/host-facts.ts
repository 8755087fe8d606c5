import { daneState, daneWord, type DaneState } from '../../shared/forecast/dane-state.ts';
import { aliasToLookUp, tlsaBases, tlsaOwner } from '../../shared/forecast/dane.ts';
import type { DomainFacts, HostFacts, Looked, ProbeFact } from '../../shared/forecast/facts.ts';
import { addressesOf } from './addresses-of.ts';
import type { DomainLookUps } from './domain-look-ups.ts';
import { before, inTime } from './in-time.ts';
import type { RecordOf } from './dns/dns-records.ts';
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
  const lookingForTlsa = tlsaFacts({ host, addresses }, of, lookUps);
  const dane = async () => daneState({ host, addresses, ...(await lookingForTlsa) }, of);
  const lookedAtFor: LookedAtFor = {
    domain: of.domain,
    vouches: async (certificates) => daneWord(await dane(), certificates),
    serverName: async () => serverName(host, await dane()),
  };
  const [tlsa, probe] = await Promise.all([
    lookingForTlsa,
    probeFact(host, addresses, lookUps, lookedAtFor),
  ]);
  const onlySpecialAddresses =
    addresses.kind === 'found' && !addresses.records.some(sources.mayConnectTo);
  return { host, addresses, onlySpecialAddresses, ...tlsa, probe };
}

/** By which name a relay asks for a certificate (RFC 7672 §8.1). */
function serverName(host: string, dane: DaneState): string {
  return dane.kind === 'usable' ? dane.base : host;
}

type TlsaFacts = Pick<HostFacts, 'cname' | 'tlsa' | 'tlsaBase'>;

/** Asks for the records where RFC 7672 §2.2.2 has them, at one TLSA base domain after the other. */
async function tlsaFacts(
  of: Pick<HostFacts, 'host' | 'addresses'>,
  nextHop: Pick<DomainFacts, 'domain' | 'mx'>,
  { sources, budget, deadline }: DomainLookUps,
): Promise<TlsaFacts> {
  const look = async <Type extends 'CNAME' | 'TLSA'>(name: string, type: Type) =>
    await inTime<Looked<readonly RecordOf<Type>[]>>(
      sources.resolver.look(name, type, budget),
      deadline,
      LATE,
    );
  const alias = aliasToLookUp(of, nextHop);
  const cname = alias === undefined ? undefined : await look(alias, 'CNAME');
  let last: TlsaFacts = { cname, tlsa: undefined };
  for (const base of tlsaBases({ ...of, cname }, nextHop)) {
    const tlsa = await look(tlsaOwner(base), 'TLSA');
    last = { cname, tlsa, ...(base !== of.host && { tlsaBase: base }) };
    // RFC 7672 §2.2.3: only where there are none at the end of the chain of aliases does the name
    // at its beginning count. A failure is not "none".
    if (tlsa.kind === 'failed' || (tlsa.kind === 'found' && tlsa.dnssec === 'secure')) break;
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
