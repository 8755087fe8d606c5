import type tls from 'node:tls';
import { ehloKeywords, type EhloKeywords } from '../../shared/submission/ehlo.ts';
import { isChallenge } from '../../shared/submission/login.ts';
import type { ProvedSession } from '../../shared/submission/policy.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { messageOf } from '../error-message.ts';
import { within } from './deadline.ts';
import { UpstreamLost } from './reply-reader.ts';
import { verifiedTls, type TlsFacts } from './tls-profile.ts';
import type { UpstreamWire } from './upstream-wire.ts';

type Proof = {
  readonly host: string;
  readonly wire: UpstreamWire;
  readonly socket: tls.TLSSocket;
  /** The reply to the EHLO inside TLS. */
  readonly ehlo: SmtpReply;
};

/** A session with the submission server that was proved: verified TLS, then its offer. */
export class UpstreamSession implements ProvedSession {
  readonly host: string;
  readonly wire: UpstreamWire;
  readonly keywords: EhloKeywords;
  readonly tls: TlsFacts;
  readonly #socket: tls.TLSSocket;
  #authenticated = false;

  /** @throws Error when TLS is not verified */
  constructor({ host, wire, socket, ehlo }: Proof) {
    this.host = host;
    this.wire = wire;
    this.#socket = socket;
    this.tls = verifiedTls(socket);
    this.keywords = ehloKeywords(ehlo.asSent);
  }

  get tlsVerified(): boolean {
    return !this.wire.isLost && this.#socket.authorized;
  }

  get isLost(): boolean {
    return this.wire.isLost;
  }

  get isAuthenticated(): boolean {
    return this.#authenticated;
  }

  /**
   * Asks whether the server is still there (NOOP, RFC 5321 §4.1.1.9). Any reply says so, also one
   * that it does not know the command. A session that does not answer is closed.
   */
  async isThere(limitMs: number): Promise<boolean> {
    const asking = async () => {
      const answer = this.wire.expectOne();
      await this.wire.write('NOOP\r\n');
      return await answer;
    };
    const reply = await within(limitMs, 'answer to NOOP', asking()).catch(() => undefined);
    if (reply !== undefined && reply.code !== 421) return true;
    this.wire.close();
    return false;
  }

  /**
   * Passes one line of a login on (RFC 4954 §4): AUTH, or the answer to a challenge.
   *
   * @returns the server's own reply: an outcome, or a 334 with its challenge
   * @throws UpstreamLost when it gave none
   */
  async login(line: string, limitMs: number): Promise<SmtpReply> {
    try {
      const answer = this.wire.expectOne();
      await this.wire.write(`${line}\r\n`);
      const reply = await within(limitMs, 'answer to AUTH', answer);
      if (reply.code < 400 && !reply.isPositive && !isChallenge(reply)) {
        throw new UpstreamLost('its answer to AUTH is none');
      }
      this.#authenticated ||= reply.isPositive;
      return reply;
    } catch (error) {
      this.wire.close();
      throw new UpstreamLost(messageOf(error), { cause: error });
    }
  }
}
