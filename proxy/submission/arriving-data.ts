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

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

type At = 'line start' | 'dot' | 'dot CR' | 'text' | 'CR';

/**
 * Finds the end of data: CRLF.CRLF and nothing else (RFC 5321 §4.1.1.4). Bare CR, bare LF and
 * NUL are faults: servers disagree on whether they end a line, and mail that ends early on the
 * next server smuggles a second one in (CVE-2023-51764).
 */
export class EndOfData {
  #at: At = 'line start';
  #held: Buffer = Buffer.alloc(0);

  /**
   * @returns the content of this chunk, what follows the final dot once it was found, and the
   * fault in words when there is one; octets that may be part of the final dot are held back
   */
  feed(chunk: Buffer): { content: Buffer; rest: Buffer | undefined; fault: string | undefined } {
    const octets = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let fault: string | undefined;

    for (let i = this.#held.length; i < octets.length; i += 1) {
      const octet = octets[i];
      const at = this.#at;
      if (at === 'dot CR' && octet === LF) {
        const content = octets.subarray(0, i - 2);
        return { content, rest: octets.subarray(i + 1), fault };
      }
      if (octet === LF) {
        if (at !== 'CR') fault ??= 'a line feed without carriage return';
        this.#at = at === 'CR' ? 'line start' : 'text';
      } else {
        if (at === 'CR' || at === 'dot CR') fault ??= 'a carriage return without line feed';
        if (octet === 0) fault ??= 'a NUL octet';
        if (octet === CR) this.#at = at === 'dot' ? 'dot CR' : 'CR';
        else this.#at = at === 'line start' && octet === DOT ? 'dot' : 'text';
      }
    }
    const held = this.#at === 'dot' ? 1 : this.#at === 'dot CR' ? 2 : 0;
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
  #onHeld: (held: boolean) => void = () => undefined;

  /**
   * Call it before 354 is sent.
   *
   * @param onHeld called when the mail program is held back, and when it is let go on
   */
  startRawData(onHeld: (held: boolean) => void): ArrivingData {
    this.#onHeld = onHeld;
    this.startDataMode();
    this.#end = new EndOfData();
    this.#octets = this.#newOctets();
    const over = new Promise<void>((resolve) => (this.#over = resolve));
    return { octets: this.#octets, over };
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
    if (fault !== undefined && !this.#octets.destroyed) {
      this.#octets.destroy(new MessageUnfit(lineEndsMalformed(fault)));
    }
    const full = content.length > 0 && !this.#octets.destroyed && !this.#octets.push(content);
    if (rest !== undefined) {
      if (!this.#octets.destroyed) this.#octets.push(null);
      this._endDataMode(false, rest, done);
      this.#over();
    } else if (full) {
      this.#hold(done);
    } else {
      done();
    }
  }

  /** Reads on when the message's reader asks for more, or will never ask again. */
  #hold(done: () => void): void {
    const octets = this.#octets;
    this.#onHeld(true);
    const once = () => {
      this.#resume = () => undefined;
      octets.off('close', once);
      this.#onHeld(false);
      done();
    };
    this.#resume = once;
    octets.once('close', once);
  }
}
