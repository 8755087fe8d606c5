import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import type { UpstreamServer } from '../../shared/submission/upstream-url.ts';
import type { Trust } from '../submission/tls-profile.ts';
import { demoCertificate } from './demo-certificate.ts';

/** One message as the demo's submission server saw it. */
export type DemoArrival = {
  /** MAIL and RCPT as they came. */
  readonly envelope: readonly string[];
  /** TLS version and cipher. */
  readonly tls: string;
  /** Octets, dots unstuffed. */
  readonly message: Buffer;
};

/** A line of a dialogue with its speaker: `C` the client, `S` the server. */
export type DialogueLine = { readonly by: 'C' | 'S'; readonly text: string };

export type DemoServer = AsyncDisposable & {
  readonly server: UpstreamServer;
  readonly trust: Trust;
  /** Every line inside TLS so far, content of messages aside. */
  readonly dialogue: readonly DialogueLine[];
};

const HOST = 'localhost';

/** Stands in a dialogue for what came between 354 and the final dot. */
export const THE_MESSAGE = '(the message)';

/**
 * An embedded submission server with TLS from the start, on loopback, which takes every message
 * and keeps none. Lenient where a real one is strict: it is made to show, not to be relied on.
 */
export async function startDemoServer(options: {
  readonly offersRequireTls: boolean;
  readonly onMessage?: (arrival: DemoArrival) => void;
}): Promise<DemoServer> {
  const { ca, cert, key } = await demoCertificate(HOST);
  const dialogue: DialogueLine[] = [];

  const server = new SMTPServer({
    name: HOST,
    secure: true,
    cert,
    key,
    minVersion: 'TLSv1.2',
    hideREQUIRETLS: !options.offersRequireTls,
    hideDSN: false,
    authOptional: true,
    disableReverseLookup: true,
    maxAllowedUnauthenticatedCommands: false,
    logger: dialogueLogger(dialogue),
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'demo' }),
    onData: (stream, session, done) => {
      const blocks: Buffer[] = [];
      stream.on('data', (block: Buffer) => blocks.push(block));
      stream.on('end', () => {
        options.onMessage?.({
          envelope: lastEnvelope(dialogue),
          tls: session.tlsOptions ? `${session.tlsOptions.version} ${session.tlsOptions.name}` : '',
          message: Buffer.concat(blocks),
        });
        done(null, 'OK: shown by the demo and thrown away');
      });
    },
  });
  server.on('error', () => undefined); // a client that breaks off; the proxy tells of it
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    server: { host: HOST, port, tls: 'implicit' },
    trust: [ca],
    dialogue,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** smtp-server tells its logger each line of the dialogue, credentials already hidden. */
function dialogueLogger(dialogue: DialogueLine[]) {
  const note = (_entry: object, format: string, ...values: unknown[]) => {
    const by = format.startsWith('C:') ? 'C' : format.startsWith('S:') ? 'S' : undefined;
    if (by === undefined) return;
    const text = [format.slice(2).trim(), ...values].join(' ').trim();
    const shown = format.includes('bytes of DATA') ? THE_MESSAGE : text;
    dialogue.push(...shown.split('\r\n').map((line) => ({ by, text: line }) as const));
  };
  return { trace: ignore, debug: note, info: ignore, warn: ignore, error: ignore, fatal: ignore };
}

function ignore(): void {}

function lastEnvelope(dialogue: readonly DialogueLine[]): readonly string[] {
  const from = dialogue.findLastIndex(({ by, text }) => by === 'C' && /^MAIL FROM:/i.test(text));
  return dialogue
    .slice(from)
    .filter(({ by, text }) => by === 'C' && /^(?:MAIL FROM|RCPT TO):/i.test(text))
    .map(({ text }) => text);
}
