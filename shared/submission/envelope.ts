import { sizeLimitOctets, type EhloKeywords } from './ehlo.ts';
import {
  commandSyntax,
  messageTooLarge,
  parameterUnknown,
  requireTlsAsParameter,
} from './refusals.ts';
import type { SmtpReply } from './reply.ts';

/** MAIL or RCPT as the mail program wrote it (RFC 5321 §4.1.1.2, §4.1.1.3); octet strings. */
export type EnvelopeCommand = {
  /** With its angle brackets, exactly as written. */
  readonly path: string;
  /** `SIZE=1234`, `BODY=8BITMIME`, …, exactly as written; never REQUIRETLS, which is a requirement. */
  readonly parameters: readonly string[];
};

export type Envelope = {
  readonly mail: MailCommand;
  readonly rcpt: readonly EnvelopeCommand[];
};

/** MAIL may ask for REQUIRETLS itself (RFC 8689 §2). */
export type MailCommand = EnvelopeCommand & { readonly asksRequireTls: boolean };

export type Parsed<Line> =
  | { readonly kind: 'command'; readonly command: Line }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply };

/**
 * A quoted local part may hold `>` and blanks (RFC 5321 §4.1.2). Control characters stand in no
 * path: a server that takes a bare CR for the end of a line would read a second command there.
 */
const PATH = String.raw`<(?:"(?:\\[ -~]|[^"\\\x00-\x1f\x7f])*"|[^"<> \x00-\x1f\x7f])*>`;

/**
 * Twice what RFC 5321 §4.5.3.1.3 allows. A server that cuts long lines off would lose the
 * REQUIRETLS behind the path, or take the rest of it for a command.
 */
const MAX_PATH_OCTETS = 512;

/** What a parameter needs: the EHLO keyword that announces it, and its value with the `=`. */
type ParameterRule = { readonly keyword: string; readonly value: RegExp };

type Command = {
  readonly grammar: RegExp;
  readonly example: string;
  readonly known: Readonly<Record<string, ParameterRule>>;
};

const MAIL: Command = {
  grammar: new RegExp(String.raw`^MAIL FROM: ?(${PATH})((?: +[^ ]+)*) *$`, 'i'),
  example: 'MAIL FROM:<address>',
  known: {
    SIZE: { keyword: 'SIZE', value: /^=[0-9]{1,20}$/ }, // RFC 1870 §6
    BODY: { keyword: '8BITMIME', value: /^=(?:7BIT|8BITMIME)$/i }, // RFC 6152 §2
    SMTPUTF8: { keyword: 'SMTPUTF8', value: /^$/ }, // RFC 6531 §3.4
    RET: { keyword: 'DSN', value: /^=(?:FULL|HDRS)$/i }, // RFC 3461 §4.3
    ENVID: { keyword: 'DSN', value: /^=[!-~]{1,100}$/ }, // RFC 3461 §4.4
    AUTH: { keyword: 'AUTH', value: /^=[!-~]{1,500}$/ }, // RFC 4954 §5
    REQUIRETLS: { keyword: 'REQUIRETLS', value: /^$/ }, // RFC 8689 §2
  },
};

const RCPT: Command = {
  grammar: new RegExp(String.raw`^RCPT TO: ?(${PATH})((?: +[^ ]+)*) *$`, 'i'),
  example: 'RCPT TO:<address>',
  known: {
    NOTIFY: { keyword: 'DSN', value: /^=[A-Z,]{1,30}$/i }, // RFC 3461 §4.1
    ORCPT: { keyword: 'DSN', value: /^=[!-~\u0080-\u00ff]{1,500}$/ }, // RFC 3461 §4.2
  },
};

/** Who a command is for. */
export type Receiver = {
  /** The submission server's name, and what it offers. */
  readonly host: string;
  readonly keywords: EhloKeywords;
  /** Whether the mail program's own connection is TLS. */
  readonly overTls: boolean;
};

/**
 * Reads a MAIL command without changing it. A parameter that the submission server does not
 * offer is refused, never dropped: the mail program would believe in it (RFC 5321 §4.1.1.11).
 */
export function parseMail(line: string, receiver: Receiver): Parsed<MailCommand> {
  const parsed = parse(line, MAIL, receiver);
  if (parsed.kind === 'refuse') return parsed;

  const limit = sizeLimitOctets(receiver.keywords);
  if (limit !== undefined && announcedOctets(parsed.command) > limit) {
    return { kind: 'refuse', reply: messageTooLarge(receiver.host, limit) };
  }
  const { path, parameters } = parsed.command;
  const others = parameters.filter((parameter) => !/^REQUIRETLS$/i.test(parameter));
  const asksRequireTls = others.length < parameters.length;
  return { kind: 'command', command: { path, parameters: others, asksRequireTls } };
}

/** Reads a RCPT command without changing it. */
export function parseRcpt(line: string, receiver: Receiver): Parsed<EnvelopeCommand> {
  return parse(line, RCPT, receiver);
}

function parse(
  line: string,
  { grammar, example, known }: Command,
  receiver: Receiver,
): Parsed<EnvelopeCommand> {
  const [, path, rest = ''] = grammar.exec(line) ?? [];
  if (path === undefined || path.length > MAX_PATH_OCTETS) {
    return { kind: 'refuse', reply: commandSyntax(example) };
  }

  const parameters = rest.split(' ').filter((word) => word !== '');
  const given = new Set<string>();
  for (const parameter of parameters) {
    const name = nameOf(parameter);
    const keyword = name.toUpperCase();
    const rule = known[keyword];
    if (keyword === 'REQUIRETLS' && !receiver.overTls) {
      return { kind: 'refuse', reply: requireTlsAsParameter() };
    }
    if (rule === undefined || !receiver.keywords.has(rule.keyword)) {
      return { kind: 'refuse', reply: parameterUnknown(name, receiver.host) };
    }
    if (!rule.value.test(parameter.slice(name.length))) {
      return { kind: 'refuse', reply: commandSyntax(`a right value for ${name}`) };
    }
    // RFC 3461 §4: once. Of two sizes, which would the server believe?
    if (given.has(keyword)) return { kind: 'refuse', reply: commandSyntax(`${name} once`) };
    given.add(keyword);
  }
  return { kind: 'command', command: { path, parameters } };
}

/**
 * Whether an envelope that was written for one session can go out in another, whose server may
 * offer less.
 *
 * @returns the name of a parameter that is not offered there
 */
export function parameterNotOffered(
  { mail, rcpt }: Envelope,
  keywords: EhloKeywords,
): string | undefined {
  const given = [
    ...mail.parameters.map((parameter) => [MAIL, nameOf(parameter)] as const),
    ...rcpt.flatMap(({ parameters }) => parameters.map((one) => [RCPT, nameOf(one)] as const)),
  ];
  const missing = given.find(([{ known }, name]) => {
    const rule = known[name.toUpperCase()];
    return rule === undefined || !keywords.has(rule.keyword);
  });
  return missing?.[1];
}

function nameOf(parameter: string): string {
  return parameter.split('=', 1)[0] ?? '';
}

function announcedOctets({ parameters }: EnvelopeCommand): number {
  const size = parameters.find((parameter) => /^SIZE=/i.test(parameter));
  return size === undefined ? 0 : Number(size.slice('SIZE='.length));
}

/**
 * The commands to send to the submission server. With REQUIRETLS, RET=FULL becomes RET=HDRS: a
 * bounce carries headers only (RFC 8689 §5), and must not promise more. REQUIRETLS comes first: a
 * server that cuts long lines off would lose it silently at the end.
 */
export function envelopeLines(
  { mail, rcpt }: Envelope,
  adding: 'nothing' | 'REQUIRETLS',
): readonly string[] {
  const parameters =
    adding === 'REQUIRETLS'
      ? ['REQUIRETLS', ...mail.parameters.map((p) => (/^RET=FULL$/i.test(p) ? 'RET=HDRS' : p))]
      : mail.parameters;
  return [
    ['MAIL FROM:' + mail.path, ...parameters].join(' '),
    ...rcpt.map((recipient) => ['RCPT TO:' + recipient.path, ...recipient.parameters].join(' ')),
  ];
}
