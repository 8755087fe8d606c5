import type { SunkMessage } from '../bench/sink-session.ts';
import type { Fate, PlannedMessage } from './planned-visit.ts';
import type { ToldReceipt } from './told-receipts.ts';

/** The receipt does not say whose it is, since no header section was read. */
const NAMELESS = 'nameless';

/** What may become of a message: how often it arrives, and what its receipt says. */
const ENDS: Readonly<Record<Fate, readonly (readonly [number, string])[]>> = {
  relayed: [[1, 'relayed']],
  'a recipient is refused': [[0, 'refused']],
  'its marker is unclear': [[0, 'refused']],
  'it has a bare line feed': [
    [0, 'refused'],
    [0, NAMELESS],
  ],
  'its mail program vanishes in the message': [
    [0, 'refused'],
    [0, NAMELESS],
  ],
  // It may have gone before all of it was handed on.
  'its mail program vanishes after the final dot': [
    [1, 'relayed'],
    [0, 'refused'],
    [0, NAMELESS],
  ],
};

const MESSAGE_ID = /^Message-ID: <([^>]+)>\r$/im;

/** Compares what was sent with what arrived, and both with the receipts. */
export class Accounts {
  readonly #sent: PlannedMessage[] = [];
  readonly #arrived = new Map<string, SunkMessage[]>();
  readonly #receipts = new Map<string, ToldReceipt>();

  sent(messages: readonly PlannedMessage[]): void {
    this.#sent.push(...messages.map((message) => ({ ...message, wire: Buffer.alloc(0) })));
  }

  arrived(messages: readonly SunkMessage[]): void {
    for (const message of messages) {
      const [, id = 'nobody'] = MESSAGE_ID.exec(message.header) ?? [];
      this.#arrived.set(id, [...(this.#arrived.get(id) ?? []), message]);
    }
  }

  /** @param told may say again what was told before, and may have forgotten the oldest */
  receipts(told: readonly ToldReceipt[]): void {
    for (const receipt of told) this.#receipts.set(receipt.id, receipt);
  }

  get relayed(): number {
    return this.#arrived.size;
  }

  /** How many messages there were of each fate. */
  fates(): ReadonlyMap<Fate, number> {
    const counts = new Map<Fate, number>();
    for (const { fate } of this.#sent) counts.set(fate, (counts.get(fate) ?? 0) + 1);
    return counts;
  }

  /** What is wrong, a sentence for each message. */
  faults(): readonly string[] {
    const named = new Map<string, ToldReceipt[]>();
    for (const receipt of this.#receipts.values()) {
      const id = receipt.messageId?.replace(/^<|>$/g, '') ?? NAMELESS;
      named.set(id, [...(named.get(id) ?? []), receipt]);
    }
    const planned = new Set(this.#sent.map(({ messageId }) => messageId));
    const strangers = [...this.#arrived.keys()].filter((id) => !planned.has(id));
    const faults = [
      ...this.#sent.flatMap((message) => this.#faultsOf(message, named.get(message.messageId))),
      ...strangers.map((id) => `${id} arrived and was never sent`),
    ];
    if (this.#receipts.size !== this.#sent.length) {
      faults.push(`${this.#receipts.size} receipts for ${this.#sent.length} messages`);
    }
    return faults;
  }

  #faultsOf(
    { messageId, fate, recipients, arriving }: PlannedMessage,
    receipts: readonly ToldReceipt[] = [],
  ): readonly string[] {
    const arrived = this.#arrived.get(messageId) ?? [];
    const outcomes = receipts.map(({ outcome }) => outcome).join(', ') || NAMELESS;
    const faults: string[] = [];
    if (!ENDS[fate].some(([times, outcome]) => times === arrived.length && outcome === outcomes)) {
      faults.push(`arrived ${arrived.length} times, and its receipt says ${outcomes}`);
    }
    for (const one of arrived) {
      if (one.sha256 !== arriving.sha256) faults.push('was changed');
      if (one.requireTls !== arriving.requireTls) {
        faults.push(`went ${one.requireTls ? 'with' : 'without'} REQUIRETLS`);
      }
      if (one.recipients !== recipients.length) {
        faults.push(`went to ${one.recipients} of ${recipients.length} recipients`);
      }
    }
    return faults.map((fault) => `${messageId} (${fate}) ${fault}`);
  }
}
