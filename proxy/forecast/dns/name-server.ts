import type { Trust } from '../../submission/tls-profile.ts';
import { BELIEVED_MS, Canary } from './canary.ts';
import type { DnsMessage, Question } from './dns-message.ts';
import { DnsOverHttps } from './dns-over-https.ts';
import { DnsOverTls } from './dns-over-tls.ts';
import { askPlain } from './dns-over-udp.ts';
import { NoAnswer } from './no-answer.ts';
import { isLoopback, type ResolverAddress, resolverText } from './resolver-address.ts';

export type ServerAddress = Exclude<ResolverAddress, { kind: 'system' }>;

/** Takes a question there and the answer back, whatever the way. */
type Transport = {
  /** @throws Error of any kind; the signal's reason when it is late */
  ask(question: Question, signal: AbortSignal): Promise<DnsMessage>;
  close(): void;
};

/**
 * How long ago a resolver on this computer may have set the AD bit of the root, so that an answer
 * without it is not signed. One that came to another network sets it no more, and then everything
 * would look so: systemd-resolved with `DNSSEC=allow-downgrade`, or the end of a VPN.
 */
const JUST_NOW_MS = 3000;

/** A resolver, how it is reached, and whether its word on DNSSEC can be believed. */
export class NameServer {
  /** As people write it. */
  readonly text: string;
  /** Whether others on the way to it can read the questions. */
  readonly inClear: boolean;
  /**
   * Whether nobody on the way can have written what it says. Of a resolver on this computer
   * nobody can see how it asks others; as a rule that is in clear, whether it validates or not.
   */
  readonly isEncrypted: boolean;
  readonly canary: Canary;
  readonly #transport: Transport;
  readonly #closed = new AbortController();

  constructor(address: ServerAddress, trust: Trust) {
    this.text = resolverText(address);
    this.inClear = address.kind === 'plain' && !isLoopback(address.address);
    this.isEncrypted = address.kind !== 'plain';
    this.#transport = transportTo(address, trust);
    const ask = async (question: Question, signal: AbortSignal) => this.ask(question, signal);
    this.canary = new Canary(ask, this.#closed.signal);
  }

  /**
   * What is to be thought of its word on DNSSEC. A resolver that others could speak for is not
   * believed, whatever it sets, and not even asked.
   *
   * @param answer one that it just gave
   */
  async belief(
    { isAuthentic }: Pick<DnsMessage, 'isAuthentic'>,
    signal: AbortSignal,
  ): Promise<'believed' | 'not believed' | 'not known'> {
    if (this.inClear) return 'not believed';
    const believedMs = isAuthentic || this.isEncrypted ? BELIEVED_MS : JUST_NOW_MS;
    try {
      const sets = await this.canary.setsAuthentic(signal, believedMs);
      return sets ? 'believed' : 'not believed';
    } catch {
      return 'not known'; // and asked again with the next answer
    }
  }

  /** @throws Error of any kind; the signal's reason when it is late */
  async ask(question: Question, signal: AbortSignal): Promise<DnsMessage> {
    return await this.#transport.ask(question, signal);
  }

  close(): void {
    this.#closed.abort(new NoAnswer('timed out', 'the resolver is not asked any more'));
    this.#transport.close();
  }
}

function transportTo(address: ServerAddress, trust: Trust): Transport {
  switch (address.kind) {
    case 'plain':
      return {
        ask: async (question, signal) => await askPlain(address, question, signal),
        close: () => undefined,
      };
    case 'DoT':
      return new DnsOverTls(address, trust);
    case 'DoH':
      return new DnsOverHttps(address.url, trust);
  }
}
