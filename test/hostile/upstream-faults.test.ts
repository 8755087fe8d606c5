import { expect, test } from 'vitest';
import { TLS_MODES, type TlsMode } from '../protocol/relayed-session.ts';
import { attackedSession, TIMEOUT_MS, type Heard } from './attacked-session.ts';
import { EVIL, FAULTS } from './faults.ts';
import { STATES, type State } from './server-state.ts';

/** A session meets two deadlines at most after the fault, and the machine may be busy. */
const LIMIT_MS = 2 * TIMEOUT_MS + 4000;

const BEFORE_TLS: readonly State[] = ['greeting', 'EHLO before TLS', 'STARTTLS'];

/** With STARTTLS, a server has greeted by the time it is inside TLS. */
function has(mode: TlsMode, state: State): boolean {
  return mode === 'implicit' ? !BEFORE_TLS.includes(state) : state !== 'greeting inside TLS';
}

test.for(STATES)(
  'whatever a server does wrong at %s, the mail program hears in time, and nothing counts as sent',
  async (at) => {
    const cases = TLS_MODES.filter((mode) => has(mode, at)).flatMap((mode) =>
      Object.keys(FAULTS).map((fault) => [mode, fault] as const),
    );
    const outcomes = await Promise.all(
      cases.map(
        async ([mode, fault]) => [`${mode}: ${fault}`, await wrongWith(mode, at, fault)] as const,
      ),
    );
    const wrong = outcomes.filter(([, found]) => found.length > 0);
    expect(Object.fromEntries(wrong)).toEqual({});
  },
);

/** @returns what was not as it has to be */
async function wrongWith(mode: TlsMode, at: State, name: string): Promise<readonly string[]> {
  const fault = FAULTS[name];
  if (fault === undefined) return ['there is no such fault'];
  try {
    const heard = await attackedSession({ mode, at, fault });
    return [
      ...alwaysWrong(heard),
      ...expected(at, name)
        .filter(([part, pattern]) => !pattern.test(heard[part] ?? '(nothing)'))
        .map(([part]) => `${part}: ${heard[part]}`),
    ];
  } catch (error) {
    return [String(error)];
  }
}

const SECRETS = /AUTH|AGFsaWNl|MAIL|RCPT/;

// eslint-disable-next-line no-control-regex -- they are what this is about
const CONTROL = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/;

function alwaysWrong({ greeting, login, first, second, ...heard }: Heard): readonly string[] {
  const said = [greeting, login, first, second].join('');
  return [
    ...(heard.ms > LIMIT_MS ? [`it took ${heard.ms} ms`] : []),
    ...(heard.connections === 1 ? [] : [`${heard.connections} connections`]),
    ...(SECRETS.test(heard.plain) ? [`in clear: ${heard.plain}`] : []),
    ...(CONTROL.test(said) ? [`control characters: ${said}`] : []),
    // A line of JSON writes them as \u001b.
    ...(/\\u00[01]/.test(heard.log) ? [`control characters in the log: ${heard.log}`] : []),
    ...(heard.log.includes(EVIL) ? [`words of the server in the log: ${heard.log}`] : []),
    ...(said.includes(EVIL) ? [`words of the server: ${said}`] : []),
  ];
}

type Part = 'greeting' | 'login' | 'first' | 'second' | 'secured';

const NOTHING = /^\(nothing\)$/;
const SENT = /^250 2\.0\.0 queued\r\n$/;
const NOT_SENT = /^451 4\.4\.0 The connection to localhost failed .* the message was not sent\. /;
const UNKNOWN = /^451 4\.4\.2 localhost took the whole message .* may have been delivered/;
const LOST = /^421 4\.4\.2 The connection to localhost was lost\. Nothing was sent/;

/** The mail program may have said MAIL before the fault arrived. */
const LOST_OR_NOT_SENT = new RegExp(`${LOST.source}|${NOT_SENT.source}`);

/** Not a login, nor an envelope. */
const NO_COMMANDS = /^(?:EHLO \[127\.0\.0\.1\]\r\n)?$/;
const NO_MESSAGE = /^(?!.*\r\n\.\r\n)/s;
const ONE_MESSAGE = /^(?!.*\r\n\.\r\n.*\r\n\.\r\n).*\r\n\.\r\n/s;

/** Nobody can see these in the body: the server may be about to refuse the message. */
const UNSEEN = /^(?:says nothing|drips .* without end|ends a line with LF alone)$/;

const PREPLAYED = 'says the replies to come as well';

function expected(at: State, fault: string): readonly (readonly [Part, RegExp])[] {
  switch (at) {
    case 'greeting': // a reset may come before the connection is there
      return [
        ['greeting', /^421 4\.(?:7\.10 Encryption needed|4\.1 .* cannot be reached): /],
        ['secured', /^$/],
      ];
    case 'EHLO before TLS':
    case 'STARTTLS':
      return [
        ['greeting', /^421 4\.7\.10 Encryption needed: /],
        ['secured', /^$/],
      ];
    case 'handshake':
      return [
        ['greeting', /^(?:421 4|554 5)\.7\.10 Encryption needed: /],
        ['secured', /^$/],
      ];
    case 'greeting inside TLS':
    case 'EHLO':
      return [
        ['greeting', /^421 4\.4\.1 .* cannot be reached/],
        ['secured', NO_COMMANDS],
      ];
    case 'AUTH':
      return fault === PREPLAYED
        ? [
            ['login', /^235 /],
            ['first', LOST],
            ['secured', /^[^]*AUTH [^]*(?<!MAIL[^]*)$/],
          ]
        : [
            ['login', /^454 4\.7\.0 .* did not say whether the login is right/],
            ['first', NOTHING],
          ];
    case 'MAIL':
    case 'RCPT':
    case 'DATA':
      return [
        ['first', NOT_SENT],
        ['second', LOST],
        ['secured', NO_MESSAGE],
      ];
    case 'body':
      if (fault === PREPLAYED)
        return [
          ['first', /^554 5\.5\.0 .* not sent/],
          ['secured', NO_MESSAGE],
        ];
      return UNSEEN.test(fault)
        ? [
            ['first', UNKNOWN],
            ['second', LOST],
            ['secured', ONE_MESSAGE],
          ]
        : [
            ['first', NOT_SENT],
            ['second', LOST],
            ['secured', NO_MESSAGE],
          ];
    case 'final dot':
      return fault === PREPLAYED
        ? [['first', SENT]]
        : [
            ['first', UNKNOWN],
            ['second', LOST],
            ['secured', ONE_MESSAGE],
          ];
    case 'between messages':
      return [
        ['first', SENT],
        ['second', fault === 'says nothing' ? NOT_SENT : LOST_OR_NOT_SENT],
        ['secured', ONE_MESSAGE],
      ];
    case 'QUIT':
      return [
        ['first', SENT],
        ['second', SENT],
      ];
  }
}
