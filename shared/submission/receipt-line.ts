import type { Addition } from './policy.ts';
import type { Outcome, ProvedTls, ReceiptEvent, ReceiptReply, SubmissionFacts } from './receipt.ts';
import type { TlsRequirement } from './requirement.ts';

/** A line that is longer was written by something else. */
export const MAX_RECEIPT_LINE = 64 * 1024;

const MAX_TEXT = 1000;
const MAX_LIST = 100;

// As records, so that the compiler misses a word that is not in them.
const OUTCOMES: Words<Outcome> = { relayed: 1, refused: 1, unknown: 1 };
const ADDITIONS: Words<Addition> = { nothing: 1, REQUIRETLS: 1, 'TLS-Required: No': 1 };
const REQUIREMENTS: Words<TlsRequirement> = { default: 1, required: 1, optional: 1 };
const ASKING: Words<NonNullable<SubmissionFacts['by']>> = {
  'X-TLS-Required': 1,
  'Require-TLS-ESMTP': 1,
  'TLS-Required': 1,
  REQUIRETLS: 1,
};

type Words<Word extends string> = Readonly<Record<Word, 1>>;

/** Also those that turn the direction of writing round, or break a line (Unicode §23.2). */
const CONTROL = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** What is wrong with a line, other than that something is missing in it. */
class Unfit extends Error {}

type Members = Readonly<Record<string, unknown>>;

/** The line for an event, with its LF. One `JSON.stringify`: it writes no line break. */
export function receiptLine(event: ReceiptEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** A text from outside as it may stand in a line. */
export function receiptText(written: string): string {
  return withoutControls(written).slice(0, MAX_TEXT);
}

export function withoutControls(written: string): string {
  return written.replace(CONTROL, '?');
}

/**
 * Reads one line of a receipts file. A half line, which a full disk or a crash leaves, a line of
 * another version, or one that is otherwise not as this program writes it, is no event.
 *
 * @param line without its LF
 */
export function receiptEventFrom(line: string): ReceiptEvent | undefined {
  if (line.length > MAX_RECEIPT_LINE) return undefined;
  try {
    return eventFrom(JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Unfit) return undefined;
    throw error;
  }
}

function eventFrom(value: unknown): ReceiptEvent {
  const line = members(value);
  if (line['version'] !== 1) throw new Unfit('another version');
  switch (line['event']) {
    case 'offered':
      return { version: 1, event: 'offered', ...factsFrom(line) };
    case 'refused':
      return { version: 1, event: 'refused', ...factsFrom(line), reply: replyFrom(line['reply']) };
    case 'answered':
      return {
        version: 1,
        event: 'answered',
        id: text(line['id']),
        time: time(line['time']),
        outcome: oneOf(OUTCOMES, line['outcome']),
        reply: optional(replyFrom, line['reply']),
      };
    default:
      throw new Unfit('another event');
  }
}

function factsFrom(line: Members): SubmissionFacts {
  return {
    id: text(line['id']),
    time: time(line['time']),
    server: text(line['server']),
    sender: text(line['sender']),
    recipients: count(line['recipients']),
    domains: list(line['domains']),
    messageId: optional(text, line['messageId']),
    markerId: optional(text, line['markerId']),
    requirement: optional((value) => oneOf(REQUIREMENTS, value), line['requirement']),
    by: optional((value) => oneOf(ASKING, value), line['by']),
    tls: optional(tlsFrom, line['tls']),
    requireTlsOffered: optional(flag, line['requireTlsOffered']),
    adding: optional((value) => oneOf(ADDITIONS, value), line['adding']),
  };
}

function tlsFrom(value: unknown): ProvedTls {
  const tls = members(value);
  return {
    version: text(tls['version']),
    cipher: text(tls['cipher']),
    fingerprint: text(tls['fingerprint']),
  };
}

function replyFrom(value: unknown): ReceiptReply {
  const reply = members(value);
  return {
    code: count(reply['code']),
    enhancedCode: text(reply['enhancedCode']),
    text: text(reply['text']),
  };
}

function members(value: unknown): Members {
  if (typeof value !== 'object' || value === null) throw new Unfit('no object');
  return { ...value };
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_TEXT || value.search(CONTROL) !== -1) {
    throw new Unfit('no text');
  }
  return value;
}

function time(value: unknown): string {
  const written = text(value);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(written)) throw new Unfit('no time');
  return written;
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new Unfit('no number');
  }
  return value;
}

function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Unfit('neither true nor false');
  return value;
}

function list(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_LIST) throw new Unfit('no list');
  return value.map(text);
}

function oneOf<Word extends string>(known: Words<Word>, value: unknown): Word {
  for (const word in known) if (word === value) return word;
  throw new Unfit('an unknown word');
}

function optional<T>(read: (value: unknown) => T, value: unknown): T | undefined {
  return value === undefined ? undefined : read(value);
}
