import { createTransport } from 'nodemailer';
import { MARKER_NAME } from '../../shared/submission/marker.ts';
import { EX_OK, EX_SOFTWARE } from '../exit-status.ts';
import { logTo } from '../log.ts';
import { DEFAULT_DEADLINES } from '../submission/deadline.ts';
import { Listener } from '../submission/listener.ts';
import { NO_RECEIPTS } from '../submission/submission-record.ts';
import type { Terminal } from '../terminal.ts';
import { columns, type Column } from './columns.ts';
import { startDemoServer, THE_MESSAGE, type DemoServer, type DialogueLine } from './demo-server.ts';

/** One message of the demo, and what must have come of it. */
type Sending = {
  readonly title: string;
  readonly marker: string | undefined;
  readonly offersRequireTls: boolean;
  readonly isRight: (sent: Sent) => boolean;
};

type Sent = {
  readonly dialogue: readonly DialogueLine[];
  /** MAIL as the submission server got it; undefined when it got none. */
  readonly mail: string | undefined;
  /** Its header section as the submission server got it. */
  readonly header: string | undefined;
  /** What the mail program was told at the end. */
  readonly answer: string;
};

const SENDINGS: readonly Sending[] = [
  {
    title: 'Normal',
    marker: undefined,
    offersRequireTls: true,
    isRight: ({ mail, header, answer }) =>
      mail !== undefined &&
      !asksRequireTls(mail) &&
      count(header, /tls-required/gi) === 0 &&
      isTaken(answer),
  },
  {
    title: 'Require TLS',
    marker: 'Yes',
    offersRequireTls: true,
    isRight: ({ mail, header, answer }) =>
      mail !== undefined &&
      asksRequireTls(mail) &&
      count(header, /tls-required/gi) === 0 &&
      isTaken(answer),
  },
  {
    title: 'Deliver anyway',
    marker: 'No',
    offersRequireTls: true,
    isRight: ({ mail, header, answer }) =>
      mail !== undefined &&
      !asksRequireTls(mail) &&
      count(header, /^TLS-Required: No\r$/gm) === 1 &&
      count(header, /tls-required/gi) === 1 &&
      isTaken(answer),
  },
  {
    title: 'Require TLS, not offered',
    marker: 'Yes',
    offersRequireTls: false,
    isRight: ({ mail, header, answer }) =>
      mail === undefined && header === undefined && answer.startsWith('550 5.7.30'),
  },
];

/**
 * Sends a message of each kind through the proxy, and one that must be refused, and shows what
 * the submission server heard.
 *
 * @returns EX_OK only when all four went as they must
 */
export async function sendOneOfEach(terminal: Terminal): Promise<number> {
  const shown: Column[] = [];
  let right = true;
  for (const sending of SENDINGS) {
    const sent = await send(sending, terminal);
    const isRight = sending.isRight(sent);
    right &&= isRight;
    shown.push({
      title: sending.title,
      lines: [
        ...sent.dialogue.map(({ by, text }) => `${by}: ${text}`),
        '',
        'The mail program was told:',
        sent.answer,
        '',
        isRight ? 'as it must be' : 'WRONG',
      ],
    });
  }
  terminal.out.write('What the submission server heard (C) and said (S), inside TLS:\n\n');
  terminal.out.write(columns(shown, terminal.columns ?? 160));
  terminal.out.write(right ? '\nAll four are right.\n' : '\nNot all four are right.\n');
  return right ? EX_OK : EX_SOFTWARE;
}

async function send({ marker, offersRequireTls }: Sending, terminal: Terminal): Promise<Sent> {
  const headers: string[] = [];
  await using server = await startDemoServer({
    offersRequireTls,
    onMessage: ({ message }) => headers.push(message.toString('latin1').split('\r\n\r\n')[0] ?? ''),
  });
  const answer = await sendThroughProxy(server, marker, terminal);
  const mail = server.dialogue.find(({ by, text }) => by === 'C' && text.startsWith('MAIL FROM:'));
  const [header] = headers;
  const [field] = /^TLS-Required:.*(?=\r$)/im.exec(`${header ?? ''}\r`) ?? [];
  return {
    dialogue: server.dialogue.map((line) =>
      line.text === THE_MESSAGE
        ? { ...line, text: `(the message, ${field ?? 'no TLS field'})` }
        : line,
    ),
    mail: mail?.text,
    header: header === undefined ? undefined : `${header}\r\n`,
    answer,
  };
}

/** @returns the last reply the mail program got, with its code */
async function sendThroughProxy(
  { server, trust }: DemoServer,
  marker: string | undefined,
  terminal: Terminal,
): Promise<string> {
  const log = logTo(terminal.err, 'text');
  log.level = 'error';
  const door = { server, trust, deadlines: DEFAULT_DEADLINES };
  const at = { name: '127.0.0.1', host: '127.0.0.1', port: 0, isLoopback: true };
  const listener = await Listener.open({ at, door, receipts: NO_RECEIPTS, log });
  const mailProgram = createTransport({
    host: '127.0.0.1',
    port: listener.port,
    secure: false,
    ignoreTLS: true,
  });
  try {
    const { response } = await mailProgram.sendMail({
      from: 'ada@sender.example',
      to: 'grace@recipient.example',
      subject: 'A message of the demo',
      text: 'Hello.',
      headers: marker === undefined ? {} : { [MARKER_NAME]: marker },
    });
    return response;
  } catch (error) {
    const { response }: { response?: unknown } = Object(error);
    return typeof response === 'string' ? response : String(error);
  } finally {
    mailProgram.close();
    await listener.stop();
  }
}

function asksRequireTls(mail: string): boolean {
  return / REQUIRETLS(?: |$)/i.test(mail);
}

function isTaken(answer: string): boolean {
  return answer.startsWith('250 ');
}

function count(text: string | undefined, pattern: RegExp): number {
  return text?.match(pattern)?.length ?? 0;
}
