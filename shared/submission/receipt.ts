import type { AskedRequirement } from './asked-requirement.ts';
import type { Addition } from './policy.ts';
import type { TlsRequirement } from './requirement.ts';

/** Of the lines in a receipts file, and of what `receipts --json` writes. */
export const RECEIPT_VERSION = 1;

/** At most so many domains of a message's recipients are kept; their number is always exact. */
const MAX_DOMAINS = 50;

/**
 * What is kept about a submission, beside its outcome. The sender's address is kept, because it
 * tells which identity sends through the proxy; of the recipients only the domains. Nothing of a
 * message is kept but its Message-ID, and no credential.
 *
 * All texts are characters, not octets, without control characters.
 */
export type SubmissionFacts = {
  readonly id: string;
  /** When it was offered to the submission server, or refused before; ISO 8601, UTC. */
  readonly time: string;
  /** The submission server by name. */
  readonly server: string;
  /** The reverse-path without its brackets; empty for the null one (RFC 5321 §4.5.5). */
  readonly sender: string;
  /** How many there are. */
  readonly recipients: number;
  /** Of the recipients: distinct, in lower case, otherwise as written. */
  readonly domains: readonly string[];
  readonly messageId: string | undefined;
  /** The extension's own id, by which it finds the outcome again. */
  readonly markerId: string | undefined;
  /** Undefined when the header section does not say it clearly. */
  readonly requirement: TlsRequirement | undefined;
  /** Which field asked. */
  readonly by: Extract<AskedRequirement, { kind: 'asked' }>['by'];
  /** The session as it was proved; undefined when none was. */
  readonly tls: ProvedTls | undefined;
  readonly requireTlsOffered: boolean | undefined;
  /** What went to the server with the message; undefined when nothing of it went there. */
  readonly adding: Addition | undefined;
};

export type ProvedTls = {
  readonly version: string;
  readonly cipher: string;
  /** SHA-256 of the certificate, hex with colons. */
  readonly fingerprint: string;
};

/** What the mail program was told, with no recipient's address in it. */
export type ReceiptReply = {
  readonly code: number;
  /** Empty where there is none. */
  readonly enhancedCode: string;
  readonly text: string;
};

/** `unknown`: the server had the whole message, and its answer did not come. */
export type Outcome = 'relayed' | 'refused' | 'unknown';

/** One line of a receipts file. */
export type ReceiptEvent =
  /** Written and synced before the final dot: from then on the server may have the message. */
  | ({ readonly version: 1; readonly event: 'offered' } & SubmissionFacts)
  /** Refused before the final dot: nothing was delivered to anybody. */
  | ({
      readonly version: 1;
      readonly event: 'refused';
      readonly reply: ReceiptReply;
    } & SubmissionFacts)
  /** What became of an offered one. A later line for the same id corrects an earlier one. */
  | {
      readonly version: 1;
      readonly event: 'answered';
      readonly id: string;
      readonly time: string;
      readonly outcome: Outcome;
      /** Undefined when the proxy ended before it heard one. */
      readonly reply: ReceiptReply | undefined;
    };

export type Receipt = SubmissionFacts & {
  /** `awaited`: offered, and no line says yet what became of it. */
  readonly outcome: Outcome | 'awaited';
  readonly answered: string | undefined;
  readonly reply: ReceiptReply | undefined;
};

/**
 * The receipt once another event of the same submission is known.
 *
 * @param receipt as far as it was known; undefined before the first event
 * @returns undefined for an answer to what was never offered
 */
export function receiptAfter(
  receipt: Receipt | undefined,
  event: ReceiptEvent,
): Receipt | undefined {
  switch (event.event) {
    case 'offered': {
      const { version: _, event: __, ...facts } = event;
      // Carried over from an older file, the same line may stand in two.
      return receipt ?? { ...facts, outcome: 'awaited', answered: undefined, reply: undefined };
    }
    case 'refused': {
      const { version: _, event: __, reply, ...facts } = event;
      return { ...facts, outcome: 'refused', answered: facts.time, reply };
    }
    case 'answered': {
      // Two proxies on one folder: one starts and finds no answer while the other is getting it.
      const isKnown = receipt?.outcome === 'relayed' || receipt?.outcome === 'refused';
      if (receipt === undefined || (isKnown && event.outcome === 'unknown')) return receipt;
      return { ...receipt, outcome: event.outcome, answered: event.time, reply: event.reply };
    }
  }
}

/**
 * The domains of envelope paths, once each and in lower case (RFC 5321 §2.4). A path without one
 * (`<postmaster>`) adds none.
 */
export function domainsOf(paths: readonly string[]): readonly string[] {
  const domains = new Set<string>();
  for (const path of paths) {
    const domain = path.slice(path.lastIndexOf('@') + 1, -1).toLowerCase();
    if (path.includes('@')) domains.add(domain);
    if (domains.size === MAX_DOMAINS) break;
  }
  return [...domains];
}
