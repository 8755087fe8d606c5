import { createHash, type Hash } from 'node:crypto';

const END = Buffer.from('\r\n.\r\n');
const LINE_END = Buffer.from('\r\n');

/** No letter of ours has more of a header section. */
const MAX_HEADER_OCTETS = 16 * 1024;

/** What is kept about a message that came whole. */
export type ArrivedMessage = {
  readonly octets: number;
  /** The text before the empty line, or its beginning. */
  readonly header: string;
  /** Of the octets as they were on the wire, stuffed dots included; absent when nobody asked. */
  readonly sha256?: string;
};

/**
 * One message on its way into the sink. Only CRLF.CRLF ends it (RFC 5321 §4.1.1.4), found
 * without the code that is measured.
 */
export class ArrivingMessage {
  readonly #hash: Hash | undefined;
  #octets = 0;
  #header = '';
  #headerIsWhole = false;
  /** Octets that may be the beginning of the end. The first line may be the final dot itself. */
  #tail: Buffer = LINE_END;
  #primed = LINE_END.length;

  constructor(hashed: boolean) {
    this.#hash = hashed ? createHash('sha256') : undefined;
  }

  /** @returns undefined until the final dot has come; then what stands behind it */
  feed(chunk: Buffer): Buffer | undefined {
    const octets = Buffer.concat([this.#tail, chunk]);
    const end = octets.indexOf(END);
    if (end !== -1) {
      this.#take(octets.subarray(0, end + LINE_END.length));
      return octets.subarray(end + END.length);
    }
    const certain = Math.max(0, octets.length - (END.length - 1));
    this.#take(octets.subarray(0, certain));
    this.#tail = Buffer.from(octets.subarray(certain));
    return undefined;
  }

  arrived(): ArrivedMessage {
    const sha256 = this.#hash?.digest('hex');
    return {
      octets: this.#octets,
      header: this.#header,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  }

  #take(octets: Buffer): void {
    const skipped = Math.min(this.#primed, octets.length);
    this.#primed -= skipped;
    const content = octets.subarray(skipped);
    if (content.length === 0) return;

    this.#octets += content.length;
    this.#hash?.update(content);
    if (!this.#headerIsWhole) this.#readHeader(content);
  }

  #readHeader(content: Buffer): void {
    this.#header += content.toString('latin1', 0, MAX_HEADER_OCTETS);
    const end = this.#header.indexOf('\r\n\r\n');
    this.#headerIsWhole = end !== -1 || this.#header.length > MAX_HEADER_OCTETS;
    if (end !== -1) this.#header = this.#header.slice(0, end + LINE_END.length);
  }
}
