import { SMTPServer } from 'smtp-server';
import { listeningPort } from './listening-port.ts';

/** A plain submission server that takes everything and keeps it. */
export type Recorder = AsyncDisposable & {
  readonly port: number;
  /** How many mail programs connected so far. */
  connections(): number;
  messages(): readonly string[];
};

export async function startRecorder(): Promise<Recorder> {
  let connections = 0;
  const messages: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        messages.push(Buffer.concat(chunks).toString('latin1'));
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
