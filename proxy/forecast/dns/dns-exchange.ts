import type { Trust } from '../../submission/tls-profile.ts';
import { withinMs } from './before-abort.ts';
import { type DnsMessage, type Question, RCODES } from './dns-message.ts';
import { NameServer, type ServerAddress } from './name-server.ts';
import { NoAnswer, noAnswerFrom } from './no-answer.ts';
import { type ResolverAddress, resolverText } from './resolver-address.ts';
import { systemNameServers } from './system-name-servers.ts';

/** RFC 1035 §4.2.1 would have 5 s; a person looks on. */
const TRY_MS = 2000;
const TRIES = 2;
const WHOLE_MS = 6000;

/** How long the system's choice is taken as it was. */
const SYSTEM_MS = 30_000;

export type Exchanged = {
  readonly message: DnsMessage;
  /** Who gave it. */
  readonly server: NameServer;
};

/** Asks one of several resolvers, and the next when it does not answer. */
export class DnsExchange {
  readonly #addresses: readonly ResolverAddress[];
  readonly #trust: Trust;
  #servers: readonly NameServer[] = [];
  #readAt: number | undefined;

  constructor(addresses: readonly ResolverAddress[], trust: Trust) {
    this.#addresses = addresses;
    this.#trust = trust;
  }

  /** Those that would be asked; nobody is, for that. */
  get servers(): readonly NameServer[] {
    const isSystem = this.#addresses.some(({ kind }) => kind === 'system');
    const now = performance.now();
    if (this.#readAt !== undefined && (!isSystem || now - this.#readAt < SYSTEM_MS)) {
      return this.#servers;
    }
    const before = new Map(this.#servers.map((server) => [server.text, server]));
    const addresses = this.#addresses.flatMap<ServerAddress>((address) =>
      address.kind === 'system' ? systemNameServers() : [address],
    );
    const servers = addresses.map(
      (address) => before.get(resolverText(address)) ?? new NameServer(address, this.#trust),
    );
    for (const server of this.#servers) if (!servers.includes(server)) server.close();
    this.#servers = servers;
    this.#readAt = now;
    return servers;
  }

  /**
   * SERVFAIL is an answer: a resolver that validates says so of what is bogus, and another one,
   * that does not, would be glad to help.
   *
   * @throws NoAnswer
   */
  async ask(question: Question, signal: AbortSignal): Promise<Exchanged> {
    try {
      return await withinMs(WHOLE_MS, signal, async (whole) => this.#askInTurn(question, whole));
    } catch (error) {
      throw noAnswerFrom(error);
    }
  }

  /** One of them, and no other. @throws NoAnswer */
  async askAgain(server: NameServer, question: Question, signal: AbortSignal): Promise<DnsMessage> {
    try {
      return await withinMs(TRY_MS, signal, async (part) => server.ask(question, part));
    } catch (error) {
      throw noAnswerFrom(error);
    }
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  async #askInTurn(question: Question, whole: AbortSignal): Promise<Exchanged> {
    const { servers } = this;
    let fault = new NoAnswer('unreachable', 'the system names no resolver');
    for (let tried = 0; tried < TRIES; tried += 1) {
      for (const server of servers) {
        try {
          const message = await this.askAgain(server, question, whole);
          if (message.rcode !== RCODES.REFUSED && message.rcode !== RCODES.NOTIMP) {
            return { message, server };
          }
          fault = new NoAnswer('refused', `by ${server.text}`);
        } catch (error) {
          whole.throwIfAborted();
          server.canary.forget();
          fault = noAnswerFrom(error);
        }
      }
    }
    throw fault;
  }
}
