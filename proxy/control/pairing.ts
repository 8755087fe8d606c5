import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  KEY_ITERATIONS,
  KEY_OCTETS,
  keySalt,
  PAIRING_MS,
  PAIRING_PROOF_TEXTS,
  PAIRING_TRIES,
  pairingCode,
  typedPairingCode,
} from '../../shared/control/pairing-code.ts';
import { MAX_PAIRINGS } from './key-file.ts';
import type { PairedProfiles } from './paired-profiles.ts';
import { isProofOf, proofOf } from './proof.ts';

/** Who has said hello and proved nothing yet. Of more than so many the oldest are forgotten. */
const MAX_WELCOMED = 20;

type Welcomed = {
  readonly name: string;
  readonly origin: string | undefined;
  readonly extensionNonce: string;
  readonly proxyNonce: string;
};

/** A code that waits for the extension to which a person types it. */
type WaitingCode = {
  readonly code: string;
  readonly expiry: NodeJS.Timeout;
  triesLeft: number;
  readonly welcomed: Map<string, Welcomed>;
};

export type PairingOutcome =
  | { readonly kind: 'paired'; readonly proof: string }
  | { readonly kind: 'wrong code'; readonly triesLeft: number }
  | { readonly kind: 'no code is waiting' }
  /** It said no hello, or has proved already. */
  | { readonly kind: 'unknown pairing' };

/**
 * Pairs extensions with this proxy, by a code that the person carries from one to the other.
 *
 * One code waits at a time, for five minutes and three tries. A try costs a quarter of a second
 * of a thread that receipts are written with, too: while no code waits nothing is derived, and
 * while one does, one try after the other.
 */
export class Pairing {
  readonly #profiles: PairedProfiles;
  #waiting: WaitingCode | undefined;
  #isStoring = false;
  #lastTry: Promise<unknown> = Promise.resolve();

  constructor(profiles: PairedProfiles) {
    this.#profiles = profiles;
  }

  /**
   * Makes a code, which takes the place of one that still waits.
   *
   * @returns undefined when no more profiles can be paired
   */
  async newCode(): Promise<{ code: string; expiresInMs: number } | undefined> {
    if ((await this.#profiles.all()).length >= MAX_PAIRINGS) return undefined;
    this.forgetCode();
    const code = pairingCode(randomBytes(32));
    const expiry = setTimeout(() => this.forgetCode(), PAIRING_MS).unref();
    this.#waiting = { code, expiry, triesLeft: PAIRING_TRIES, welcomed: new Map() };
    return { code, expiresInMs: PAIRING_MS };
  }

  /** False once the profile that it paired is stored: whoever waits for that finds it then. */
  get isCodeWaiting(): boolean {
    return this.#waiting !== undefined || this.#isStoring;
  }

  forgetCode(): void {
    clearTimeout(this.#waiting?.expiry);
    this.#waiting = undefined;
  }

  /** @returns undefined when no code waits */
  welcome(
    hello: { readonly name: string; readonly nonce: string },
    origin: string | undefined,
  ): { pairing: string; nonce: string } | undefined {
    if (this.#waiting === undefined) return undefined;
    const { welcomed } = this.#waiting;
    const [oldest] = welcomed.keys();
    if (welcomed.size >= MAX_WELCOMED && oldest !== undefined) welcomed.delete(oldest);
    const pairing = randomBytes(16).toString('base64url');
    const proxyNonce = randomBytes(16).toString('base64url');
    welcomed.set(pairing, { name: hello.name, origin, extensionNonce: hello.nonce, proxyNonce });
    return { pairing, nonce: proxyNonce };
  }

  /** Takes the extension's proof that it was told the code, and only then proves the same. */
  async prove(
    { pairing, proof }: { readonly pairing: string; readonly proof: string },
    origin: string | undefined,
  ): Promise<PairingOutcome> {
    const waiting = this.#waiting;
    if (waiting === undefined) return { kind: 'no code is waiting' };
    const welcomed = waiting.welcomed.get(pairing);
    if (welcomed === undefined || welcomed.origin !== origin) return { kind: 'unknown pairing' };
    waiting.welcomed.delete(pairing);

    const attempt = this.#lastTry.then(
      async () => await this.#try(waiting, pairing, welcomed, proof),
    );
    this.#lastTry = attempt.catch(() => undefined);
    return await attempt;
  }

  async #try(
    waiting: WaitingCode,
    pairing: string,
    { name, origin, extensionNonce, proxyNonce }: Welcomed,
    proof: string,
  ): Promise<PairingOutcome> {
    if (this.#waiting !== waiting) return { kind: 'no code is waiting' };
    waiting.triesLeft -= 1;
    const key = await keyFrom(waiting.code, keySalt(pairing, extensionNonce, proxyNonce));
    if (!isProofOf(key, PAIRING_PROOF_TEXTS.extension, proof)) {
      if (waiting.triesLeft === 0 && this.#waiting === waiting) this.forgetCode();
      return { kind: 'wrong code', triesLeft: waiting.triesLeft };
    }
    // It may have expired, or another have taken its place, while the key was derived.
    if (this.#waiting !== waiting) return { kind: 'no code is waiting' };
    this.forgetCode();
    const created = new Date().toISOString();
    const profile = { pairing, name, key, created, ...(origin !== undefined && { origin }) };
    this.#isStoring = true;
    await this.#profiles.add(profile).finally(() => (this.#isStoring = false));
    return { kind: 'paired', proof: proofOf(key, PAIRING_PROOF_TEXTS.proxy) };
  }
}

async function keyFrom(code: string, salt: string): Promise<Buffer> {
  const typed = typedPairingCode(code);
  if (typed === undefined) throw new Error('a code of ours cannot be typed');
  return await promisify(pbkdf2)(typed, salt, KEY_ITERATIONS, KEY_OCTETS, 'sha256');
}
