import { pino } from 'pino';
import { DEFAULT_DEADLINES, shortened } from '../../proxy/submission/deadline.ts';
import { Listener } from '../../proxy/submission/listener.ts';
import { NO_RECEIPTS } from '../../proxy/submission/submission-record.ts';
import { LOOPBACK, type TlsMode } from '../protocol/relayed-session.ts';
import { root } from './server-certificates.ts';

/** The real listener, in front of a server on this machine that has a certificate of `root`. */
export type Proxy = { readonly port: number; [Symbol.asyncDispose](): Promise<void> };

export async function proxyInFrontOf(
  server: { readonly port: number },
  { mode, timeoutMs, blockMs = timeoutMs }: { mode: TlsMode; timeoutMs: number; blockMs?: number },
): Promise<Proxy> {
  const listener = await Listener.open({
    at: LOOPBACK,
    door: {
      server: { host: 'localhost', port: server.port, tls: mode },
      trust: [root.cert],
      deadlines: shortened({ ...DEFAULT_DEADLINES, blockMs, lateReplyMs: timeoutMs }, timeoutMs),
    },
    receipts: NO_RECEIPTS,
    log: pino({ level: 'silent' }),
  });
  return { port: listener.port, [Symbol.asyncDispose]: () => listener.stop() };
}
