import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { ReplyReader } from './reply-reader.ts';

/** Where octets, commands and faults pass in nodemailer (10.6.0; look again 2027-06). */
const passages: {
  _onData(this: unknown, octets: Buffer): void;
  _sendCommand(this: unknown, command: string): void;
  _onError(this: unknown, error: unknown, code: string, response: false, command: string): void;
} = Object(SMTPConnection.prototype);

/**
 * nodemailer on its way to a proved session, with our grammar of replies in front of its own: it
 * takes a bare LF for the end of a line, control characters for text, and a reply that came
 * before its command for the answer to it. It gets to see whole replies that are due.
 */
export class ProvingConnection extends SMTPConnection {
  readonly #replies = new ReplyReader();
  #arrived: Buffer[] = [];

  constructor(options: SMTPConnectionOptions) {
    super(options);
    void this.#passReplyOn(); // the greeting
  }

  _sendCommand(command: string): void {
    void this.#passReplyOn();
    passages._sendCommand.call(this, command);
  }

  _onData(octets: Buffer): void {
    this.#arrived.push(octets);
    try {
      this.#replies.push(octets);
    } catch (error) {
      passages._onError.call(this, error, 'EPROTOCOL', false, 'CONN');
    }
  }

  async #passReplyOn(): Promise<void> {
    await this.#replies.expectOne();
    passages._onData.call(this, Buffer.concat(this.#arrived.splice(0)));
  }
}
