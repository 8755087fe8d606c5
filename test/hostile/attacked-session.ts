import type { TlsMode } from '../protocol/relayed-session.ts';
import { waitUntil } from '../wait-until.ts';
import { HostileServer, type Fault } from './hostile-server.ts';
import { STATES, type State } from './server-state.ts';
import { MailProgram } from './mail-program.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { leaf } from './server-certificates.ts';

const certificate = await leaf();

/** Of each wait of the proxy for the server: more than a busy machine stands still. */
export const TIMEOUT_MS = 2_500;

/** For what goes well, however busy this machine is. */
const AMPLE_MS = 20_000;

const PROVING: readonly State[] = STATES.slice(0, STATES.indexOf('AUTH'));

/** Longer than the proxy waits for the end after its QUIT, or for a late answer. */
const LEFT_MS = 8000;

/** Longer than the end of a connection takes to be seen by the other side on this machine. */
const SEEN_MS = 300;

/** An attack that never comes proves nothing. */
const NOTHING_WRONG = () => 'the server does nothing wrong';

export type Attack = { readonly mode: TlsMode; readonly at: State; readonly fault: Fault };

/** What a mail program hears that sends two messages while the server does wrong in one state. */
export type Heard = {
  readonly greeting: string;
  readonly login?: string | undefined;
  /** The last reply to the first message: to MAIL when it was refused there. */
  readonly first?: string | undefined;
  readonly second?: string | undefined;
  /** From the fault to the end of the session; less than nothing where the fault comes later. */
  readonly ms: number;
  readonly connections: number;
  readonly plain: string;
  readonly secured: string;
  readonly log: string;
};

/**
 * Sends two messages through a proxy whose server does wrong in one state. With implicit TLS the
 * server offers PIPELINING, with STARTTLS it does not.
 *
 * @throws Error when the mail program is left without a reply, or a connection stays open
 */
export async function attackedSession({ mode, at, fault }: Attack): Promise<Heard> {
  await using server = await HostileServer.start({
    mode,
    pipelining: mode === 'implicit',
    certificate,
    at,
    fault,
  });
  await using proxy = await proxyInFrontOf(server, {
    mode,
    timeoutMs: TIMEOUT_MS,
    provingMs: PROVING.includes(at) ? TIMEOUT_MS : AMPLE_MS,
  });
  using mailProgram = await MailProgram.connect(proxy.port);
  let attackedAt: number | undefined;
  void server.attacked.then(() => (attackedAt = performance.now()));
  const attacked = async (meanwhile: () => void) => {
    const happened = () => {
      if (attackedAt === undefined) meanwhile();
      return attackedAt !== undefined;
    };
    await waitUntil(happened, LEFT_MS, NOTHING_WRONG);
    // A proxy that sees the fault lets go of the server; there are faults that nobody can see.
    await waitUntil(
      () => server.isLeft,
      SEEN_MS,
      () => '',
    ).catch(() => undefined);
  };
  const replies = await twoMessages(mailProgram, at, attacked);
  const endedAt = performance.now(); // at QUIT it ends before the fault
  await waitUntil(
    () => server.isLeft,
    LEFT_MS,
    () => 'the proxy does not let go of the server',
  );
  const ms = endedAt - (await waitUntil(() => attackedAt, LEFT_MS, NOTHING_WRONG));
  return { ...replies, ms, connections: server.connections, ...server.heard, log: proxy.log() };
}

async function twoMessages(
  mailProgram: MailProgram,
  at: State,
  attacked: (meanwhile: () => void) => Promise<void>,
) {
  const greeting = await mailProgram.reply('the connection');
  if (!greeting.startsWith('220')) {
    await leave(mailProgram, greeting);
    return { greeting };
  }
  await mailProgram.ask('EHLO [127.0.0.1]');
  const login = await mailProgram.ask('AUTH PLAIN AGFsaWNlAHNlY3JldA==');
  if (!login.startsWith('235')) {
    await leave(mailProgram, login);
    return { greeting, login };
  }
  // The proxy keeps the last block that it has, to send it with the final dot.
  const more = () => mailProgram.say('another line\r\n');
  const first = await message(mailProgram, at === 'body' ? () => attacked(more) : undefined);
  if (at === 'between messages') await attacked(() => undefined);
  const second = first.startsWith('421') ? undefined : await message(mailProgram, undefined);
  await leave(mailProgram, second ?? first);
  return { greeting, login, first, second };
}

/** @returns the last reply to it: a refusal may come at any step */
async function message(
  mailProgram: MailProgram,
  atHalf: (() => Promise<void>) | undefined,
): Promise<string> {
  for (const command of ['MAIL FROM:<ada@example.org>', 'RCPT TO:<grace@example.net>', 'DATA']) {
    const reply = await mailProgram.ask(command);
    if (!/^(?:250|354)/.test(reply)) return reply;
  }
  mailProgram.say('Subject: hi\r\n\r\nfirst half\r\n');
  await atHalf?.();
  mailProgram.say('second half\r\n');
  return await mailProgram.ask('.');
}

async function leave(mailProgram: MailProgram, last: string): Promise<void> {
  if (!last.startsWith('421')) await mailProgram.ask('QUIT');
  await mailProgram.end();
}
