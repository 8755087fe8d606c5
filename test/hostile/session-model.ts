import type { Transaction } from './recording-server.ts';

/** What a field asks of TLS, how it may be written, and what the server gets in its place. */
export const ASKING = {
  default: [['', '']],
  required: [
    ['X-TLS-Required: Yes\r\n', ''],
    ['x-tls-required:yes \r\n', ''],
    ['X-TLS-REQUIRED:\t YES; id=aB_-9\r\n', ''],
    ['X-TLS-Required:\r\n Yes\r\n', ''],
    ['Require-TLS-ESMTP: yes\r\n', ''],
  ],
  optional: [
    ['X-TLS-Required: No\r\n', 'TLS-Required: No\r\n'],
    ['x-tLS-reQuired: nO; id=7\r\n', 'TLS-Required: No\r\n'],
    ['TLS-Required: No\r\n', 'TLS-Required: No\r\n'],
  ],
  unclear: [
    ['X-TLS-Required: maybe\r\n', ''],
    ['X-TLS-Required:\r\n', ''],
    ['X-TLS-Required : Yes\r\n', ''],
    ['X TLS Required: Yes\r\n', ''],
    ['XTLS-Required: Yes\r\n', ''],
    ['\xef\xbb\xbfX-TLS-Required: Yes\r\n', ''],
    ['\xd0\xa5-TLS-Required: Yes\r\n', ''],
    [' X-TLS-Required: Yes\r\n', ''],
    ['X-TLS-Required: Yes (please)\r\n', ''],
    ['X-TLS-Required: =?utf-8?q?Yes?=\r\n', ''],
    ['X-TLS-Required: Yes; id=\r\n', ''],
    ['X-TLS-Required: Yes\r\nX-TLS-Required: Yes\r\n', ''],
    ['X-TLS-Required: Yes\r\nTLS-Required: No\r\n', ''],
    ['TLS-Required: Yes\r\n', ''],
  ],
} as const;

export type Asked = keyof typeof ASKING;

/** What the server answers to the final dot of the message of this name, and what is to come of it. */
const ANSWERS = {
  takes: (name: string) => `250 2.0.0 queued as ${name}`,
  defers: (name: string) => `451 4.3.0 later, ${name}`,
  rejects: (name: string) => `554-5.7.1 not you,\r\n554 5.7.1 ${name}`,
  mumbles: (name: string) => `2500 ${name}`,
} as const;

export type Message = {
  readonly asked: Asked;
  readonly fieldsBefore: readonly string[];
  readonly asking: readonly [written: string, becomes: string];
  readonly fieldsAfter: readonly string[];
  /** Undefined: there is not even the empty line. */
  readonly body: string | undefined;
  readonly answer: keyof typeof ANSWERS;
};

/** As some servers have taken for the end of a message. */
export const NO_FINAL_DOT = 'a\n.\r\n';

export type Step = Message | 'NOOP' | 'RSET' | 'VRFY ada' | 'STARTTLS' | 'MAIL' | 'RCPT' | 'DATA';

/** What must come of a session. */
export type Foreseen = {
  readonly said: string;
  /** One for each command, and one for each message. */
  readonly replies: readonly RegExp[];
  /** What the server has in the end, in this order. */
  readonly messages: readonly Transaction[];
  /** What it may have heard the beginning of. */
  readonly begun: ReadonlySet<string>;
};

/** The whole of the proxy, without connections, octets in pieces and time. */
export function foresee(steps: readonly Step[], offered: boolean): Foreseen {
  const said: string[] = [];
  const replies: RegExp[] = [];
  const messages: Transaction[] = [];
  const begun = new Set<string>();
  let mail = false;
  let rcpt = false;

  const command = (line: string, expected: RegExp) => {
    said.push(`${line}\r\n`);
    replies.push(expected);
  };
  for (const [at, step] of steps.entries()) {
    if (step === 'NOOP') command(step, /^250 /);
    else if (step === 'VRFY ada') command(step, /^252 /);
    else if (step === 'STARTTLS') command(step, /^50\d /);
    else if (step === 'MAIL') {
      command('MAIL FROM:<early@example.org>', mail ? /^503 / : /^250 /);
      mail = true;
    } else if (step === 'RCPT') {
      command('RCPT TO:<early@example.net>', mail ? /^250 / : /^503 /);
      rcpt ||= mail;
    } else if (step === 'DATA') {
      if (!rcpt) command(step, /^503 /);
    } else {
      // A message begins with RSET, so that it is not one with what was said before.
      command('RSET', /^250 /);
      mail = rcpt = false;
      if (step === 'RSET') continue;
      const name = `m${at}`;
      command(`MAIL FROM:<${name}@example.org>`, /^250 /);
      command(`RCPT TO:<${step.answer}.${name}@example.net>`, /^250 /);
      command('DATA', /^354 /);
      said.push(`${written(step)}.\r\n`);
      replies.push(verdict(step, name, offered));
      if (isRefusedByHeader(step, offered)) continue;
      const heard = transaction(step, name);
      begun.add(heard.mail);
      if (!isBadlyFramed(step)) messages.push(heard);
    }
  }
  return { said: said.join(''), replies, messages, begun };
}

/** As the server of the model answers. */
export function answerOf({ rcpt }: Transaction): string {
  const [, answer = '', name = ''] = /<(\w+)\.(\w+)@/.exec(rcpt[0] ?? '') ?? [];
  const found = Object.entries(ANSWERS).find(([key]) => key === answer);
  return found === undefined ? '554 5.3.0 nobody knows this message' : found[1](name);
}

function written({ fieldsBefore, asking, fieldsAfter, body }: Message): string {
  const fields = [...fieldsBefore, asking[0], ...fieldsAfter].join('');
  return body === undefined ? fields : `${fields}\r\n${body}`;
}

function transaction(message: Message, name: string): Transaction {
  const parameter = message.asked === 'required' ? ' REQUIRETLS' : '';
  const [, becomes] = message.asking;
  return {
    mail: `MAIL FROM:<${name}@example.org>${parameter}`,
    rcpt: [`RCPT TO:<${message.answer}.${name}@example.net>`],
    content: written({ ...message, asking: [becomes, becomes] }),
    isWhole: true,
  };
}

function isRefusedByHeader({ asked }: Message, offered: boolean): boolean {
  return asked === 'unclear' || (asked === 'required' && !offered);
}

function isBadlyFramed({ body }: Message): boolean {
  return body?.endsWith(NO_FINAL_DOT) === true;
}

function verdict(message: Message, name: string, offered: boolean): RegExp {
  // Whichever of the two is found first.
  if (isBadlyFramed(message)) return /^(?:554 5\.6\.0|550 5\.7\.30) /;
  if (message.asked === 'unclear') return /^554 5\.6\.0 /;
  if (message.asked === 'required' && !offered) return /^550 5\.7\.30 /;
  switch (message.answer) {
    case 'takes':
      return new RegExp(`^250 2\\.0\\.0 queued as ${name}\r\n$`);
    case 'defers':
      return new RegExp(`^451 4\\.3\\.0 .* not sent: later, ${name}\r\n$`);
    case 'rejects':
      return new RegExp(`^554-5\\.7\\.1 .* not sent: not you,\r\n554 5\\.7\\.1 ${name}\r\n$`);
    case 'mumbles':
      return /^451 4\.4\.2 .* may have been delivered/;
  }
}
