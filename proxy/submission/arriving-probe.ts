import { probeBody, type ClaimedProbe } from '../../shared/control/probe.ts';
import type { AskedRequirement } from '../../shared/submission/asked-requirement.ts';
import type { Envelope } from '../../shared/submission/envelope.ts';
import { probeUnclear, probeUnexpected } from '../../shared/submission/refusals.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';

/** A probe that is in itself as it should be. */
export type ArrivedProbe = {
  readonly nonce: string;
  /** Who sent it, and to whom: the reverse-path without its brackets; octets. */
  readonly address: string;
  /** When the connection began that it came over; by the monotonic clock. */
  readonly connectedMs: number;
};

/** Where the probes of one listener come out. */
export type ProbeInbox = {
  /** @returns whether somebody waits for it; it is good once, also when not */
  readonly take: (probe: ArrivedProbe) => boolean;
};

/** For a proxy that nobody asks anything. */
export const NO_PROBES: ProbeInbox = { take: () => false };

const SWALLOWED = new SmtpReply(250, '2.0.0', 'This is the way through Require TLS');

/** A message that claims to be a probe. */
export type ProbeMessage = {
  readonly claimed: ClaimedProbe;
  readonly envelope: Envelope;
  readonly asked: Pick<Extract<AskedRequirement, { kind: 'asked' }>, 'by'>;
  /** Beginning with the empty line. */
  readonly body: AsyncIterable<Buffer>;
  /** See `ArrivedProbe`. */
  readonly connectedMs: number;
};

/**
 * Swallows a probe, or refuses what is none. Either way nothing of it goes to the submission
 * server. What is swallowed is gone, so it must be to the octet what nobody writes as a letter: from
 * a person to the same person alone, with the one text.
 */
export async function answerProbe(message: ProbeMessage, inbox: ProbeInbox): Promise<SmtpReply> {
  const { claimed, envelope, asked, connectedMs } = message;
  const [recipient, second] = envelope.rcpt;
  if (claimed.kind === 'unclear' || asked.by !== undefined) return probeUnclear();
  if (second !== undefined || recipient?.path !== envelope.mail.path) return probeUnclear();
  if (!(await isExactly(message.body, `\r\n${probeBody(claimed.nonce)}`))) return probeUnclear();

  const address = envelope.mail.path.slice(1, -1);
  return inbox.take({ nonce: claimed.nonce, address, connectedMs }) ? SWALLOWED : probeUnexpected();
}

/** Reads no more than it takes to know. */
async function isExactly(octets: AsyncIterable<Buffer>, text: string): Promise<boolean> {
  const expected = Buffer.from(text, 'latin1');
  let at = 0;
  for await (const block of octets) {
    if (!block.equals(expected.subarray(at, at + block.length))) return false;
    at += block.length;
  }
  return at === expected.length;
}
