import { Readable } from 'node:stream';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { lineEndsMalformed } from '../../shared/submission/refusals.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';

/** The message cannot be sent as it is; carries the reply that says why. */
export class MessageUnfit extends Error {
  override readonly name = 'MessageUnfit';
  readonly reply: SmtpReply;

  constructor(reply: SmtpReply) {
    super(String(reply));
    this.reply = reply;
  }
}

/** One message between 354 and its final dot. */
export type ArrivingData = {
  /**
   * Octets as they came, dots still stuffed, the final dot not included. Ends with an error when
   * the message is unfit or the mail program has gone.
   */
  readonly octets: Readable;
  /** Resolves at the final dot, or when the mail program has gone. */
  readonly over: Promise<void>;
};

/** `held`: the mail program waits for us. `arriving`: it is its turn, and a new block begins. */
export type Pace = 'arriving' | 'held';

/** What the message may be at most, and the reply when it is more. */
export type SizeLimit = { readonly octets: number; readonly reply: SmtpReply };

/** As much must come in the time for a block (RFC 5321 §4.5.3.2.5): a drip is no progress. */
const BLOCK_OCTETS = 4096;

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

type At = 'line start' | 'leading dot' | 'leading dot CR' | 'text' | 'CR';

/**
 * Where octets stand that may end a line. They are searched for by the system, which is faster
 * than a walk through a message of 100 MB, and each only once, so that a message of nothing else
 * costs no more than that.
 */
class LineMarks {
  readonly #octets: Buffer;
  #cr = -1;
  #lf = -1;
  #nul = -1;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  /** The first of them from a place on; the length when there is none. */
  next(from: number): number {
    if (this.#cr < from) this.#cr = this.#find(CR, from);
    if (this.#lf < from) this.#lf = this.#find(LF, from);
    if (this.#nul < from) this.#nul = this.#find(NUL, from);
    return Math.min(this.#cr, this.#lf, this.#nul);
  }

  #find(octet: number, from: number): number {
    const at = this.#octets.indexOf(octet, from);
    return at === -1 ? this.#octets.length : at;
  }
}

/**
 * Finds the end of data: CRLF.CRLF and nothing else (RFC 5321 §4.1.1.4). Bare CR, bare LF and
 * NUL are faults: servers disagree on whether they end a line, and mail that ends early on the
 * next server smuggles a second one in (CVE-2023-51764).
 */
export class EndOfData {
  #at: At = 'line start';
  /** Octets that may be part of the final dot: the dot, and its CR. */
  #held: Buffer = Buffer.alloc(0);
  #dotsTaken = 0;

  /** Dots at the start of a line, which are no part of the message (RFC 5321 §4.5.2). */
  get dotsTaken(): number {
    return this.#dotsTaken;
  }

  /**
   * @returns the content of this chunk, what follows the final dot once it was found, and the
   * fault in words when there is one; octets that may be part of the final dot are held back
   */
  feed(chunk: Buffer): { content: Buffer; rest: Buffer | undefined; fault: string | undefined } {
    const octets = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let fault: string | undefined;
    let at = this.#at;

    const marks = new LineMarks(octets);

    for (let i = this.#held.length; i < octets.length; i += 1) {
      if (at === 'text') i = marks.next(i);
      const octet = octets[i];
      if (octet === undefined) break;
      if (octet === LF) {
        if (at === 'leading dot CR') {
          return { content: octets.subarray(0, i - 2), rest: octets.subarray(i + 1), fault };
        }
        if (at !== 'CR') fault ??= 'a line feed without carriage return';
        at = at === 'CR' ? 'line start' : 'text';
        continue;
      }
      if (at === 'CR' || at === 'leading dot CR') {
        fault ??= 'a carriage return without line feed';
      }
      if (octet === NUL) fault ??= 'a NUL octet';
      if (octet === CR) {
        at = at === 'leading dot' ? 'leading dot CR' : 'CR';
      } else if (at === 'line start' && octet === DOT) {
        at = 'leading dot';
        this.#dotsTaken += 1;
      } else {
        at = 'text';
      }
    }
    this.#at = at;
    const held = at === 'leading dot' ? 1 : at === 'leading dot CR' ? 2 : 0;
    this.#held = octets.subarray(octets.length - held);
    return { content: octets.subarray(0, octets.length - held), rest: undefined, fault };
  }
}

/**
 * smtp-server's parser with its data mode replaced: the library takes the stuffed dots off, one
 * event loop turn each, passes bare CR, LF and NUL on, and they would have to be put back on.
 */
export class RawDataStream extends SMTPStream {
  #end = new EndOfData();
  #octets = this.#newOctets();
  #resume: () => void = () => undefined;
  #over: () => void = () => undefined;
  #onPace: (pace: Pace) => void = () => undefined;
  #limit: SizeLimit | undefined;
  #octetsInAll = 0;
  #octetsInBlock = 0;
  #hasReceived = false;

  /** Whether the mail program has said anything at all. */
  get hasReceived(): boolean {
    return this.#hasReceived;
  }

  /**
   * Call it before 354 is sent.
   *
   * @param onPace called when the mail program is held back, and when a block of its begins
   */
  startRawData(onPace: (pace: Pace) => void, limit?: SizeLimit): ArrivingData {
    this.#onPace = onPace;
    this.#limit = limit;
    this.#octetsInAll = 0;
    this.#octetsInBlock = 0;
    this.startDataMode();
    this.#end = new EndOfData();
    this.#octets = this.#newOctets();
    const over = new Promise<void>((resolve) => (this.#over = resolve));
    return { octets: this.#octets, over };
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, next: (error?: Error | null) => void) {
    this.#hasReceived = true;
    super._write(chunk, encoding, next);
  }

  #newOctets(): Readable {
    const octets = new Readable({ read: () => this.#resume() });
    octets.on('error', () => undefined); // whoever reads it hears of it; nobody may be reading
    return octets;
  }

  /** The connection has gone: whoever still reads must not take what there is for the whole. */
  abort(): void {
    this.#octets.destroy(new Error('the mail program broke off the connection'));
    this.#over();
  }

  override _feedDataStream(chunk: Buffer, done: (error?: Error | null) => void): void {
    const { content, rest, fault } = this.#end.feed(chunk);
    if (fault !== undefined) this.#unfit(lineEndsMalformed(fault));
    this.#count(content.length);
    const full = content.length > 0 && !this.#octets.destroyed && !this.#octets.push(content);
    if (rest !== undefined) {
      if (!this.#octets.destroyed) this.#octets.push(null);
      this.#onPace('held');
      this._endDataMode(false, rest, done);
      this.#over();
    } else if (full) {
      this.#hold(done);
    } else {
      done();
    }
  }

  /** The message cannot go on; what is still coming of it is read and thrown away. */
  #unfit(reply: SmtpReply): void {
    if (!this.#octets.destroyed) this.#octets.destroy(new MessageUnfit(reply));
  }

  #count(octets: number): void {
    this.#octetsInAll += octets;
    if (this.#limit !== undefined) {
      // RFC 1870 §3: stuffed dots do not count.
      const size = this.#octetsInAll - this.#end.dotsTaken;
      if (size > this.#limit.octets) this.#unfit(this.#limit.reply);
    }
    this.#octetsInBlock += octets;
    if (this.#octetsInBlock >= BLOCK_OCTETS) {
      this.#octetsInBlock = 0;
      this.#onPace('arriving');
    }
  }

  /** Reads on when the message's reader asks for more, or will never ask again. */
  #hold(done: () => void): void {
    const octets = this.#octets;
    this.#onPace('held');
    const once = () => {
      this.#resume = () => undefined;
      octets.off('close', once);
      this.#onPace('arriving');
      done();
    };
    this.#resume = once;
    octets.once('close', once);
  }
}
