import * as v from 'valibot';
import { FORECAST } from '../forecast/forecast.ts';
import { RANDOM_LETTERS } from './handshake.ts';
import { IDENTITY, ROUTE } from './route.ts';

/**
 * The questions that the extension and the command line ask the running proxy, and the shapes of
 * the answers. All of it is JSON by POST, under `/v1/`; another version gets another path.
 *
 *     /v1/challenge   {}                                 -> Challenge
 *     /v1/ask         SealedQuestion (a Said question)   -> SealedAnswer (an answer)
 *     /v1/pair        PairingHello, then PairingProof    -> PairingWelcome, then PairingProved
 *     /v1/page        PageHello: a one-time link's token -> PageWelcome
 *
 * A page in a browser then asks as the extension does, with the session and the key that it got:
 * it goes on asking while the proxy is down, and another program may have taken the port then.
 *
 * How a pairing or a page comes by its key is in handshake.ts, how questions are proved in sealed.ts.
 * What is refused is answered by a status of 400 or more with a `Refusal`, which proves nothing.
 */
export const DEFAULT_CONTROL_PORT = 8690;

const shortText = v.pipe(v.string(), v.maxLength(320));
const markerId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));

/** As many domains as one question may name. */
export const MAX_FORECAST_DOMAINS = 100;

export const CHALLENGE = v.strictObject({ challenge: RANDOM_LETTERS });

/** An identity, and all that the same Thunderbird has: they tell its profile from others. */
const identityOfProfile = {
  identity: IDENTITY,
  identities: v.pipe(v.array(IDENTITY), v.maxLength(500)),
};

/** The questions that the page of receipts may ask, in whatever window it is. */
export const PAGE_ASKS = ['receipts', 'storage', 'delete receipts'] as const;

export const QUESTION = v.variant('ask', [
  /** Who answers, and which accounts it listens for. */
  v.strictObject({ ask: v.literal('hello') }),
  /** Where this identity's mail goes. */
  v.strictObject({ ask: v.literal('route'), ...identityOfProfile }),
  /** What an account's submission server offers right now; may take as long as proving does. */
  v.strictObject({ ask: v.literal('offer'), account: shortText }),
  /** A compose window opened, is still open, or closed: keep its way warm, or no longer. */
  v.strictObject({
    ask: v.literal('compose'),
    window: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
    open: v.boolean(),
    ...identityOfProfile,
  }),
  /** A nonce for a probe, which the mail program then sends to the person's own address. */
  v.strictObject({ ask: v.literal('probe'), identity: IDENTITY }),
  /** Where the probe came out. Asked once, after the mail program has sent it. */
  v.strictObject({ ask: v.literal('probed'), nonce: RANDOM_LETTERS }),
  /** What became of messages, by the ids in their markers. */
  v.strictObject({
    ask: v.literal('outcomes'),
    markerIds: v.pipe(v.array(markerId), v.maxLength(200)),
  }),
  /**
   * Whether these domains can receive a message that requires TLS. Only the domains of recipients,
   * never what stands before the `@`. What is not known yet is looked up, which tells others.
   */
  v.strictObject({
    ask: v.literal('forecast'),
    domains: v.pipe(v.array(shortText), v.maxLength(MAX_FORECAST_DOMAINS)),
    /** Whether mail servers may be connected to. */
    probe: v.boolean(),
    /** How long to wait for what is not known yet; it goes on being looked up after that. */
    waitMs: v.pipe(v.number(), v.minValue(0), v.maxValue(5000)),
  }),
  /** Who would be told of domains, before anybody is. */
  v.strictObject({ ask: v.literal('resolver') }),
  /** Forget this pairing. */
  v.strictObject({ ask: v.literal('unpair') }),
  v.strictObject({
    ask: v.literal('receipts'),
    /** What `upTo` of the last answer said, and its `epoch`; absent for all receipts. */
    after: v.optional(v.strictObject({ epoch: shortText, at: v.number() })),
  }),
  v.strictObject({ ask: v.literal('storage') }),
  v.strictObject({ ask: v.literal('delete receipts') }),
  // Only the command line asks these, with the key that lies in the state folder:
  v.strictObject({ ask: v.literal('pairing code') }),
  v.strictObject({ ask: v.literal('pairings') }),
  v.strictObject({ ask: v.literal('remove pairing'), pairing: shortText }),
  v.strictObject({ ask: v.literal('page link') }),
]);
export type Question = v.InferOutput<typeof QUESTION>;

/** What stands in a sealed question. */
export const SAID_QUESTION = v.strictObject({
  challenge: RANDOM_LETTERS,
  nonce: RANDOM_LETTERS,
  question: QUESTION,
});

const ACCOUNT = v.strictObject({
  name: v.string(),
  /** As mail programs write it. */
  host: v.string(),
  port: v.number(),
  /** Whether mail programs speak TLS to the proxy. */
  tls: v.boolean(),
  /** The submission server, `HOST:PORT`. */
  server: v.string(),
});
export type ServedAccount = v.InferOutput<typeof ACCOUNT>;

const OFFER = v.variant('kind', [
  v.strictObject({
    kind: v.literal('proved'),
    server: v.string(),
    /** `TLSv1.2` or `TLSv1.3`. */
    tls: v.string(),
    requireTls: v.boolean(),
  }),
  /** No verified TLS session could be opened; `reason` is a sentence for the person. */
  v.strictObject({ kind: v.literal('unproved'), server: v.string(), reason: v.string() }),
]);
export type Offer = v.InferOutput<typeof OFFER>;

/**
 * A receipt as it is shown (shared/submission/receipt.ts), with words of `by` and `adding`
 * that a newer proxy may know and an older page does not.
 */
const RECEIPT = v.object({
  id: v.string(),
  time: v.string(),
  server: v.string(),
  sender: v.string(),
  recipients: v.number(),
  domains: v.array(v.string()),
  messageId: v.optional(v.string()),
  markerId: v.optional(v.string()),
  requirement: v.optional(v.picklist(['default', 'required', 'optional'])),
  by: v.optional(v.string()),
  tls: v.optional(v.object({ version: v.string(), cipher: v.string(), fingerprint: v.string() })),
  requireTlsOffered: v.optional(v.boolean()),
  adding: v.optional(v.string()),
  outcome: v.picklist(['relayed', 'refused', 'unknown', 'awaited']),
  answered: v.optional(v.string()),
  reply: v.optional(v.object({ code: v.number(), enhancedCode: v.string(), text: v.string() })),
});
export type ShownReceipt = v.InferOutput<typeof RECEIPT>;

const ROUTE_ANSWER = v.strictObject({
  route: ROUTE,
  /** The latest message from the identity's address that came through: proof of the past only. */
  seen: v.optional(v.strictObject({ time: v.string(), server: v.string() })),
});

/** The answer to each question. */
export const ANSWERS = {
  hello: v.strictObject({
    version: v.string(),
    accounts: v.array(ACCOUNT),
    readsPreferences: v.boolean(),
  }),
  route: ROUTE_ANSWER,
  offer: OFFER,
  compose: v.strictObject({}),
  probe: v.strictObject({ nonce: RANDOM_LETTERS }),
  probed: ROUTE_ANSWER,
  outcomes: v.strictObject({
    receipts: v.array(RECEIPT),
    /** Of messages before it receipts may have been deleted. */
    completeSince: v.optional(v.string()),
  }),
  forecast: v.strictObject({
    /** In the order asked; without a forecast while it is being looked up. */
    domains: v.array(v.strictObject({ asked: v.string(), forecast: v.optional(FORECAST) })),
  }),
  resolver: v.strictObject({
    /** `192.0.2.1:53`, `https://…` or `tls://…`; several with commas between them. */
    resolver: v.string(),
    /** Whether others on the way can read the questions. */
    inClear: v.boolean(),
    /** What checks DNSSEC on this computer. */
    validator: v.picklist(['unbound-host', 'delv', 'none']),
  }),
  unpair: v.strictObject({}),
  receipts: v.strictObject({
    /** Another process, or deleted receipts: what was shown so far is to be forgotten. */
    epoch: v.string(),
    /** New or changed since, the longest known first. */
    receipts: v.array(RECEIPT),
    upTo: v.number(),
    /** Whether there are more that did not fit. */
    more: v.boolean(),
  }),
  storage: v.strictObject({
    folder: v.string(),
    octets: v.number(),
    /** What is dropped by itself: older than this, or when all is larger than that. */
    keptDays: v.number(),
    keptOctets: v.number(),
  }),
  'delete receipts': v.strictObject({}),
  'pairing code': v.strictObject({ code: v.string(), expiresInMs: v.number() }),
  pairings: v.strictObject({
    /** Whether a code still waits to be typed: not after five minutes, three tries, or its use. */
    codeWaits: v.boolean(),
    pairings: v.array(
      v.strictObject({ pairing: v.string(), name: v.string(), created: v.string() }),
    ),
  }),
  'remove pairing': v.strictObject({ removed: v.boolean() }),
  /** An address with a token that is good once, for a browser on this computer. */
  'page link': v.strictObject({ link: v.string() }),
} as const satisfies Record<Question['ask'], v.GenericSchema>;

export type Answer<Ask extends Question['ask']> = v.InferOutput<(typeof ANSWERS)[Ask]>;
