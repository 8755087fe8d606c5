import {
  parseMail,
  parseRcpt,
  type Envelope,
  type EnvelopeCommand,
  type MailCommand,
  type Receiver,
} from '../../shared/submission/envelope.ts';
import { commandSyntax, sequence, tooManyRecipients } from '../../shared/submission/refusals.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';

const MAX_RECIPIENTS = 1000;

const SENDER_OK = new SmtpReply(250, '2.1.0', 'Ok');
const RECIPIENT_OK = new SmtpReply(250, '2.1.5', 'Ok');

/**
 * The envelope of one message while it is held: nothing of it goes on before the header section
 * has come (RFC 8689 asks per message, and the asking stands there).
 *
 * Departures: RFC 5321 §4.1.1.3, each recipient is told 250 before the submission server has
 * seen one; its answers come together, after the message.
 */
export class HeldEnvelope {
  #mail: MailCommand | undefined;
  #rcpt: EnvelopeCommand[] = [];

  /** Whether a mail transaction is open. */
  get isBegun(): boolean {
    return this.#mail !== undefined;
  }

  takeMail(line: string, receiver: Receiver): SmtpReply {
    if (this.#mail !== undefined) return sequence('RSET');
    const parsed = parseMail(line, receiver);
    if (parsed.kind === 'refuse') return parsed.reply;
    this.#mail = parsed.command;
    return SENDER_OK;
  }

  takeRcpt(line: string, receiver: Receiver): SmtpReply {
    if (this.#mail === undefined) return sequence('MAIL');
    if (this.#rcpt.length >= MAX_RECIPIENTS) return tooManyRecipients(MAX_RECIPIENTS);
    const parsed = parseRcpt(line, receiver);
    if (parsed.kind === 'refuse') return parsed.reply;
    this.#rcpt.push(parsed.command);
    return RECIPIENT_OK;
  }

  /** @returns the whole envelope when DATA may follow it, else the reply that says why not */
  takeData(line: string): Envelope | SmtpReply {
    if (!/^DATA *$/i.test(line)) return commandSyntax('DATA');
    if (this.#mail === undefined) return sequence('MAIL');
    if (this.#rcpt.length === 0) return sequence('RCPT');
    return { mail: this.#mail, rcpt: this.#rcpt };
  }

  clear(): void {
    this.#mail = undefined;
    this.#rcpt = [];
  }
}
