import { SMTPServer } from 'smtp-server';
import { Message } from './message.ts';
import { listeningPort } from '../listening-port.ts';

/**
 * A plain submission server that takes everything, with any login, and keeps it. It stands for
 * the proxy where only Thunderbird's part is asked for, and for a server that is not the proxy.
 */
export type Recorder = AsyncDisposable & {
  readonly port: number;
  /** How many mail programs connected so far. */
  connections(): number;
  messages(): readonly Message[];
};

export async function startRecorder(): Promise<Recorder> {
  let connections = 0;
  const messages: Message[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    disableReverseLookup: true,
    // Thunderbird keeps its connection for 5 seconds after a message; nobody waits for that.
    closeTimeout: 1,
    logger: false,
    onAuth({ username }, _session, callback) {
      callback(null, { user: username });
    },
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        messages.push(new Message(Buffer.concat(chunks)));
        callback();
      });
    },
  });
  // A mail program that goes away in the middle is no fault of the test.
  server.on('error', () => undefined);
  const port = await listeningPort(server.server);

  return {
    port,
    connections: () => connections,
    messages: () => messages,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
