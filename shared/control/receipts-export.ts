import { RECEIPT_VERSION } from '../submission/receipt.ts';
import type { ShownReceipt } from './api.ts';

/** The columns of a table of receipts, by the names that JSON has for them. */
const COLUMNS = {
  time: ({ time }) => time,
  outcome: ({ outcome }) => outcome,
  requirement: ({ requirement }) => requirement,
  by: ({ by }) => by,
  server: ({ server }) => server,
  sender: ({ sender }) => sender,
  recipients: ({ recipients }) => String(recipients),
  domains: ({ domains }) => domains.join(' '),
  tlsVersion: ({ tls }) => tls?.version,
  tlsCipher: ({ tls }) => tls?.cipher,
  certificateSha256: ({ tls }) => tls?.fingerprint,
  requireTlsOffered: ({ requireTlsOffered }) => requireTlsOffered?.toString(),
  adding: ({ adding }) => adding,
  answered: ({ answered }) => answered,
  replyCode: ({ reply }) => reply?.code.toString(),
  replyEnhancedCode: ({ reply }) => reply?.enhancedCode,
  replyText: ({ reply }) => reply?.text,
  messageId: ({ messageId }) => messageId,
  markerId: ({ markerId }) => markerId,
  id: ({ id }) => id,
} as const satisfies Record<string, (receipt: ShownReceipt) => string | undefined>;

/** Receipts as a table of comma-separated values, with a line of names first (RFC 4180). */
export function receiptsAsCsv(receipts: readonly ShownReceipt[]): string {
  const lines = [
    Object.keys(COLUMNS),
    ...receipts.map((receipt) => Object.values(COLUMNS).map((cellOf) => cellOf(receipt) ?? '')),
  ];
  return lines.map((cells) => `${cells.map(cellAsCsv).join(',')}\r\n`).join('');
}

/** The same objects that `requiretls receipts --json` writes, in an array. */
export function receiptsAsJson(receipts: readonly ShownReceipt[]): string {
  const objects = receipts.map((receipt) => ({ version: RECEIPT_VERSION, ...receipt }));
  return `${JSON.stringify(objects, null, 2)}\n`;
}

/**
 * A server chooses the text of its replies. A spreadsheet takes what begins with one of these for a
 * formula, and a formula can send the table elsewhere: an apostrophe makes it text.
 */
function cellAsCsv(value: string): string {
  const text = /^\s*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20]/.test(value) ? `'${value}` : value;
  return /[",\r\n;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
