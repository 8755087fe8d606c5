import {
  refusedInGreeting,
  tlsNotAvailableNow,
  tlsNotVerified,
  upstreamUnreachable,
} from '../../shared/submission/refusals.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { codeOf, messageOf } from '../error-message.ts';
import { UpstreamLost } from './reply-reader.ts';
import { NAMES_NO_HOST } from './tls-profile.ts';

/**
 * The server answered a command, or the connection itself, otherwise than it had to. The message
 * holds the code alone: in clear the text may be anybody's.
 */
export class UpstreamRefused extends Error {
  override readonly name = 'UpstreamRefused';
  readonly reply: SmtpReply;

  /** @param what the command by name, or `the connection` */
  constructor(what: string, reply: SmtpReply) {
    const { code, isTransient } = reply;
    super(
      code < 400
        ? `it answered ${what} with ${code}`
        : `it refused ${what}${isTransient ? ' for now' : ''} (${code})`,
    );
    this.reply = reply;
  }
}

/** How far the proving of a session had come when it failed. */
export type ProvingStage = 'connecting' | 'before TLS' | 'TLS' | 'inside TLS';

const NOT_TRUSTED = 'its certificate comes from an authority that is not trusted here';
const MAY_NOT_ISSUE = 'its certificate was issued by somebody who may not issue any';
const NOT_FOR_THIS_NAME =
  'its certificate comes from an authority that may not vouch for this name';
const OLD_VERSIONS = 'it speaks only versions of TLS that are no longer safe';

/**
 * Sentences for people, each after "because". By the codes of Node and OpenSSL, or in OpenSSL's
 * words where Node knows no code but UNSPECIFIED.
 */
const TLS_FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (is the clock of this computer right?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: 'the chain of its certificate is incomplete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  CERT_UNTRUSTED: NOT_TRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  [NAMES_NO_HOST]: 'its certificate names no host (a common name alone is not enough)',
  CERT_SIGNATURE_FAILURE: 'the signature on its certificate is wrong',
  CERT_REVOKED: 'its certificate was revoked',
  INVALID_PURPOSE:
    'its certificate is not one for servers, or comes from somebody who may not issue any',
  INVALID_CA: MAY_NOT_ISSUE,
  PATH_LENGTH_EXCEEDED: MAY_NOT_ISSUE,
  'key usage does not include certificate signing': MAY_NOT_ISSUE,
  'permitted subtree violation': NOT_FOR_THIS_NAME,
  'excluded subtree violation': NOT_FOR_THIS_NAME,
  'EE certificate key too weak': 'the key of its certificate is too short to be safe',
  'CA certificate key too weak':
    'the key of an authority above its certificate is too short to be safe',
  'CA signature digest algorithm too weak':
    'its certificate is signed in a way that is no longer safe (SHA-1 or older)',
  UNSPECIFIED: 'its certificate cannot be verified',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: OLD_VERSIONS,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: OLD_VERSIONS,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it offers only ciphers that are no longer safe',
};

const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_ADDRFAMILY: 'its name has no address',
  EAI_AGAIN: 'its name could not be looked up',
  EAI_FAIL: 'its name could not be looked up',
  EMFILE: 'this computer has no room for one more connection',
  ENFILE: 'this computer has no room for one more connection',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it broke off the connection',
  ETIMEDOUT: 'it did not answer in time',
  ENETUNREACH: 'there is no way to it from this computer',
  EHOSTUNREACH: 'there is no way to it from this computer',
};

/** Why no session could be proved: for people who ask, and as the greeting of a mail program. */
export type ProvingFault = { readonly reason: string; readonly reply: SmtpReply };

/**
 * Words the fault: a lasting one for a 554, a passing one for a 421. Text that the server sent
 * before TLS may be anybody's and is not repeated.
 */
export function provingFault(host: string, stage: ProvingStage, error: unknown): ProvingFault {
  const code = codeOf(error instanceof UpstreamLost ? error.cause : error);
  const refused = error instanceof UpstreamRefused ? error : undefined;
  // What the system says is no sentence; our own errors have no code.
  const broken = NETWORK_FAULTS[code] ?? (code === '' ? messageOf(error) : `it failed (${code})`);

  switch (stage) {
    case 'connecting':
      return { reason: broken, reply: upstreamUnreachable(host, broken) };
    case 'before TLS': {
      if (refused === undefined) return passing(host, broken);
      return refused.reply.isTransient
        ? passing(host, refused.message)
        : lasting(host, refused.message);
    }
    case 'TLS':
      return isLastingTlsFault(code)
        ? lasting(host, tlsFault(code, messageOf(error)))
        : passing(host, broken);
    case 'inside TLS':
      if (refused === undefined || refused.reply.code < 400) {
        return { reason: broken, reply: upstreamUnreachable(host, broken) };
      }
      return {
        reason: `it said ${String(refused.reply)}`,
        reply: refusedInGreeting(host, refused.reply),
      };
  }
}

function lasting(host: string, reason: string): ProvingFault {
  return { reason, reply: tlsNotVerified(host, reason) };
}

function passing(host: string, reason: string): ProvingFault {
  return { reason, reply: tlsNotAvailableNow(host, reason) };
}

function isLastingTlsFault(code: string): boolean {
  return code in TLS_FAULTS || /^(?:ERR_SSL_|ERR_TLS_|CERT_|EPROTO$|UNABLE_|HOSTNAME_)/.test(code);
}

function tlsFault(code: string, message: string): string {
  const known = TLS_FAULTS[code === 'UNSPECIFIED' ? message : code] ?? TLS_FAULTS[code];
  return known ?? `the TLS handshake failed (${code})`;
}
