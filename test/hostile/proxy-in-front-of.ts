import { pino } from 'pino';
import { Listener, type OwnCertificate } from '../../proxy/submission/listener.ts';
import { NO_RECEIPTS } from '../../proxy/submission/submission-record.ts';
import type { WarmUpstream } from '../../proxy/submission/warm-upstream.ts';
import { LOOPBACK, type TlsMode } from '../protocol/relayed-session.ts';
import { root } from './server-certificates.ts';

/** The real listener, in front of a server on this machine that has a certificate of `root`. */
export type Proxy = {
  readonly port: number;
  /** Keeps a session ready. */
  readonly warm: WarmUpstream;
  /** All that it has logged, in lines of JSON. */
  log(): string;
  [Symbol.asyncDispose](): Promise<void>;
};

type Wanted = {
  readonly mode: TlsMode;
  readonly timeoutMs: number;
  readonly blockMs?: number;
  /** For the session to be proved; as long as the rest, unless it is said. */
  readonly provingMs?: number;
  /** For a session that was ready to show that it is still there; likewise. */
  readonly aliveMs?: number;
  /** As if other computers could reach it, with TLS on their connections. */
  readonly openToOthers?: OwnCertificate;
};

export async function proxyInFrontOf(
  server: { readonly port: number; readonly host?: string },
  {
    mode,
    timeoutMs,
    blockMs = timeoutMs,
    provingMs = timeoutMs,
    aliveMs = timeoutMs,
    openToOthers,
  }: Wanted,
): Promise<Proxy> {
  const lines: string[] = [];
  const listener = await Listener.open({
    at: { ...LOOPBACK, isLoopback: openToOthers === undefined },
    certificate: openToOthers,
    door: {
      server: { host: server.host ?? 'localhost', port: server.port, tls: mode },
      trust: [root.cert],
      deadlines: {
        provingMs,
        commandMs: timeoutMs,
        envelopeMs: 5 * timeoutMs,
        blockMs,
        aliveMs,
        finalReplyMs: timeoutMs,
        lateReplyMs: timeoutMs,
      },
    },
    receipts: NO_RECEIPTS,
    log: pino({ level: 'trace' }, { write: (line) => lines.push(line) }),
  });
  return {
    port: listener.port,
    warm: listener.warm,
    log: () => lines.join(''),
    [Symbol.asyncDispose]: () => listener.stop(),
  };
}
