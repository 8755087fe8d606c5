import { envelopeLines, type Envelope } from '../../shared/submission/envelope.ts';
import type { Addition } from '../../shared/submission/policy.ts';
import { recipientsRefused, refusedByServer } from '../../shared/submission/refusals.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { messageOf } from '../error-message.ts';
import { DeadlinePassed, within, type Deadlines } from './deadline.ts';
import { UpstreamLost } from './reply-reader.ts';
import type { UpstreamSession } from './upstream-session.ts';

export type Handover =
  /** Only this moves responsibility for the message (RFC 5321 §4.2.5). */
  | { readonly kind: 'relayed'; readonly reply: SmtpReply }
  /** The server refused, and nothing was delivered to anybody. */
  | { readonly kind: 'refused'; readonly reply: SmtpReply }
  /** The session failed before the final dot, so the server has no message. */
  | { readonly kind: 'not sent'; readonly reason: string }
  /** The final dot was sent and no well-formed reply came. */
  | {
      readonly kind: 'unknown';
      readonly reason: string;
      /** What became of it after all; only where the server was silent and not gone. */
      readonly later?: Promise<Handover>;
    };

export type Outgoing = {
  readonly envelope: Envelope;
  readonly adding: Addition;
  /**
   * The message as it goes over the wire: dots stuffed, the final dot not included. What it
   * throws comes out of `handOver`, with the session closed and nothing delivered.
   */
  readonly message: AsyncIterable<Buffer>;
  /** The last thing before the final dot. @returns a refusal when the dot must not be sent */
  readonly beforeDot: () => Promise<SmtpReply | undefined>;
};

const FINAL_DOT = Buffer.from('.\r\n');

/** Replies to the envelope, in the order of its commands; DATA's only where it was sent. */
type Answers = {
  readonly mail: SmtpReply;
  readonly rcpt: readonly SmtpReply[];
  readonly data: SmtpReply | undefined;
};

/**
 * Hands one message over to the submission server: to all recipients or to none.
 *
 * The mail program was told 250 to every recipient already, and has one reply left for all of
 * them. So when the server refuses any, the message is sent to nobody: after 354 there is no
 * other way to say so than to close without the final dot (RFC 5321 §4.1.1.4).
 *
 * Nothing is ever repeated, and no refusal of REQUIRETLS leads to a MAIL without it.
 */
export async function handOver(
  session: UpstreamSession,
  outgoing: Outgoing,
  deadlines: Deadlines,
): Promise<Handover> {
  let dotSent = false;
  try {
    const answers = await offerEnvelope(session, outgoing, deadlines);
    const refusal = refusalIn(answers, outgoing.envelope, session.host);
    if (refusal !== undefined) {
      await abandon(session, answers, deadlines);
      return { kind: 'refused', reply: refusal };
    }

    const final = session.wire.expectOne();
    const early: Early = { reply: undefined };
    const watching = final.then(
      (reply) => void (early.reply = refusedByServer(session.host, reply)),
      () => undefined,
    );
    const last = await streamBody(session, outgoing.message, { early, watching });
    const refused = early.reply ?? (await outgoing.beforeDot()) ?? early.reply;
    if (refused !== undefined) {
      session.wire.close();
      return { kind: 'refused', reply: refused };
    }
    // A server lost in the body has no whole message: that is known, and must not be "unknown".
    session.wire.assertAlive();
    dotSent = true;
    const writing = session.wire.write(Buffer.concat([last, FINAL_DOT]));
    // A server that refuses may answer, and close, without having read it all.
    await Promise.race([writing, watching]).catch(() => undefined);
    return await finalAnswer(session, final, deadlines);
  } catch (error) {
    // Closed and not QUIT: a server inside DATA would take QUIT for a line of the message.
    session.wire.close();
    if (dotSent) return { kind: 'unknown', reason: messageOf(error) };
    if (error instanceof UpstreamLost) return { kind: 'not sent', reason: error.message };
    throw error;
  }
}

/** @throws UpstreamLost when there is none, or none that may stand here */
async function finalAnswer(
  session: UpstreamSession,
  final: Promise<SmtpReply>,
  { finalReplyMs, lateReplyMs }: Deadlines,
): Promise<Handover> {
  const answer = final.then((reply): Handover => {
    if (reply.code === 250) return { kind: 'relayed', reply };
    if (reply.code >= 400) return { kind: 'refused', reply: refusedByServer(session.host, reply) };
    throw new UpstreamLost(`it answered ${reply.code} to the whole message`);
  });
  try {
    return await within(finalReplyMs, 'final reply', answer);
  } catch (error) {
    if (!(error instanceof DeadlinePassed)) throw error;
    session.wire.linger(lateReplyMs);
    const later = answer
      .catch((lost: unknown): Handover => ({ kind: 'unknown', reason: messageOf(lost) }))
      .finally(() => session.wire.close());
    return { kind: 'unknown', reason: error.message, later };
  }
}

/** RFC 2920 §3.1: with PIPELINING, MAIL, RCPT and DATA go in one write. */
async function offerEnvelope(
  session: UpstreamSession,
  { envelope, adding }: Outgoing,
  deadlines: Deadlines,
): Promise<Answers> {
  const lines = envelopeLines(envelope, adding === 'REQUIRETLS' ? 'REQUIRETLS' : 'nothing');
  const batches = session.keywords.has('PIPELINING')
    ? [[...lines, 'DATA']]
    : [...lines.map((line) => [line]), ['DATA']];

  const replies: SmtpReply[] = [];
  const end = performance.now() + deadlines.envelopeMs;
  for (const batch of batches) {
    const waiting = session.wire.expect(batch.length);
    await session.wire.write(batch.map((line) => `${line}\r\n`).join(''));
    try {
      for (const reply of waiting) {
        const leftMs = Math.max(end - performance.now(), 0);
        const limitMs = leftMs < deadlines.commandMs ? deadlines.envelopeMs : deadlines.commandMs;
        replies.push(await answerWithin(Math.min(leftMs, limitMs), reply, limitMs));
      }
    } catch (lost) {
      // A server that refuses may close behind its refusal: what it said counts, not the loss.
      if (!replies.some((reply) => reply.code >= 400)) throw lost;
      break;
    }
    if (batches.length > 1 && !replies.every((reply) => reply.isPositive)) break;
  }
  const [mail, ...rest] = replies;
  if (mail === undefined) throw new Error('MAIL was sent without a place for its reply');
  const rcpt = rest.slice(0, envelope.rcpt.length);
  return { mail, rcpt, data: rest[envelope.rcpt.length] };
}

/** @param limitMs what is said to have passed, where others have used a part of it */
async function answerWithin(
  ms: number,
  reply: Promise<SmtpReply>,
  limitMs = ms,
): Promise<SmtpReply> {
  try {
    return await within(ms, 'answer', reply);
  } catch (error) {
    const told = error instanceof DeadlinePassed ? new DeadlinePassed('answer', limitMs) : error;
    throw new UpstreamLost(messageOf(told), { cause: error });
  }
}

/** The reply for the mail program when the server took the envelope not whole. */
function refusalIn(
  { mail, rcpt, data }: Answers,
  envelope: Envelope,
  host: string,
): SmtpReply | undefined {
  if (!mail.isPositive) return refusedByServer(host, mail);

  const refused = envelope.rcpt.flatMap(({ path }, at) => {
    const reply = rcpt[at];
    return reply === undefined || reply.isPositive ? [] : [[path, reply] as const];
  });
  if (refused.length > 0) return recipientsRefused(host, refused);

  if (data === undefined) throw new Error('every recipient was taken and DATA was not sent');
  return data.code === 354 ? undefined : refusedByServer(host, data);
}

/**
 * Leaves no transaction open: RSET where the server is at commands, else the connection goes. The
 * refusal stands, whatever becomes of it.
 */
async function abandon(
  { wire, keywords }: UpstreamSession,
  { data }: Answers,
  deadlines: Deadlines,
): Promise<void> {
  if (data !== undefined && data.code < 400) return wire.close();
  const reset = async () => {
    const answer = wire.expectOne();
    await wire.write('RSET\r\n');
    const reply = await answerWithin(deadlines.commandMs, answer);
    if (!reply.isPositive) throw new UpstreamLost(`it answered RSET with ${reply.code}`);
  };
  const done = reset().catch(() => wire.close());
  // With PIPELINING nobody waits for it: the next command may be on its way before its reply.
  if (!keywords.has('PIPELINING')) await done;
}

/** The refusal that a server gave before the final dot: it has seen enough. */
type Early = { reply: SmtpReply | undefined };

/**
 * Streams the message up to its last block, at the pace the server takes it; no further than to
 * an early reply. The last one goes with the final dot: one segment, and one round trip less
 * where the server's system waits before it acknowledges.
 *
 * @param watching resolves when the final reply was given, or can be given no more
 * @returns the last block, not sent
 */
async function streamBody(
  session: UpstreamSession,
  message: AsyncIterable<Buffer>,
  { early, watching }: { readonly early: Early; readonly watching: Promise<void> },
): Promise<Buffer> {
  let held: Buffer | undefined;
  for await (const block of message) {
    const ready = held;
    held = block;
    if (early.reply !== undefined) break;
    if (ready === undefined) continue;
    try {
      // A server that has refused need not read on.
      await Promise.race([session.wire.write(ready), watching]);
    } catch (error) {
      // A server that refuses and closes lets the reply and the reset arrive together.
      if (session.isLost) await watching;
      if (early.reply !== undefined) break;
      throw new UpstreamLost(messageOf(error), { cause: error });
    }
  }
  return held ?? Buffer.alloc(0);
}
