import { connectTo, type MailProgram } from './mail-program.ts';
import { LOGIN } from './submission-server.ts';

/** Less than a test may take, so that it says what it waited for. */
const REPLY_LIMIT_MS = 40_000;

/** A mail program that has connected to a port of the proxy and logged in. */
export async function connectAndLogIn(port: number): Promise<MailProgram> {
  const mailProgram = await connectTo(port, { kind: 'none' }, REPLY_LIMIT_MS);
  await mailProgram.say('EHLO mail-program.test');
  const secret = Buffer.from(`\0${LOGIN.user}\0${LOGIN.pass}`).toString('base64');
  expectCode('235', await mailProgram.say(`AUTH PLAIN ${secret}`));
  return mailProgram;
}

export type Letter = {
  /** The command, with its parameters. */
  readonly mail?: string;
  readonly rcpt?: readonly string[];
  /** Octets of the message, each line with its CRLF, dots not yet doubled. */
  readonly message: Buffer | string;
};

/**
 * Submits a message and returns the reply to its final dot.
 *
 * @throws Error when a command before that is not answered as RFC 5321 §3.3 expects
 */
export async function submit(mailProgram: MailProgram, letter: Letter): Promise<string> {
  const { mail = 'MAIL FROM:<ada@example.org>', rcpt = ['RCPT TO:<grace@example.net>'] } = letter;
  for (const command of [mail, ...rcpt]) expectCode('250', await mailProgram.say(command));
  expectCode('354', await mailProgram.say('DATA'));
  return await mailProgram.send(asData(Buffer.from(letter.message)));
}

/** RFC 5321 §4.5.2: a dot that begins a line is doubled, and a dot alone ends the message. */
function asData(message: Buffer): Buffer {
  const lines = message.toString('latin1').replace(/(^|\r\n)\./g, '$1..');
  return Buffer.from(`${lines}.\r\n`, 'latin1');
}

function expectCode(code: string, reply: string): void {
  if (!reply.startsWith(code)) throw new Error(`${code} expected, but the reply was: ${reply}`);
}
