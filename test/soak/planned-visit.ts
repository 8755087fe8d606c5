import { createHash } from 'node:crypto';
import { letter } from '../bench/letter.ts';
import { REFUSED_LOCAL_PART } from '../bench/sink-session.ts';

/** What becomes of a message, by what it is or by what its mail program does. */
export type Fate =
  | 'relayed'
  | 'a recipient is refused'
  | 'its marker is unclear'
  | 'it has a bare line feed'
  | 'its mail program vanishes in the message'
  | 'its mail program vanishes after the final dot';

export type PlannedMessage = {
  readonly messageId: string;
  readonly fate: Fate;
  readonly recipients: readonly string[];
  /** As the mail program writes it. */
  readonly wire: Buffer;
  /** As it must arrive, where it arrives. */
  readonly arriving: { readonly sha256: string; readonly requireTls: boolean };
};

/** Where one comes after so many others; the rest is relayed. */
const RARER_FATES: readonly (readonly [number, Fate])[] = [
  [11, 'a recipient is refused'],
  [13, 'its marker is unclear'],
  [17, 'it has a bare line feed'],
  [19, 'its mail program vanishes in the message'],
  [23, 'its mail program vanishes after the final dot'],
];

const OCTETS = [1_000, 5_000, 5_000, 20_000, 5_000, 100_000, 5_000, 1_000, 1_000_000, 5_000];
const LARGE_EVERY = 97;
const LARGE_OCTETS = 8_000_000;

/** The field with which a person asks, and the one that goes on instead. */
const MARKERS = [
  { written: '', arriving: '', requireTls: false },
  { written: 'X-TLS-Required: Yes\r\n', arriving: '', requireTls: true },
  {
    written: 'x-tls-required: No; id=soak\r\n',
    arriving: 'TLS-Required: No\r\n',
    requireTls: false,
  },
] as const;

const MESSAGES_OF_A_VISIT = [1, 3, 2, 2] as const;

/**
 * The messages of the next visit of a mail program, which are sent over one connection. Kinds,
 * sizes and requirements follow numbers without a common factor, so that each meets each.
 *
 * @param first the number of its first message
 */
export function plannedVisit(visit: number, first: number): readonly PlannedMessage[] {
  const messages = MESSAGES_OF_A_VISIT[visit % MESSAGES_OF_A_VISIT.length] ?? 1;
  return Array.from({ length: messages }, (_, at) => plannedMessage(first + at));
}

function plannedMessage(number: number): PlannedMessage {
  const fate = RARER_FATES.find(([every]) => number % every === every - 1)?.[1] ?? 'relayed';
  const marker = MARKERS[number % MARKERS.length] ?? MARKERS[0];
  const octets = number % LARGE_EVERY === 0 ? LARGE_OCTETS : (OCTETS[number % OCTETS.length] ?? 0);
  const messageId = `soak-${number}@example.org`;
  const parts = { octets, messageId, stuffedDots: number % 2 === 0 };
  const unclear = fate === 'its marker is unclear' ? 'X-TLS-Required: perhaps\r\n' : '';
  const written = letter({ ...parts, fields: unclear || marker.written });
  // The same number of lines, although another field would leave room for one more or less.
  const asItCame = letter({ ...parts, fields: marker.written });
  const arriving = withField(asItCame, marker.written, marker.arriving);
  return {
    messageId,
    fate,
    recipients: recipientsOf(number, fate),
    wire: fate === 'it has a bare line feed' ? withBareLineFeed(written) : written,
    arriving: {
      sha256: createHash('sha256').update(arriving).digest('hex'),
      requireTls: marker.requireTls,
    },
  };
}

function recipientsOf(number: number, fate: Fate): readonly string[] {
  const taken = Array.from({ length: 1 + (number % 7) }, (_, at) => `r${at}@example.net`);
  return fate === 'a recipient is refused'
    ? [...taken, `${REFUSED_LOCAL_PART}@example.net`]
    : taken;
}

function withField(wire: Buffer, written: string, arriving: string): Buffer {
  if (written === '') return wire;
  const at = wire.indexOf(written);
  return Buffer.concat([
    wire.subarray(0, at),
    Buffer.from(arriving),
    wire.subarray(at + written.length),
  ]);
}

/** In place of the last octet but one: the carriage return before it stays as well. */
function withBareLineFeed(wire: Buffer): Buffer {
  const changed = Buffer.from(wire);
  changed.write('\n', wire.length - 4, 'latin1');
  return changed;
}
