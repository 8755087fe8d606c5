import net, { type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { listeningPort } from '../listening-port.ts';

/**
 * Where something can go wrong, in the order of a session. `AUTH command` is before any password,
 * `AUTH` after it, `body` is the first line of the message.
 */
export type Place =
  | 'connection'
  | 'greeting'
  | 'EHLO'
  | 'AUTH command'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'body'
  | 'dot';

/** What the server does at that place: it gives another reply, or goes away. */
export type Fault = {
  readonly at: Place;
  readonly does: { readonly reply: string } | 'hang up' | 'answer and hang up' | 'stay silent';
  /** Goes wrong this often and then never again; without it, each time. */
  readonly times?: number;
};

/** A submission server that goes wrong where it is told to. */
export type ScriptedServer = AsyncDisposable & {
  readonly port: number;
  /** How many mail programs are connected now. */
  connections(): number;
  /** Every command since the start, as it was written. */
  commands(): readonly string[];
  /** The messages it has taken responsibility for. */
  accepted(): readonly string[];
  /** Goes wrong in another place, or no more. */
  playFrom(fault: Fault | undefined): void;
  /** Breaks off every connection that there is, now. */
  loseConnections(): void;
};

const EHLO_REPLY = [
  '250-upstream.example',
  '250-PIPELINING',
  '250-SIZE 50000000',
  '250-8BITMIME',
  '250-AUTH PLAIN LOGIN',
  '250-REQUIRETLS',
  '250 ENHANCEDSTATUSCODES',
].join('\r\n');

/** @param listener without one it speaks in the clear; a TLS server makes it speak inside TLS */
export async function scriptedServer(
  firstFault?: Fault,
  listener: net.Server = net.createServer(),
): Promise<ScriptedServer> {
  let fault = firstFault;
  let played = 0;
  const commands: string[] = [];
  const accepted: string[] = [];
  const connections = new Set<Socket>();
  const loseConnections = () => {
    for (const socket of connections) socket.destroy();
  };

  const accept = (socket: Socket) => {
    let silent = false;
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    const session: Session = {
      socket,
      say(place, usual) {
        if (silent) return false;
        const does = fault?.at === place && played < (fault.times ?? Infinity) ? fault.does : usual;
        if (does === usual) {
          if (usual !== '') socket.write(`${usual}\r\n`);
          return true;
        }
        played += 1;
        if (typeof does === 'object') socket.write(`${does.reply}\r\n`);
        else if (does === 'hang up') socket.destroy();
        else if (does === 'answer and hang up') socket.end(`${usual}\r\n`);
        else silent = true;
        return false;
      },
      heard: (command) => commands.push(command),
      took: (message) => accepted.push(message),
    };
    // A connection that breaks off in the middle is what this server is for.
    converse(session).catch(() => socket.destroy());
  };
  listener.on(listener instanceof TlsServer ? 'secureConnection' : 'connection', accept);

  return {
    port: await listeningPort(listener),
    connections: () => connections.size,
    commands: () => commands,
    accepted: () => accepted,
    playFrom(next) {
      fault = next;
      played = 0;
    },
    loseConnections,
    async [Symbol.asyncDispose]() {
      loseConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

type Session = {
  readonly socket: Socket;
  /** Says what is usual at this place, or goes wrong; true when it went as usual. */
  readonly say: (place: Place, usual: string) => boolean;
  readonly heard: (command: string) => void;
  readonly took: (message: string) => void;
};

async function converse(session: Session): Promise<void> {
  const { socket, say } = session;
  const lines = linesFrom(socket);
  say('connection', '');
  say('greeting', '220 upstream.example ESMTP');
  for await (const line of lines) {
    session.heard(line);
    const [verb = ''] = line.toUpperCase().split(/[ :]/);
    if (verb === 'EHLO') say('EHLO', EHLO_REPLY);
    else if (verb === 'AUTH' && say('AUTH command', '')) await logIn(session, line, lines);
    else if (verb === 'MAIL') say('MAIL', '250 2.1.0 sender');
    else if (verb === 'RCPT') say('RCPT', '250 2.1.5 recipient');
    else if (verb === 'DATA' && say('DATA', '354 go on')) await takeMessage(session, lines);
    else if (verb === 'QUIT') socket.end('221 2.0.0 bye\r\n');
    else if (verb !== 'AUTH' && verb !== 'DATA') socket.write('250 2.0.0 fine\r\n');
  }
}

type Lines = AsyncIterator<string, void>;

/** RFC 4954 §4: PLAIN with or without its initial response, and LOGIN. Any password will do. */
async function logIn(session: Session, command: string, lines: Lines): Promise<void> {
  const [, mechanism, initial] = command.toUpperCase().split(' ');
  const challenges = mechanism === 'LOGIN' ? ['VXNlcm5hbWU6', 'UGFzc3dvcmQ6'] : [''];
  for (const challenge of initial === undefined ? challenges : []) {
    session.socket.write(`334 ${challenge}\r\n`);
    await lines.next();
  }
  session.say('AUTH', '235 2.7.0 logged in');
}

async function takeMessage({ say, took }: Session, lines: Lines): Promise<void> {
  const message: string[] = [];
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done === true) return;
    if (line === '.') break;
    if (message.length === 0) say('body', '');
    message.push(line.replace(/^\./, ''));
  }
  if (say('dot', '250 2.0.0 taken')) took(message.join('\r\n'));
}

/** Many lines may come at a time (RFC 2920), and one line in several pieces. */
async function* linesFrom(socket: Socket): AsyncGenerator<string, void> {
  let rest = '';
  for await (const octets of socket) {
    const lines = (rest + String(octets)).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (socket.destroyed) return;
      yield line;
    }
  }
}
