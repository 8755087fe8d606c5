import type { SmtpReply } from '../../shared/submission/reply.ts';

/** The message cannot be sent as it is; carries the reply that says why. */
export class MessageUnfit extends Error {
  override readonly name = 'MessageUnfit';
  readonly reply: SmtpReply;

  constructor(reply: SmtpReply) {
    super(String(reply));
    this.reply = reply;
  }
}
