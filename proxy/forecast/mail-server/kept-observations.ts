import type { Logger } from 'pino';
import * as v from 'valibot';
import type { ProbeFact } from '../../../shared/forecast/facts.ts';
import { KeptFiles } from '../kept-files.ts';
import type { Look, LookedAt } from './mx-session.ts';

/** What a mail server showed, good or bad; that it was not seen is not kept. */
export type Sighting = Exclude<ProbeFact, { kind: 'not seen' }>;

type SeenAt = LookedAt & { readonly look: Exclude<Look, { kind: 'not seen' }> };

type KeptObservationsOptions = {
  readonly state: string;
  readonly within: readonly string[];
  readonly log: Logger;
  readonly now: () => number;
};

const MAX_HOSTS = 2000;
const VERIFIED_MS = 7 * 24 * 60 * 60 * 1000;
const UNVERIFIED_MS = 60 * 60 * 1000;

const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/));
const SELECTED = v.strictObject({ full: hex, sha256: hex, sha512: hex });
const CERTIFICATE = v.strictObject({
  certificate: SELECTED,
  publicKey: SELECTED,
  canVouch: v.picklist(['yes', 'no', 'unknown']),
});

const LOOK = v.variant('kind', [
  v.strictObject({ kind: v.literal('no STARTTLS') }),
  v.strictObject({ kind: v.literal('TLS failed'), detail: v.string() }),
  v.strictObject({
    kind: v.literal('seen'),
    tls: v.string(),
    certificates: v.strictObject({
      chain: v.pipe(v.array(CERTIFICATE), v.readonly()),
      dnsNames: v.pipe(v.array(v.string()), v.readonly()),
      pkixFault: v.optional(v.string()),
    }),
    requireTls: v.boolean(),
  }),
]);

const OBSERVATION = v.strictObject({
  /** Milliseconds since 1970. */
  seenAt: v.number(),
  /** When the first of its certificates expires. */
  currentUntil: v.optional(v.number()),
  look: LOOK,
});
type Observation = v.InferOutput<typeof OBSERVATION>;

const OBSERVATIONS = v.strictObject({
  version: v.literal(1),
  host: v.string(),
  /**
   * Inside TLS that was verified, by DANE or PKIX: the host itself said it. Who is on the way can at
   * most have led us to another port of it, or to another host with the same key.
   */
  verified: v.optional(OBSERVATION),
  /** What anybody on the way can show, later than that. */
  unverified: v.optional(OBSERVATION),
});
type Observations = v.InferOutput<typeof OBSERVATIONS>;

/** What still counts of what was seen. */
export type Sightings = {
  readonly verified: Sighting | undefined;
  readonly unverified: Sighting | undefined;
};

/**
 * What was seen of mail servers, with its time, in the state folder: few of them stand for the mail
 * of many domains, and from many networks they cannot be seen at all.
 *
 * What was seen inside verified TLS is told for a week; not once a certificate has expired, since
 * the server has another one by then, or should have. All else may be the work of the network that
 * this computer was in, so it is told for an hour, and takes nothing away of what was verified. A
 * clock that is set back makes either no longer than twice as long.
 */
export class KeptObservations {
  readonly #files: KeptFiles<Observations>;
  readonly #now: () => number;

  constructor({ state, within, log, now }: KeptObservationsOptions) {
    this.#now = now;
    this.#files = new KeptFiles({
      state,
      within,
      schema: OBSERVATIONS,
      limit: MAX_HOSTS,
      worth: lastSeenAt,
      isOver: (kept) => now() - lastSeenAt(kept) > VERIFIED_MS,
      log,
      now,
    });
  }

  async sightingsOf(host: string): Promise<Sightings> {
    const kept = await this.#files.read(host);
    if (kept?.host !== host) return { verified: undefined, unverified: undefined };
    return {
      verified: this.#counting(kept.verified, VERIFIED_MS),
      unverified: this.#counting(kept.unverified, UNVERIFIED_MS),
    };
  }

  async keep(host: string, { look, currentUntil }: SeenAt, isVerified: boolean): Promise<void> {
    const seenAt = this.#now();
    const seen = { seenAt, ...(currentUntil !== undefined && { currentUntil }), look };
    const former = await this.#files.read(host);
    const verified = isVerified ? seen : former?.host === host ? former.verified : undefined;
    const content: Observations = {
      version: 1,
      host,
      ...(verified !== undefined && { verified }),
      ...(!isVerified && { unverified: seen }),
    };
    // This one may have waited for a folder to write it to. A look of the future of a clock that was
    // set back is older than it says.
    await this.#files.write(host, content, (known) => {
      const knownAt = lastSeenAt(known);
      return knownAt <= seenAt || knownAt > this.#now();
    });
  }

  #counting(seen: Observation | undefined, forMs: number): Sighting | undefined {
    if (seen === undefined) return undefined;
    const now = this.#now();
    const { seenAt, currentUntil = now, look } = seen;
    if (Math.abs(now - seenAt) > forMs || now > currentUntil) return undefined;
    return sighting(look, Math.max(0, now - seenAt));
  }
}

function lastSeenAt({ verified, unverified }: Observations): number {
  return Math.max(verified?.seenAt ?? 0, unverified?.seenAt ?? 0);
}

export function sighting(look: Observation['look'], ageMs: number): Sighting {
  if (look.kind !== 'seen') return { ...look, ageMs };
  const { pkixFault, ...certificates } = look.certificates;
  return { ...look, certificates: { ...certificates, pkixFault }, ageMs };
}
