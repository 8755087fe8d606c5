import { ehloKeywords, offersRequireTls } from '../../../shared/submission/ehlo.ts';
import type { ProbeFact } from '../../../shared/forecast/facts.ts';
import type { SmtpReply } from '../../../shared/submission/reply.ts';
import { codeOf, messageOf } from '../../error-message.ts';
import { within } from '../../submission/deadline.ts';
import { UpstreamLost } from '../../submission/reply-reader.ts';
import type { Trust } from '../../submission/tls-profile.ts';
import { IT_CLOSED, type UpstreamWire } from '../../submission/upstream-wire.ts';
import { connectToSee, seenCertificates } from './presented-certificates.ts';

type Ageless<Fact> = Fact extends unknown ? Omit<Fact, 'ageMs'> : never;
/** As a fact, but for its age. */
export type Look = Ageless<ProbeFact>;

export type LookedAt = {
  readonly look: Look;
  /** When a certificate that was seen expires. */
  readonly currentUntil?: number | undefined;
};

export type MailServer = {
  readonly host: string;
  /** By which it is asked for its certificate: an alias may have another one there. */
  readonly serverName: string;
  readonly trust: Trust;
  /** Who we say we are: an address literal, so that the machine's name is not told. */
  readonly ehloName: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

const NO_STARTTLS: LookedAt = { look: { kind: 'no STARTTLS' } };

/** How long the server may take to say goodbye. */
const QUIT_MS = 1000;

/**
 * Looks at what a mail server offers, as a relay does before it has anything to say: EHLO, STARTTLS,
 * and EHLO inside TLS, whose offer alone counts (RFC 8689 §2). There is no MAIL in this file.
 */
export async function lookAt(wire: UpstreamWire, server: MailServer): Promise<LookedAt> {
  try {
    return await sessionWith(wire, server);
  } catch (error) {
    if (!(error instanceof UpstreamLost)) throw error;
    // Whatever else loses it is what no mail server says; also replies that somebody put behind the
    // 220 to STARTTLS (RFC 3207 §6).
    const isBroken = error === IT_CLOSED || codeOf(error.cause) !== '';
    return notSeen(isBroken ? 'connection lost' : 'not SMTP');
  }
}

/** Ends it in words, where there is somebody left to hear them. */
export async function sayGoodbye(wire: UpstreamWire): Promise<void> {
  if (wire.isLost) return;
  await within(QUIT_MS, 'answer to QUIT', said(wire, 'QUIT')).catch(() => undefined);
}

/** @throws UpstreamLost */
async function sessionWith(wire: UpstreamWire, server: MailServer): Promise<LookedAt> {
  const { host, serverName, trust, ehloName, now } = server;
  const greeting = await wire.expectOne();
  if (greeting.code !== 220) return refusedBy(greeting);

  const inClear = await said(wire, `EHLO ${ehloName}`);
  // RFC 5321 §4.2.4: it does not know the command, so it has no extensions.
  if (inClear.code === 500 || inClear.code === 502) return NO_STARTTLS;
  if (inClear.code !== 250) return refusedBy(inClear);
  // Read as loosely as relays do: to try where it is not offered shows no more than there is.
  if (!ehloKeywords(inClear.lines).has('STARTTLS')) return NO_STARTTLS;

  const starting = await said(wire, 'STARTTLS');
  // RFC 3207 §4: 454 is for now; what it does not do at all it says by 5yz.
  if (starting.code >= 500) return NO_STARTTLS;
  if (starting.code !== 220) return refusedBy(starting);

  try {
    const socket = await wire.startTls((plain) => connectToSee(plain, serverName, trust));
    const seen = seenCertificates(socket, host, now());
    const tls = socket.getProtocol();
    if (seen === undefined || tls === null) return tlsFailed(new Error('it has no certificate'));

    const offer = await said(wire, `EHLO ${ehloName}`);
    if (offer.code !== 250) return refusedBy(offer);
    const requireTls = offersRequireTls(ehloKeywords(offer.asSent));
    const { certificates, currentUntil } = seen;
    return { look: { kind: 'seen', tls, certificates, requireTls }, currentUntil };
  } catch (error) {
    if (error instanceof UpstreamLost) throw error;
    return tlsFailed(error);
  }
}

/** @throws UpstreamLost */
async function said(wire: UpstreamWire, line: string): Promise<SmtpReply> {
  const answer = wire.expectOne();
  await wire.write(`${line}\r\n`);
  return await answer;
}

function refusedBy({ code }: SmtpReply): LookedAt {
  return notSeen(code >= 400 ? 'refused us' : 'not SMTP');
}

/** A handshake that the network broke off says nothing of the server. */
function tlsFailed(error: unknown): LookedAt {
  const code = codeOf(error);
  if (/^(?:ECONN|ETIMEDOUT$|EPIPE$|ENET|EHOST)/.test(code)) return notSeen('connection lost');
  return { look: { kind: 'TLS failed', detail: code === '' ? messageOf(error) : code } };
}

function notSeen(why: Extract<Look, { kind: 'not seen' }>['why']): LookedAt {
  return { look: { kind: 'not seen', why } };
}
