import { addressOf, MAIL_HOST_LABELS, MAIL_HOSTS, type MailHost } from './mail-hosts.ts';
import {
  certificateDigest,
  publicKeyDigest,
  type WorldCertificates,
} from './world-certificates.ts';

/** The zones that have a record of every mail server. */
const HOST_ZONES = ['signed.example', 'unsigned.example'] as const;

export const MAIL_HOST_NAMES: readonly string[] = HOST_ZONES.flatMap((zone) =>
  MAIL_HOST_LABELS.map((label) => `${label}.${zone}`),
);

/** Address and TLSA records of the mail servers, by name. */
export function mailHostRecords(
  certificates: WorldCertificates,
): ReadonlyMap<string, readonly string[]> {
  const each = HOST_ZONES.flatMap((zone) =>
    MAIL_HOST_LABELS.map((label) => {
      const host: MailHost = MAIL_HOSTS[label];
      const lines = [`@ A ${addressOf(label)}`, ...tlsaOf(host, zone, certificates)];
      return [`${label}.${zone}`, lines] as const;
    }),
  );
  return new Map(each);
}

function tlsaOf(
  { certificate, tlsa }: MailHost,
  zone: string,
  { hosts, privateAuthority }: WorldCertificates,
): readonly string[] {
  if (tlsa === undefined) return [];
  const key = publicKeyDigest(hosts[certificate].cert);
  switch (tlsa) {
    case 'unloadable': // it is a zone of its own
      return [];
    case '3 1 1 of its key':
      return [`_25._tcp TLSA 3 1 1 ${key}`];
    case '3 1 1 of another key':
      return [`_25._tcp TLSA 3 1 1 ${'0'.repeat(64)}`];
    case '1 1 1 of its key':
      return [`_25._tcp TLSA 1 1 1 ${key}`];
    case '2 0 1 of its authority':
      return [`_25._tcp TLSA 2 0 1 ${certificateDigest(privateAuthority)}`];
    case 'alias of dane-mx':
      return [`_25._tcp CNAME _25._tcp.dane-mx.${zone}.`];
  }
}
