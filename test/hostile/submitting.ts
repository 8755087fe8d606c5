import { setImmediate } from 'node:timers/promises';
import { MailProgram } from './mail-program.ts';

/** The mail program up to EHLO. */
export async function greetedBy(proxy: { readonly port: number }): Promise<MailProgram> {
  const mailProgram = await MailProgram.connect(proxy.port);
  const greeting = await mailProgram.reply('the connection');
  if (!greeting.startsWith('220 ')) throw new Error(`not greeted: ${greeting}`);
  await mailProgram.ask('EHLO [127.0.0.1]');
  return mailProgram;
}

/** From MAIL to 354. */
export async function envelope(
  mailProgram: MailProgram,
  { from = 'ada@example.org', to = 'grace@example.net' } = {},
): Promise<void> {
  for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA']) {
    const reply = await mailProgram.ask(command);
    if (!/^(?:250|354) /.test(reply)) throw new Error(`${command}: ${reply}`);
  }
}

/** Says octets in segments of one octet each, as far as the system lets them be. */
export async function sayOctetByOctet(mailProgram: MailProgram, octets: string): Promise<void> {
  for (const octet of octets) {
    mailProgram.say(octet);
    await setImmediate();
  }
}
