import type { AskedRequirement } from '../../shared/submission/asked-requirement.ts';
import { offersRequireTls, type EhloKeywords } from '../../shared/submission/ehlo.ts';
import type { EnvelopeCommand } from '../../shared/submission/envelope.ts';
import type { HeaderSection } from '../../shared/submission/header-section.ts';
import type { Addition } from '../../shared/submission/policy.ts';
import { receiptText } from '../../shared/submission/receipt-line.ts';
import { receiptReply } from '../../shared/submission/receipt-reply.ts';
import {
  domainsOf,
  type ReceiptReply,
  type SubmissionFacts,
} from '../../shared/submission/receipt.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { printable } from '../printable.ts';
import type { TlsFacts } from './tls-profile.ts';

/** A submission as the relay knows it; what it does not know yet is left out. */
export type KnownSubmission = {
  /** Of this proxy's making, and distinct from every other (`newSubmissionId`). */
  readonly id: string;
  /** The submission server's name. */
  readonly server: string;
  readonly envelope: { readonly mail: Path; readonly rcpt: readonly Path[] };
  /** Only the Message-ID is taken from it. */
  readonly header?: HeaderSection | undefined;
  readonly asked?:
    | Pick<Extract<AskedRequirement, { kind: 'asked' }>, 'requirement' | 'by' | 'markerId'>
    | undefined;
  readonly session?: { readonly tls: TlsFacts; readonly keywords: EhloKeywords } | undefined;
  /** What goes to the server with the message; left out when nothing of it goes there. */
  readonly adding?: Addition | undefined;
};

type Path = Pick<EnvelopeCommand, 'path'>;

/** RFC 5322 §3.6.4, folded or not. */
const MESSAGE_ID = /(?:^|\n)message-id:[ \t]*(?:\r\n[ \t]+)?(<[^<> \t\r\n]{1,500}>)/i;

/** What is kept of a submission: octets become text, and recipients their domains. */
export function submissionFacts(submission: KnownSubmission, now: number): SubmissionFacts {
  const { id, server, envelope, header = '', asked, session, adding } = submission;
  const messageId = MESSAGE_ID.exec(header)?.[1];
  return {
    id,
    time: new Date(now).toISOString(),
    server,
    sender: textOf(envelope.mail.path.slice(1, -1)),
    recipients: envelope.rcpt.length,
    domains: domainsOf(envelope.rcpt.map(({ path }) => textOf(path))),
    messageId: messageId === undefined ? undefined : textOf(messageId),
    markerId: asked?.markerId,
    requirement: asked?.requirement,
    by: asked?.by,
    tls: session && {
      version: session.tls.version,
      cipher: session.tls.cipher,
      fingerprint: session.tls.certificate.fingerprint,
    },
    requireTlsOffered: session && offersRequireTls(session.keywords),
    adding,
  };
}

/** What the mail program was told about a submission, as it is kept. */
export function keptReply(reply: SmtpReply, { envelope }: KnownSubmission): ReceiptReply {
  const { code, enhancedCode } = reply;
  const recipients = envelope.rcpt.map(({ path }) => textOf(path));
  return receiptReply({ code, enhancedCode, text: printable(reply.text) }, recipients);
}

function textOf(octets: string): string {
  return receiptText(printable(octets));
}
