import { offersRequireTls, type EhloKeywords } from './ehlo.ts';
import { encryptionNeeded, requireTlsUnsupported } from './refusals.ts';
import type { SmtpReply } from './reply.ts';
import type { TlsRequirement } from './requirement.ts';

/** What the session with the submission server has proved so far. */
export type ProvedSession = {
  /** Host name from the configuration, A-label form. */
  readonly host: string;
  /** Certificate chain and host name verified. */
  readonly tlsVerified: boolean;
  /** From the EHLO reply that came after TLS; an earlier reply proves nothing. */
  readonly keywords: EhloKeywords;
};

/** What is added to a message on its way. */
export type Addition = 'nothing' | 'REQUIRETLS' | 'TLS-Required: No';

export type RelayDecision =
  | { readonly kind: 'relay'; readonly adding: Addition }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply };

/**
 * Decides how, or whether, a message may go to the submission server (RFC 8689 §4.3). Only
 * `required` to a server that offers REQUIRETLS leads to REQUIRETLS, and no other way leads on
 * from `required`.
 */
export function decideRelay(requirement: TlsRequirement, upstream: ProvedSession): RelayDecision {
  if (!upstream.tlsVerified) return { kind: 'refuse', reply: encryptionNeeded(upstream.host) };

  switch (requirement) {
    case 'default':
      return { kind: 'relay', adding: 'nothing' };
    case 'optional':
      return { kind: 'relay', adding: 'TLS-Required: No' };
    case 'required':
      // RFC 8689 §2: the parameter is used only where the server offers it.
      return offersRequireTls(upstream.keywords)
        ? { kind: 'relay', adding: 'REQUIRETLS' }
        : { kind: 'refuse', reply: requireTlsUnsupported(upstream.host) };
  }
}
