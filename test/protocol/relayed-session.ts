import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import tls, { type SecureContextOptions } from 'node:tls';
import { pino } from 'pino';
import { demoCertificate, type DemoCertificate } from '../../proxy/commands/demo-certificate.ts';
import { DEFAULT_DEADLINES, shortened } from '../../proxy/submission/deadline.ts';
import type { ListenAddress } from '../../proxy/listen-address.ts';
import type { ProbeInbox } from '../../proxy/submission/arriving-probe.ts';
import { Listener } from '../../proxy/submission/listener.ts';
import { NO_RECEIPTS, type ReceiptBook } from '../../proxy/submission/submission-record.ts';
import type { Trust } from '../../proxy/submission/tls-profile.ts';
import { deferred } from '../deferred.ts';
import { listeningPort } from '../listening-port.ts';
import { play } from './dialogue.ts';

/** Where a listener of a test listens. */
export const LOOPBACK = {
  name: '127.0.0.1',
  host: '127.0.0.1',
  port: 0,
  isLoopback: true,
} as const satisfies ListenAddress;

export const TLS_MODES = ['implicit', 'starttls'] as const;
export type TlsMode = (typeof TLS_MODES)[number];

const certificate = await demoCertificate('localhost');
const otherCertificate = await demoCertificate('other.example');

type Session = {
  readonly tls: TlsMode;
  /** How the proxy is told to reach the server. */
  readonly host?: 'localhost' | '127.0.0.1';
  /**
   * What the submission server says and must hear inside TLS, greeting first with implicit TLS,
   * EHLO first with STARTTLS; with several, one for each connection, in their order.
   */
  readonly server: string | readonly string[];
  /** What the mail program says and must hear. */
  readonly mailProgram: string;
  readonly trust?: Trust;
  readonly receipts?: ReceiptBook;
  /** Where probes come out; each is refused without one. */
  readonly probes?: ProbeInbox;
  /** The listener's own, for TLS with the mail program: its script says `TLS` first. */
  readonly ownCertificate?: DemoCertificate;
  readonly timeoutMs?: number;
  /** How long a session that was ready may take to show that it is still there. */
  readonly aliveMs?: number;
  /** How long either side may take for a block of the message. */
  readonly blockMs?: number;
  /** Whether a compose window is open, and its session ready, before the mail program connects. */
  readonly composing?: boolean;
  /** How long all replies to an envelope may take. */
  readonly envelopeMs?: number;
  /** How long an answer is heard that came too late. */
  readonly lateReplyMs?: number;
  readonly certificateFor?: 'localhost' | 'other.example';
  /** What the server's TLS is to be like, where it is not as it should be. */
  readonly serverTls?: SecureContextOptions;
};

/** Before TLS, when the server's script begins inside. */
export const BEFORE_TLS = `
  S: 220 submission.example ESMTP
  C: EHLO [127.0.0.1]
  S: 250-submission.example
  S: 250 STARTTLS
  C: STARTTLS
  S: 220 2.0.0 go ahead
`;

/**
 * Plays a whole session through the real listener, over real TLS: a mail program on one side and
 * the submission server on the other. Fails at the first line that either did not expect.
 *
 * @returns the segments in which the server got its octets, each connection's one after another
 */
export async function relayed(session: Session): Promise<readonly string[]> {
  const scripts = typeof session.server === 'string' ? [session.server] : session.server;
  const segments: string[] = [];
  await using server = await serverPlaying(session, scripts, segments);
  const listener = await Listener.open({
    at: LOOPBACK,
    door: {
      server: { host: session.host ?? 'localhost', port: server.port, tls: session.tls },
      trust: session.trust ?? [certificateOf(session).ca],
      deadlines: shortened(
        {
          ...DEFAULT_DEADLINES,
          aliveMs: session.aliveMs ?? DEFAULT_DEADLINES.aliveMs,
          blockMs: session.blockMs ?? DEFAULT_DEADLINES.blockMs,
          lateReplyMs: session.lateReplyMs ?? DEFAULT_DEADLINES.lateReplyMs,
          envelopeMs: session.envelopeMs ?? DEFAULT_DEADLINES.envelopeMs,
        },
        session.timeoutMs ?? 2000,
      ),
    },
    receipts: session.receipts ?? NO_RECEIPTS,
    probes: session.probes,
    certificate: session.ownCertificate,
    log: pino({ level: 'silent' }),
  });
  if (session.composing === true) await listener.warm.offer();
  const mailProgram = net.connect(listener.port, '127.0.0.1');
  try {
    await Promise.all([
      play(mailProgram, {
        as: 'C',
        text: session.mailProgram,
        onTls: (socket) => secureAsClient(socket, session.ownCertificate?.ca),
      }).then(() => mailProgram.end()),
      server.played,
    ]);
    return segments;
  } finally {
    mailProgram.destroy();
    await listener.stop();
  }
}

async function serverPlaying(session: Session, scripts: readonly string[], segments: string[]) {
  const queue = [...scripts];
  const playing: Promise<void>[] = [];
  const sockets: Socket[] = [];
  const allCame = deferred();

  const server = net.createServer((plain) => {
    plain.on('error', () => undefined);
    sockets.push(plain);
    const text = queue.shift();
    const played =
      text === undefined
        ? Promise.reject(new Error('a connection more than there are scripts'))
        : playServer(session, plain, text, segments);
    played.catch(() => undefined); // told when all are awaited
    playing.push(played);
    if (queue.length === 0) allCame.resolve();
  });
  return {
    port: await listeningPort(server),
    played: allCame.promise.then(() => Promise.all(playing)),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.allSettled(playing);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function playServer(
  session: Session,
  plain: Socket,
  text: string,
  segments: string[],
): Promise<void> {
  // A script that has a line TLS of its own begins before it.
  const before = session.tls === 'starttls' ? `${BEFORE_TLS}\nTLS\n` : 'TLS\n';
  await play(plain, {
    as: 'S',
    text: /^ *TLS$/m.test(text) ? text : before + text,
    async onTls(socket) {
      const secured = await secure(socket, { ...certificateOf(session), ...session.serverTls });
      secured.on('data', (chunk: Buffer) => segments.push(chunk.toString('latin1')));
      return secured;
    },
  });
}

/** @returns the socket as it is when the handshake fails, for the script to see its end */
async function secure(
  socket: Socket,
  { cert, key, ...others }: SecureContextOptions,
): Promise<Socket> {
  const secured = new tls.TLSSocket(socket, {
    isServer: true,
    secureContext: tls.createSecureContext({ ...others, cert, key }),
  });
  secured.on('error', () => undefined);
  return await Promise.race([
    once(secured, 'secure').then(
      () => secured,
      () => socket,
    ),
    once(socket, 'close').then(() => socket),
  ]);
}

async function secureAsClient(socket: Socket, ca: string | undefined): Promise<Socket> {
  const secured = tls.connect({ socket, host: 'localhost', ...(ca === undefined ? {} : { ca }) });
  await once(secured, 'secureConnect');
  return secured;
}

function certificateOf({ certificateFor }: Session): DemoCertificate {
  return certificateFor === 'other.example' ? otherCertificate : certificate;
}
