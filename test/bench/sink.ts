import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { deferred } from '../deferred.ts';
import { listeningPort } from '../listening-port.ts';
import { CERTIFICATE_FILE, KEY_FILE } from '../servers/server-certificate.ts';
import { initialResponse } from './login.ts';
import { SinkSession, type SunkMessage } from './sink-session.ts';

export type SinkOptions = {
  readonly tls: 'starttls' | 'implicit';
  /** Where `writeServerCertificate` has written. */
  readonly certificateFolder: string;
  /** Keep what is known about each message, with its hash. */
  readonly recorded: boolean;
};

/** What has come. */
export type SinkCounts = {
  readonly messages: number;
  readonly octets: number;
  readonly recipients: number;
  readonly requireTls: number;
  /** Begun and not ended. */
  readonly aborted: number;
};

const NOTHING: SinkCounts = { messages: 0, octets: 0, recipients: 0, requireTls: 0, aborted: 0 };

/**
 * Starts a submission server that takes every message and keeps none. It is the same for all
 * who are compared, and does as little as a strict server can.
 */
export async function startSink({ tls, certificateFolder, recorded }: SinkOptions) {
  let counts = NOTHING;
  let lastAt = 0;
  let messages: SunkMessage[] = [];
  let awaited = { messages: Infinity, arrived: deferred() };

  const onMessage = (message: SunkMessage) => {
    if (recorded) messages.push(message);
    lastAt = Date.now();
    counts = {
      ...counts,
      messages: counts.messages + 1,
      octets: counts.octets + message.octets,
      recipients: counts.recipients + message.recipients,
      requireTls: counts.requireTls + (message.requireTls ? 1 : 0),
    };
    if (counts.messages >= awaited.messages) awaited.arrived.resolve();
  };
  const onAborted = () => (counts = { ...counts, aborted: counts.aborted + 1 });
  const context = createSecureContext({
    cert: readFileSync(join(certificateFolder, CERTIFICATE_FILE)),
    key: readFileSync(join(certificateFolder, KEY_FILE)),
    minVersion: 'TLSv1.2',
  });
  const rules = { tls, context, login: initialResponse(), hashed: recorded, onMessage, onAborted };
  const server = createServer({ noDelay: true }, (socket) => void new SinkSession(socket, rules));
  const port = await listeningPort(server);

  return {
    port: () => port,
    /** What came since it was asked last, once there are so many messages, and when the last came. */
    countsAt: async (least: number): Promise<{ counts: SinkCounts; lastAt: number }> => {
      awaited = { messages: least, arrived: deferred() };
      if (counts.messages < least) await awaited.arrived.promise;
      const told = counts;
      counts = NOTHING;
      awaited = { messages: Infinity, arrived: deferred() };
      return { counts: told, lastAt };
    },
    /** The messages since it was asked last. */
    messages: (): readonly SunkMessage[] => {
      const told = messages;
      messages = [];
      return told;
    },
    /** Takes no more connections, and waits for the end of those that there are. */
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
