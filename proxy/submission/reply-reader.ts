import { SmtpReply, takeReply } from '../../shared/submission/reply.ts';

/** The session with the submission server ended, or said what no server may say. */
export class UpstreamLost extends Error {
  override readonly name = 'UpstreamLost';
}

/**
 * Ties each reply of the submission server to the command it answers. A waiter is placed before
 * its command is written; a reply that nobody waits for ends the session, since it may be the
 * answer to a command that somebody slipped in.
 */
export class ReplyReader {
  readonly #trusted: boolean;
  #octets = '';
  #heardOctets = 0;
  readonly #waiting: { resolve: (reply: SmtpReply) => void; reject: (lost: Error) => void }[] = [];
  #lost: UpstreamLost | undefined;

  /** @param trusted whether the text is the server's own: what comes in clear may be anybody's */
  constructor(trusted: boolean) {
    this.#trusted = trusted;
  }

  get heardOctets(): number {
    return this.#heardOctets;
  }

  /** @returns the next reply; @throws UpstreamLost through it */
  expectOne(): Promise<SmtpReply> {
    const reply = new Promise<SmtpReply>((resolve, reject) => {
      if (this.#lost !== undefined) reject(this.#lost);
      else this.#waiting.push({ resolve, reject });
    });
    reply.catch(() => undefined); // whoever awaits it hears of the loss; an unread one is no fault
    return reply;
  }

  /** @returns a promise for each of the next `count` replies */
  expect(count: number): Promise<SmtpReply>[] {
    return Array.from({ length: count }, () => this.expectOne());
  }

  /** @throws UpstreamLost when the octets break the grammar or answer nothing */
  push(chunk: Buffer): void {
    this.#heardOctets += chunk.length;
    this.#octets += chunk.toString('latin1');
    for (;;) {
      const taken = this.#octets === '' ? { kind: 'incomplete' as const } : takeReply(this.#octets);
      if (taken.kind === 'incomplete') {
        // The beginning of a reply, before its command: it would be taken for the answer to it.
        if (this.#octets !== '' && this.#waiting.length === 0) {
          throw new UpstreamLost('it answered unasked');
        }
        return;
      }
      if (taken.kind === 'malformed') throw new UpstreamLost(`it sent ${taken.why}`);

      this.#octets = taken.rest;
      const waiter = this.#waiting.shift();
      if (waiter === undefined) {
        // RFC 5321 §3.8: a server may say 421 at any time before it closes.
        const isGoodbye = taken.reply.code === 421 && this.#trusted;
        throw new UpstreamLost(
          isGoodbye ? `it closed: ${taken.reply.text}` : 'it answered unasked',
        );
      }
      waiter.resolve(taken.reply);
    }
  }

  /** Everybody who waits hears of the loss. */
  fail(lost: UpstreamLost): void {
    this.#lost ??= lost;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#lost);
  }
}
