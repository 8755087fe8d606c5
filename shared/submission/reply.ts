import { withoutBlanks } from './header-section.ts';

/**
 * Control characters in a reply would forge a second one on the wire, or an escape sequence in
 * a terminal that shows it. Octets from 128 on stay: they are the rest of a UTF-8 character.
 */
// eslint-disable-next-line no-control-regex -- they are what this is about
const CONTROL = /[\u0000-\u001f\u007f]+/g;

/** No octet: written as one it would turn into another, `č` (U+010D) into a carriage return. */
const NO_OCTET = /[\u0100-\uffff]/g;

/** RFC 5321 §4.2: text is printable, or a tab. Real servers also send UTF-8. */
// eslint-disable-next-line no-control-regex -- they are what this is about
const NOT_IN_TEXT = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** RFC 3463 §2, at the start of a line's text. */
const ENHANCED_CODE = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

/** RFC 5321 §4.2: one line of a reply, without its CRLF. */
const REPLY_LINE = /^([2-5][0-9]{2})(?:([ -])(.*))?$/s;

/** More than any real server sends; a peer that goes on is not answering. */
export const MAX_REPLY_OCTETS = 64 * 1024;
export const MAX_REPLY_LINES = 100;

/** RFC 5321 §4.5.3.1.5: 512 octets, less the code, the separator and the CRLF. */
const MAX_LINE_TEXT_OCTETS = 512 - 'ddd \r\n'.length;

/** RFC 4954 §4: a challenge is one line, and may be this long. */
const MAX_CHALLENGE_OCTETS = 12_288 - 'ddd \r\n'.length;

/** An SMTP reply (RFC 5321 §4.2) with its enhanced status code (RFC 3463), if it has one. */
export class SmtpReply {
  readonly code: number;
  /** `5.7.30`, or empty: replies before RFC 2034, greetings and 3yz carry none. */
  readonly enhancedCode: string;
  /** Octets, as in a header section; without codes and without control characters. At least one. */
  readonly lines: readonly string[];
  readonly #asSent: readonly string[] | undefined;
  #wire: string | undefined;

  /** @param asSent the octets of each line behind code and separator, where a server sent them */
  constructor(
    code: number,
    enhancedCode: string,
    text: string | readonly string[],
    asSent?: readonly string[],
  ) {
    this.code = code;
    this.enhancedCode = enhancedCode;
    this.#asSent = asSent;
    const lines = typeof text === 'string' ? [text] : text;
    this.lines = (lines.length === 0 ? [''] : lines).map((line) =>
      withoutBlanks(line.replace(CONTROL, ' ').replace(NO_OCTET, '?')),
    );
  }

  /**
   * The lines as the server sent them. A reply to EHLO is read from these: it carries no enhanced
   * codes (RFC 2034 §4), and a keyword stands right behind the separator.
   */
  get asSent(): readonly string[] {
    return this.#asSent ?? this.lines;
  }

  /** The lines in one, for a sentence or a log. */
  get text(): string {
    return this.lines.filter((line) => line !== '').join(' ');
  }

  /** 2yz: done. */
  get isPositive(): boolean {
    return this.code >= 200 && this.code < 300;
  }

  /** 4yz: the client may try the same command again later (RFC 5321 §4.2.1). */
  get isTransient(): boolean {
    return this.code >= 400 && this.code < 500;
  }

  /** As it goes over the wire: each line with its CRLF, long ones in several. */
  toWire(): string {
    return (this.#wire ??= this.#written());
  }

  #written(): string {
    const code = this.enhancedCode === '' ? '' : `${this.enhancedCode} `;
    const maxOctets = this.code === 334 ? MAX_CHALLENGE_OCTETS : MAX_LINE_TEXT_OCTETS;
    const texts = this.lines
      .flatMap((line) => piecesOf(line, maxOctets - code.length))
      .map((piece) => (piece === '' ? this.enhancedCode : code + piece));
    const last = texts.length - 1;
    return texts.map((text, at) => `${this.code}${at === last ? ' ' : '-'}${text}\r\n`).join('');
  }

  toString(): string {
    return [String(this.code), this.enhancedCode, this.text]
      .filter((part) => part !== '')
      .join(' ');
  }
}

/** Cuts a text at blanks, or else between the characters of UTF-8. */
function piecesOf(text: string, maxOctets: number): readonly string[] {
  if (text.length <= maxOctets) return [text];
  const upTo = `.{1,${maxOctets}}`;
  const piece = new RegExp(`${upTo}(?= |$)|${upTo}(?![\\u0080-\\u00bf])|${upTo}`, 'gs');
  return text.match(piece)?.map(withoutBlanks) ?? [''];
}

export type TakenReply =
  | { readonly kind: 'reply'; readonly reply: SmtpReply; readonly rest: string }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly why: string };

/**
 * Takes the first reply off the octets that a server sent (RFC 5321 §4.2.1). The grammar is
 * exact: a digit too many, another code on the next line or a line without CRLF is no reply, so
 * that `25` or `2500 junk` is never taken for success.
 */
export function takeReply(octets: string): TakenReply {
  const lines: string[] = [];
  let code: string | undefined;
  let start = 0;

  for (;;) {
    const end = octets.indexOf('\r\n', start);
    const read = end === -1 ? octets.length : end;
    if (read > MAX_REPLY_OCTETS || lines.length >= MAX_REPLY_LINES) {
      return { kind: 'malformed', why: 'a reply without end' };
    }
    if (end === -1) return { kind: 'incomplete' };
    const [, lineCode, separator, text = ''] = REPLY_LINE.exec(octets.slice(start, end)) ?? [];
    if (lineCode === undefined) return { kind: 'malformed', why: 'a line that is no SMTP reply' };
    if (NOT_IN_TEXT.test(text)) return { kind: 'malformed', why: 'a control character' };
    if (code !== undefined && code !== lineCode) {
      return { kind: 'malformed', why: 'two reply codes in one reply' };
    }
    code = lineCode;
    lines.push(text);
    start = end + 2;
    if (separator !== '-')
      return { kind: 'reply', reply: replyOf(code, lines), rest: octets.slice(start) };
  }
}

/** A server repeats the enhanced code on each line (RFC 2034 §4); here it stands once. */
function replyOf(code: string, lines: readonly string[]): SmtpReply {
  const enhancedCode = ENHANCED_CODE.exec(lines[0] ?? '')?.[1] ?? '';
  // RFC 2034 §4: its class is the reply's; another class is part of the text.
  if (enhancedCode === '' || enhancedCode[0] !== code[0]) {
    return new SmtpReply(Number(code), '', lines, lines);
  }
  const texts = lines.map((line) =>
    line === enhancedCode || line.startsWith(`${enhancedCode} `)
      ? line.slice(enhancedCode.length + 1)
      : line,
  );
  return new SmtpReply(Number(code), enhancedCode, texts, lines);
}
