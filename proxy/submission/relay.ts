import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { claimedProbe } from '../../shared/control/probe.ts';
import { askedRequirement } from '../../shared/submission/asked-requirement.ts';
import { parameterNotOffered, type Envelope } from '../../shared/submission/envelope.ts';
import { decideRelay, type ProvedSession } from '../../shared/submission/policy.ts';
import {
  loginUnanswered,
  ourFault,
  receiptNotWritten,
  upstreamLostBeforeTheDot,
} from '../../shared/submission/refusals.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { messageOf } from '../error-message.ts';
import { printable } from '../printable.ts';
import { answerTo, answerToLogin, offerChanged, unprovedAnew } from './answers.ts';
import { MessageUnfit } from './message-unfit.ts';
import { readArrivingHeader } from './arriving-header.ts';
import { answerProbe, NO_PROBES, type ProbeInbox, type ProbeMessage } from './arriving-probe.ts';
import { within } from './deadline.ts';
import { UpstreamLost } from './reply-reader.ts';
import { SessionInUse } from './session-in-use.ts';
import { SubmissionRecord, type ReceiptBook } from './submission-record.ts';
import { handOver, type Handover } from './transaction.ts';
import type { OpenedUpstream, UpstreamDoor } from './upstream.ts';
import type { WarmUpstream } from './warm-upstream.ts';

/** For the receipt to be on the disk: longer, and the disk is as good as full. */
const RECEIPT_MS = 30_000;

/** What a mail program hands in after DATA: the envelope it wrote, and the message arriving. */
export type Submission = {
  readonly envelope: Envelope;
  /** Octets as they came, dots still stuffed, the final dot not included. */
  readonly octets: Readable;
};

export type RelayParts = {
  readonly door: UpstreamDoor;
  readonly warm: WarmUpstream;
  readonly receipts: ReceiptBook;
  /** For what comes from who did not log in. */
  readonly strangersReceipts: ReceiptBook;
  readonly log: Logger;
  /** Where probes of the route come out; without one each is refused. */
  readonly probes?: ProbeInbox | undefined;
};

/**
 * The relay between one connection of a mail program and one session with its submission
 * server, from end to end. There is no queue: what is not handed over is refused, and the mail
 * program still has the message.
 */
export class Relay {
  readonly #door: UpstreamDoor;
  readonly #receipts: ReceiptBook;
  readonly #strangersReceipts: ReceiptBook;
  readonly #log: Logger;
  readonly #probes: ProbeInbox;
  readonly #gone = new AbortController();
  readonly #connectedMs = performance.now();
  readonly #upstream: SessionInUse;
  #submitting = false;

  constructor({ probes = NO_PROBES, ...parts }: RelayParts) {
    const { door, warm, log } = parts;
    this.#door = door;
    this.#receipts = parts.receipts;
    this.#strangersReceipts = parts.strangersReceipts;
    this.#log = log;
    this.#probes = probes;
    this.#upstream = new SessionInUse({ door, warm, log, gone: this.#gone.signal });
  }

  get host(): string {
    return this.#door.server.host;
  }

  /**
   * 3. Proves the way: verified TLS, then the server's offer. It is called before the mail
   * program is greeted, so that a fault is told there and never as an answer to AUTH, which
   * would make the mail program ask for another password. While a compose window is open, this
   * was done before.
   */
  async prove(): Promise<OpenedUpstream> {
    return await this.#upstream.prove();
  }

  /** The session as it was proved last. */
  get session(): ProvedSession | undefined {
    return this.#upstream.session;
  }

  /** @param listener called when the server has gone without our doing */
  whenSessionLost(listener: () => void): void {
    this.#upstream.whenLost(listener);
  }

  /** Whether the session went and took a login with it, which we do not have. */
  get loginIsLost(): boolean {
    return this.#upstream.loginIsLost;
  }

  /**
   * 4. Passes a login on, line by line; the server's own replies come back. Nothing of it is kept.
   *
   * @param line AUTH, as the mail program wrote it
   */
  async login(line: string): Promise<SmtpReply> {
    try {
      return this.#loginAnswered(await this.#upstream.login(line));
    } catch (error) {
      return this.#fault(error, loginUnanswered(this.host));
    }
  }

  /** The next line of a login: in the session that gave the challenge, and in no other. */
  async answerChallenge(response: string): Promise<SmtpReply> {
    try {
      return this.#loginAnswered(await this.#upstream.answerChallenge(response));
    } catch (error) {
      return this.#fault(error, loginUnanswered(this.host));
    }
  }

  #loginAnswered(reply: SmtpReply): SmtpReply {
    if (reply.code !== 334) {
      this.#log.info({ event: 'login', accepted: reply.isPositive, code: reply.code });
    }
    return answerToLogin(reply);
  }

  /**
   * 5.-8. Reads what the header section asks of TLS, decides, and hands the message over. Until
   * the decision is made, not one octet of the envelope has gone to the server.
   *
   * @returns the reply to the mail program's final dot; its positive one is the server's own
   */
  async submit({ envelope, octets }: Submission): Promise<SmtpReply> {
    const receipts = this.#upstream.isLoggedIn ? this.#receipts : this.#strangersReceipts;
    const record = new SubmissionRecord({ server: this.host, envelope }, receipts, this.#log);
    this.#submitting = true;
    try {
      const header = await readArrivingHeader(octets);
      record.learn({ header: header.section });
      const asked = askedRequirement(header.section, envelope.mail);
      if (asked.kind === 'refuse') return record.refused(asked.reply);
      record.learn({ asked });

      const opened = await this.#upstream.forEnvelope();
      if (opened.kind === 'unproved') return record.refused(unprovedAnew(opened, this.host));
      const { session } = opened;
      record.learn({ session });
      const claimed = claimedProbe(header.lines);
      if (claimed !== undefined) {
        const body = header.withSection('');
        const probe = { claimed, envelope, asked, body, connectedMs: this.#connectedMs };
        return await this.#answerProbe(probe, record);
      }
      const decision = decideRelay(asked.requirement, session);
      if (decision.kind === 'refuse') return record.refused(decision.reply);
      const missing = parameterNotOffered(envelope, session.keywords);
      if (missing !== undefined) return record.refused(offerChanged(this.host, missing));

      const { adding } = decision;
      record.learn({ adding });
      const message = header.withSection(asked.sectionWith(adding));
      const beforeDot = async () => (await receiptFor(record)) ?? this.#mailProgramGone();
      const outgoing = { envelope, adding, message, beforeDot };
      const handover = await handOver(session, outgoing, this.#door.deadlines);
      if (handover.kind === 'unknown') void this.#hearLater(record, handover);
      return record.handedOver(handover, answerTo(handover, this.host));
    } catch (error) {
      if (error instanceof MessageUnfit) return record.refused(error.reply);
      const lost = upstreamLostBeforeTheDot(this.host, messageOf(error));
      return record.refused(this.#fault(error, lost));
    } finally {
      this.#submitting = false;
      if (this.#gone.signal.aborted) this.#upstream.session?.wire.quit();
    }
  }

  /**
   * A probe ends here. One that is swallowed has no receipt, since it is no message; one that is
   * refused has, since it may be a letter that looks like one.
   */
  async #answerProbe(probe: ProbeMessage, record: SubmissionRecord): Promise<SmtpReply> {
    const reply = await answerProbe(probe, this.#probes);
    if (!reply.isPositive) return record.refused(reply);
    this.#log.info({ event: 'probe' });
    return reply;
  }

  /** It will send the message again: the server must not have it too. */
  #mailProgramGone(): SmtpReply | undefined {
    if (!this.#gone.signal.aborted) return undefined;
    return upstreamLostBeforeTheDot(this.host, 'the mail program broke off the connection');
  }

  /** The mail program was told that the outcome is unknown; the receipt may yet know it. */
  async #hearLater(
    record: SubmissionRecord,
    { later }: Extract<Handover, { kind: 'unknown' }>,
  ): Promise<void> {
    if (later === undefined) return;
    const handover = await later;
    record.corrected(handover, answerTo(handover, this.host));
  }

  /** Its codes alone: the text may repeat what the mail program said. */
  logRefusal({ code, enhancedCode }: SmtpReply): void {
    this.#log.info({ event: 'refused', code: `${code} ${enhancedCode}` });
  }

  #fault(error: unknown, lost: SmtpReply): SmtpReply {
    if (error instanceof UpstreamLost || this.#gone.signal.aborted) {
      this.#log.warn({ event: 'lost', host: this.host, reason: printable(messageOf(error)) });
      return lost;
    }
    this.#log.error({ event: 'fault', err: error });
    return ourFault();
  }

  /** The mail program has gone. A message that the server has whole is still waited for. */
  close(): void {
    this.#gone.abort();
    if (!this.#submitting) this.#upstream.session?.wire.quit();
  }
}

/** @returns a refusal when the receipt is not on the disk: a crash would leave silence */
async function receiptFor(record: SubmissionRecord): Promise<SmtpReply | undefined> {
  try {
    await within(RECEIPT_MS, 'receipt', record.offered());
    return undefined;
  } catch {
    return receiptNotWritten(); // the receipts say in the log what is wrong with them
  }
}
