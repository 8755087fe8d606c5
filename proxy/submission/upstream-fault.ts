import {
  refusedInGreeting,
  tlsNotAvailableNow,
  tlsNotVerified,
  upstreamUnreachable,
} from '../../shared/submission/refusals.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { codeOf, messageOf } from '../error-message.ts';
import { replyFromLibrary } from './library-reply.ts';

/** How far the proving of a session had come when it failed. */
export type ProvingStage = 'connecting' | 'before TLS' | 'TLS' | 'inside TLS';

/** Sentences for people, each after "because". By the codes of Node and OpenSSL. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (is the clock of this computer right?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'the chain of its certificate is incomplete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate comes from an authority that is not trusted here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_SIGNATURE_FAILURE: 'the signature on its certificate is wrong',
  CERT_REVOKED: 'its certificate was revoked',
  INVALID_PURPOSE: 'its certificate is not one for servers',
  INVALID_CA: 'its certificate was issued by somebody who may not issue any',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks only versions of TLS that are no longer safe',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks only versions of TLS that are no longer safe',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it offers only ciphers that are no longer safe',
};

const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_ADDRFAMILY: 'its name has no address',
  EAI_AGAIN: 'its name could not be looked up',
  EAI_FAIL: 'its name could not be looked up',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it broke off the connection',
  ECONNECTION: 'it broke off the connection', // nodemailer's word for an end in the middle
  ETIMEDOUT: 'it did not answer in time',
  ENETUNREACH: 'there is no way to it from this computer',
  EHOSTUNREACH: 'there is no way to it from this computer',
};

const NO_SMTP = 'it does not speak SMTP as it should';

/** Why no session could be proved: for people who ask, and as the greeting of a mail program. */
export type ProvingFault = { readonly reason: string; readonly reply: SmtpReply };

/**
 * Words the fault: a lasting one for a 554, a passing one for a 421. Text that the server sent
 * before TLS may be anybody's and is not repeated.
 */
export function provingFault(host: string, stage: ProvingStage, error: unknown): ProvingFault {
  const code = codeOf(error);
  const answer = replyFromLibrary(error);
  // What a library says may repeat what the server said; only our own errors have no code.
  const broken = NETWORK_FAULTS[code] ?? (code === '' ? messageOf(error) : NO_SMTP);

  switch (stage) {
    case 'connecting':
      return { reason: broken, reply: upstreamUnreachable(host, broken) };
    case 'before TLS': {
      if (answer === undefined) return passing(host, broken);
      return answer.isTransient
        ? passing(host, `it refused ${refusedCommand(error)} for now (${answer.code})`)
        : lasting(host, `it refused ${refusedCommand(error)} (${answer.code})`);
    }
    case 'TLS':
      return isLastingTlsFault(code)
        ? lasting(host, CERTIFICATE_FAULTS[code] ?? `the TLS handshake failed (${code})`)
        : passing(host, broken);
    case 'inside TLS':
      return answer === undefined
        ? { reason: broken, reply: upstreamUnreachable(host, broken) }
        : { reason: `it said ${String(answer)}`, reply: refusedInGreeting(host, answer) };
  }
}

/** nodemailer names the command that failed. */
function refusedCommand(error: unknown): string {
  const { command }: { command?: unknown } = Object(error);
  return command === 'STARTTLS' ? command : 'the connection';
}

function lasting(host: string, reason: string): ProvingFault {
  return { reason, reply: tlsNotVerified(host, reason) };
}

function passing(host: string, reason: string): ProvingFault {
  return { reason, reply: tlsNotAvailableNow(host, reason) };
}

function isLastingTlsFault(code: string): boolean {
  return (
    code in CERTIFICATE_FAULTS ||
    /^(?:ERR_SSL_|ERR_TLS_|CERT_|EPROTO$|UNABLE_|HOSTNAME_)/.test(code)
  );
}
