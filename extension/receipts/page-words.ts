import type { ShownReceipt } from '../../shared/control/api.ts';
import type { PageSurroundings } from './page-surroundings.ts';

type Text = PageSurroundings['text'];
type Outcome = ShownReceipt['outcome'];

const OUTCOMES = {
  relayed: 'receiptsOutcomeRelayed',
  refused: 'receiptsOutcomeRefused',
  unknown: 'receiptsOutcomeUnknown',
  awaited: 'receiptsOutcomeAwaited',
} as const satisfies Record<Outcome, string>;

const OUTCOMES_MEAN = {
  relayed: 'receiptsRelayedMeans',
  refused: 'receiptsRefusedMeans',
  unknown: 'receiptsUnknownMeans',
  awaited: 'receiptsAwaitedMeans',
} as const satisfies Record<Outcome, string>;

const REQUIREMENTS = {
  default: 'requirementDefault',
  required: 'requirementRequired',
  optional: 'requirementOptional',
} as const satisfies Record<NonNullable<ShownReceipt['requirement']>, string>;

/** What RFC 8689 calls them. */
const RFC_NAMES = { required: 'REQUIRETLS', optional: 'TLS-Required: No' } as const;

/** Stand for both in the text between them (Unicode's private use). */
const SENDER = '\ue000';
const RECIPIENTS = '\ue001';

/** An address may be written from right to left, and then turns what stands beside it round. */
export type WayPart = { readonly by: 'us' | 'others'; readonly text: string };

/** A receipt in the person's own words, piece by piece. */
export class ReceiptWords {
  readonly #text: Text;
  readonly #moment: Intl.DateTimeFormat;
  /** To write ten thousand of them takes a tenth of a second, which nobody waits for twice. */
  readonly #moments = new Map<string, string>();

  constructor(text: Text) {
    this.#text = text;
    // Day and clock as the person has set them, whatever language the texts are in.
    this.#moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  }

  moment(time: string): string {
    const at = new Date(time);
    if (Number.isNaN(at.getTime())) return time;
    const known = this.#moments.get(time);
    const written = known ?? this.#moment.format(at);
    if (known === undefined) this.#moments.set(time, written);
    return written;
  }

  outcome({ outcome }: ShownReceipt): string {
    return this.#text(OUTCOMES[outcome]);
  }

  choice({ requirement }: ShownReceipt): string {
    return this.#text(
      requirement === undefined ? 'receiptsChoiceUnclear' : REQUIREMENTS[requirement],
    );
  }

  /** From whom to whom: what others have written is apart from our own words. */
  way({ sender, recipients, domains }: ShownReceipt): readonly WayPart[] {
    const to = domains.length === 0 ? String(recipients) : domains.join(', ');
    const count = recipients > Math.max(domains.length, 1) ? ` (${recipients})` : '';
    const others = new Map([
      [SENDER, sender || this.#text('receiptsSenderEmpty')],
      [RECIPIENTS, to + count],
    ]);
    const parts = this.#text('receiptsWay', SENDER, RECIPIENTS).split(/([\ue000\ue001])/);
    return parts.map((text) => {
      const other = others.get(text);
      return other === undefined ? { by: 'us', text } : { by: 'others', text: other };
    });
  }

  /** All that is known of a receipt, as names and values in the order in which it happened. */
  details(receipt: ShownReceipt): readonly (readonly [name: string, value: string])[] {
    const { answered, messageId, markerId, tls, server, recipients, domains } = receipt;
    const text = this.#text;
    const rows: (readonly [string, string | undefined])[] = [
      [text('receiptsMeaning'), text(OUTCOMES_MEAN[receipt.outcome])],
      [text('receiptsAnswer'), answerFrom(receipt)],
      [text('receiptsOffered'), this.moment(receipt.time)],
      [text('receiptsAnswered'), answered && this.moment(answered)],
      [text('receiptsSender'), receipt.sender || text('receiptsSenderEmpty')],
      [text('receiptsRecipients'), String(recipients)],
      [text('receiptsDomains'), domains.join(', ')],
      [text('receiptsChoice'), this.#choiceAtLength(receipt)],
      [text('receiptsAskedBy'), this.#askedBy(receipt)],
      [text('receiptsServer'), server],
      [
        text('receiptsTls'),
        tls ? `${tlsName(tls.version)}, ${tls.cipher}` : text('receiptsTlsNone'),
      ],
      [text('receiptsCertificate'), tls?.fingerprint],
      [text('receiptsRequireTlsOffered'), this.#offered(receipt)],
      [text('receiptsAdded'), this.#added(receipt)],
      [text('receiptsMessageId'), messageId],
      [text('receiptsMarkerId'), markerId],
      [text('receiptsId'), receipt.id],
    ];
    return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  }

  /** Everything of a receipt that a person may look for, in small letters. */
  searchable(receipt: ShownReceipt): string {
    const { time, server, messageId, markerId, id, tls, adding, by } = receipt;
    const words = [
      this.outcome(receipt),
      this.choice(receipt),
      ...this.way(receipt).map(({ text }) => text),
      this.moment(time),
      answerFrom(receipt),
      tls && tlsName(tls.version),
      tls?.cipher,
      tls?.fingerprint,
      time,
      server,
      messageId,
      markerId,
      id,
      adding,
      by,
    ];
    return words.filter(Boolean).join('\n').toLowerCase();
  }

  #choiceAtLength(receipt: ShownReceipt): string {
    const { requirement } = receipt;
    const name = this.choice(receipt);
    const isNamed = requirement === 'required' || requirement === 'optional';
    return isNamed ? `${name} (RFC 8689: ${RFC_NAMES[requirement]})` : name;
  }

  #askedBy({ by }: ShownReceipt): string {
    if (by === undefined) return this.#text('receiptsByNothing');
    return this.#text(by === 'REQUIRETLS' ? 'receiptsByParameter' : 'receiptsByField', by);
  }

  #offered({ requireTlsOffered }: ShownReceipt): string {
    if (requireTlsOffered === undefined) return this.#text('receiptsNotKnown');
    return this.#text(requireTlsOffered ? 'receiptsYes' : 'receiptsNo');
  }

  #added({ adding }: ShownReceipt): string {
    if (adding === undefined) return this.#text('receiptsAddedNever');
    return adding === 'nothing' ? this.#text('receiptsAddedNothing') : adding;
  }
}

function answerFrom({ reply }: ShownReceipt): string | undefined {
  return reply && [reply.code, reply.enhancedCode, reply.text].filter(Boolean).join(' ');
}

/** `TLSv1.3` as people write it. */
function tlsName(version: string): string {
  return version.replace('TLSv', 'TLS ');
}
