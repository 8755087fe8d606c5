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
          this.#dotsTaken -= 1; // the final one is no part of a line
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
