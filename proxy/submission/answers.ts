import { outcomeUnknown, upstreamLostBeforeTheDot } from '../../shared/submission/refusals.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import type { Handover } from './transaction.ts';
import type { ProvingFault } from './upstream-fault.ts';

// What the mail program is told, where the server's own words may not stand.

/**
 * A 421 closes the connection, and in answer to AUTH it locks Thunderbird's window for good one
 * time in five (153; look again 2027-06). RFC 4954 §6 has 454 for a login that failed for now.
 */
export function answerToLogin(reply: SmtpReply): SmtpReply {
  return reply.code === 421 ? new SmtpReply(454, reply.enhancedCode, reply.lines) : reply;
}

/** A lasting fault keeps its class; a 421 may not be said here. */
export function unprovedAnew({ reply, reason }: ProvingFault, host: string): SmtpReply {
  return reply.isTransient ? upstreamLostBeforeTheDot(host, reason) : reply;
}

/** The session was replaced behind MAIL. The next connection hears of the new offer. */
export function offerChanged(host: string, parameter: string): SmtpReply {
  return upstreamLostBeforeTheDot(host, `it came back without offering ${parameter}`);
}

/** Only the server's own positive reply becomes ours; a lost answer is said to be unknown. */
export function answerTo(handover: Handover, host: string): SmtpReply {
  switch (handover.kind) {
    case 'relayed':
    case 'refused':
      return handover.reply;
    case 'not sent':
      return upstreamLostBeforeTheDot(host, handover.reason);
    case 'unknown':
      return outcomeUnknown(host);
  }
}
