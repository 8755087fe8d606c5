import type { Logger } from 'pino';
import * as v from 'valibot';
import type { ProbeFact } from '../../shared/forecast/facts.ts';
import { KeptFiles } from './kept-files.ts';
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
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/));
const SELECTED = v.strictObject({ full: hex, sha256: hex, sha512: hex });
const CERTIFICATE = v.strictObject({
  certificate: SELECTED,
  publicKey: SELECTED,
  isCurrent: v.boolean(),
});

const LOOK = v.variant('kind', [
  v.strictObject({ kind: v.literal('no STARTTLS') }),
  v.strictObject({ kind: v.literal('TLS failed'), detail: v.string() }),
  v.strictObject({
    kind: v.literal('seen'),
    tls: v.string(),
    certificates: v.strictObject({
      chain: v.pipe(v.array(CERTIFICATE), v.readonly()),
      namesHost: v.boolean(),
      pkixFault: v.optional(v.string()),
    }),
    requireTls: v.boolean(),
  }),
]);

const OBSERVATION = v.strictObject({
  version: v.literal(1),
  host: v.string(),
  /** Milliseconds since 1970. */
  seenAt: v.number(),
  /** When the first of its certificates expires. */
  currentUntil: v.optional(v.number()),
  look: LOOK,
});
type Observation = v.InferOutput<typeof OBSERVATION>;

/**
 * What was seen of mail servers, with its time, in the state folder: few of them stand for the mail
 * of many domains, and from many networks they cannot be seen at all.
 *
 * A week later it is not told any more; nor once a certificate that was seen has expired, since the
 * server has another one by then, or should have. A clock that is set back does not make that later
 * by more than a week.
 */
export class KeptObservations {
  readonly #files: KeptFiles<Observation>;
  readonly #now: () => number;

  constructor({ state, within, log, now }: KeptObservationsOptions) {
    this.#now = now;
    this.#files = new KeptFiles({
      state,
      within,
      schema: OBSERVATION,
      limit: MAX_HOSTS,
      worth: ({ seenAt }) => seenAt,
      log,
      now,
    });
  }

  async lastSeen(host: string): Promise<Sighting | undefined> {
    const kept = await this.#files.read(host);
    if (kept?.host !== host) return undefined;
    const now = this.#now();
    const { seenAt, currentUntil = now } = kept;
    if (Math.abs(now - seenAt) > KEPT_MS || now > currentUntil) return undefined;
    return sighting(kept.look, Math.max(0, now - seenAt));
  }

  /** @returns it as a fact */
  async keep(host: string, { look, currentUntil }: SeenAt): Promise<Sighting> {
    const seenAt = this.#now();
    const until = currentUntil !== undefined && { currentUntil };
    await this.#files.write(
      host,
      { version: 1, host, seenAt, ...until, look },
      (former) => former.seenAt <= seenAt || former.seenAt > this.#now(),
    );
    return sighting(look, 0);
  }
}

function sighting(look: Observation['look'], ageMs: number): Sighting {
  if (look.kind !== 'seen') return { ...look, ageMs };
  const { chain, namesHost, pkixFault } = look.certificates;
  return { ...look, certificates: { chain, namesHost, pkixFault }, ageMs };
}
