import type { Logger } from 'pino';
import { offeredMechanisms, passedMechanisms } from '../../shared/submission/ehlo.ts';
import { noMechanismToPass } from '../../shared/submission/refusals.ts';
import { printable } from '../printable.ts';
import { openUpstream, type OpenedUpstream, type UpstreamDoor } from './upstream.ts';

/**
 * Proves a session that mail can go through: verified TLS, then an offer under which whoever has
 * to log in can do so. The outcome stands in the log.
 *
 * @param signal ends the attempt when nobody is left to hear of it
 */
export async function proveSession(
  door: UpstreamDoor,
  signal: AbortSignal,
  log: Logger,
): Promise<OpenedUpstream> {
  const { host } = door.server;
  const opened = withLogin(await openUpstream(door, signal));
  if (opened.kind === 'proved') {
    log.info({ event: 'proved', host, tls: opened.session.tls.version });
  } else if (!signal.aborted) {
    log.warn({ event: 'unproved', host, reply: printable(String(opened.reply)) });
  }
  return opened;
}

function withLogin(opened: OpenedUpstream): OpenedUpstream {
  if (opened.kind === 'unproved') return opened;
  const { session } = opened;
  const offered = offeredMechanisms(session.keywords);
  if (offered.length === 0 || passedMechanisms(session.keywords).length > 0) return opened;

  session.wire.quit();
  return {
    kind: 'unproved',
    stage: 'inside TLS',
    reply: noMechanismToPass(session.host, offered),
    reason: `it offers only ways to log in that this proxy cannot pass on (${offered.join(', ')})`,
  };
}
