import { Readable } from 'node:stream';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { lineEndsMalformed } from '../../shared/submission/refusals.ts';
import { EndOfData } from './end-of-data.ts';
import { MessageUnfit } from './message-unfit.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';

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
