import type { HostCertificate } from './world-certificates.ts';

/** How a mail server of this world behaves on its port for other mail servers. */
export type MailHost = {
  readonly certificate: HostCertificate;
  /** Where EHLO names REQUIRETLS. */
  readonly requireTls: 'inside TLS' | 'before TLS only' | 'nowhere';
  readonly startTls: 'offered' | 'not offered' | 'broken';
  /** What the DNS publishes for it at `_25._tcp`. */
  readonly tlsa?: HostTlsa;
};

export type HostTlsa =
  | '3 1 1 of its key'
  | '3 1 1 of another key'
  | '2 0 1 of its authority'
  | '1 1 1 of its key'
  | 'alias of dane-mx'
  /** The name servers answer SERVFAIL. */
  | 'unloadable';

const GOOD = { certificate: 'trusted', requireTls: 'inside TLS', startTls: 'offered' } as const;
const SELF_SIGNED = { ...GOOD, certificate: 'self-signed' } as const;

/** The mail servers, by the first label of their names; each is in `signed.example` and `unsigned.example`. */
export const MAIL_HOSTS = {
  'good-mx': GOOD,
  'second-mx': GOOD,
  'quiet-mx': { ...GOOD, requireTls: 'nowhere' },
  'early-mx': { ...GOOD, requireTls: 'before TLS only' },
  'clear-mx': { ...GOOD, requireTls: 'nowhere', startTls: 'not offered' },
  'broken-mx': { ...GOOD, startTls: 'broken' },
  'self-signed-mx': SELF_SIGNED,
  'expired-mx': { ...GOOD, certificate: 'expired' },
  'other-name-mx': { ...GOOD, certificate: 'other name' },
  'dane-mx': { ...SELF_SIGNED, tlsa: '3 1 1 of its key' },
  'dane-quiet-mx': { ...SELF_SIGNED, requireTls: 'nowhere', tlsa: '3 1 1 of its key' },
  'dane-expired-mx': { ...GOOD, certificate: 'expired', tlsa: '3 1 1 of its key' },
  'dane-alias-mx': { ...SELF_SIGNED, tlsa: 'alias of dane-mx' },
  'dane-ta-mx': { ...GOOD, certificate: 'private authority', tlsa: '2 0 1 of its authority' },
  'mismatch-mx': { ...GOOD, tlsa: '3 1 1 of another key' },
  'unusable-mx': { ...GOOD, tlsa: '1 1 1 of its key' },
  'servfail-mx': { ...GOOD, tlsa: 'unloadable' },
} as const satisfies Record<string, MailHost>;
export type MailHostLabel = keyof typeof MAIL_HOSTS;

/** Nobody listens here, on any port. */
export const DEAD_ADDRESS = '127.80.0.200';

export const MAIL_HOST_LABELS: readonly MailHostLabel[] = Object.keys(MAIL_HOSTS).filter(isLabel);

function isLabel(label: string): label is MailHostLabel {
  return Object.hasOwn(MAIL_HOSTS, label);
}

/** The address of a mail server, which no other has. */
export function addressOf(label: MailHostLabel): string {
  return `127.80.0.${MAIL_HOST_LABELS.indexOf(label) + 1}`;
}
