import { type ProxyProcess, startProxy } from '../proxy-process.ts';
import { startDovecot } from './dovecot.ts';
import { startExim } from './exim.ts';
import { startPostfix } from './postfix.ts';
import type { SubmissionServer } from './submission-server.ts';

const STARTS = {
  'Postfix 3.11': () => startPostfix('3.11'),
  'Postfix 3.7': () => startPostfix('3.7'),
  'Exim 4.96': () => startExim(),
  'Dovecot 2.3': () => startDovecot(),
} as const;

/** The servers by name; Debian forky may have a later Postfix than 3.11 by now. */
export type ServerName = keyof typeof STARTS;

/** A way from the proxy to a submission server. */
export type Route = { readonly server: ServerName; readonly tls: 'implicit TLS' | 'STARTTLS' };

export const ROUTES_WITH_REQUIRETLS: readonly Route[] = [
  { server: 'Postfix 3.11', tls: 'implicit TLS' },
  { server: 'Postfix 3.11', tls: 'STARTTLS' },
];

export const ROUTES_WITHOUT_REQUIRETLS: readonly Route[] = [
  { server: 'Postfix 3.7', tls: 'implicit TLS' },
  { server: 'Postfix 3.7', tls: 'STARTTLS' },
  { server: 'Exim 4.96', tls: 'implicit TLS' },
  { server: 'Exim 4.96', tls: 'STARTTLS' },
  { server: 'Dovecot 2.3', tls: 'implicit TLS' },
  { server: 'Dovecot 2.3', tls: 'STARTTLS' },
];

export const ROUTES: readonly Route[] = [...ROUTES_WITH_REQUIRETLS, ...ROUTES_WITHOUT_REQUIRETLS];

export async function startServerOf({ server }: Pick<Route, 'server'>): Promise<SubmissionServer> {
  return await STARTS[server]();
}

export async function startProxyTo(
  server: SubmissionServer,
  { tls }: Pick<Route, 'tls'>,
): Promise<ProxyProcess> {
  const upstream =
    tls === 'STARTTLS'
      ? `submission://localhost:${server.starttlsPort}`
      : `submissions://localhost:${server.tlsPort}`;
  return await startProxy(upstream, server.caFile);
}
