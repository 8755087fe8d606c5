import { addressOf, DEAD_ADDRESS } from './mail-hosts.ts';
import { announcing, enforcing, mailGoesTo, type WorldDomain } from './world-domain.ts';

/**
 * Their domains have short names: Unbound takes a set of records for bogus that it cannot write
 * out in 64 KB without compressing names, as it must to check a signature (1.17; look again 2027-06).
 */
const MANY = 1000;

/**
 * The domains whose zone is signed, or claims to be, by name.
 *
 * @param key the digest of the key of those mail servers that sign their certificates themselves
 */
export function signedDomains(key: string): Readonly<Record<string, WorldDomain>> {
  return {
    'plain.signed.example': mailGoesTo('good-mx.signed.example'),
    'self-signed.signed.example': mailGoesTo('self-signed-mx.signed.example'),
    'dane.signed.example': mailGoesTo('dane-mx.signed.example'),
    'dane-quiet.signed.example': mailGoesTo('dane-quiet-mx.signed.example'),
    'dane-expired.signed.example': mailGoesTo('dane-expired-mx.signed.example'),
    'dane-alias.signed.example': mailGoesTo('dane-alias-mx.signed.example'),
    'dane-ta.signed.example': mailGoesTo('dane-ta-mx.signed.example'),
    'mismatch.signed.example': enforcing('mismatch-mx.signed.example'),
    'unusable.signed.example': mailGoesTo('unusable-mx.signed.example'),
    'unusable-enforced.signed.example': enforcing('unusable-mx.signed.example'),
    'servfail-tlsa.signed.example': enforcing('servfail-mx.signed.example'),
    'insecure-host.signed.example': mailGoesTo('dane-mx.unsigned.example'),
    'excluded.signed.example': enforcing('dane-mx.signed.example', 'other.signed.example'),
    'testing.signed.example': announcing(mailGoesTo('dane-mx.signed.example'), {
      mode: 'testing',
      mx: ['dane-mx.signed.example'],
    }),

    'null-mx.signed.example': { records: ['@ MX 0 .'] },
    'no-mx.signed.example': {
      records: [`@ A ${addressOf('dane-mx')}`, `_25._tcp TLSA 3 1 1 ${key}`],
    },
    'nothing.signed.example': { records: ['@ TXT "no mail here"'] },
    'no-address.signed.example': mailGoesTo('absent-mx.signed.example'),
    'alias.signed.example': { records: ['@ CNAME dane.signed.example.'] },
    'alias-out.signed.example': { records: ['@ CNAME plain.unsigned.example.'] },
    'loop.signed.example': { records: ['@ CNAME loop-back.signed.example.'] },
    'loop-back.signed.example': { records: ['@ CNAME loop.signed.example.'] },
    'host-alias.signed.example': {
      records: ['@ MX 10 alias-mx', 'alias-mx CNAME dane-mx.signed.example.'],
    },

    'equal.signed.example': {
      records: ['@ MX 10 clear-mx.signed.example.', '@ MX 10 dane-mx.signed.example.'],
    },
    'several.signed.example': mailGoesTo('mismatch-mx.signed.example', 'dane-mx.signed.example'),
    'all-bad.signed.example': mailGoesTo('clear-mx.signed.example', 'mismatch-mx.signed.example'),
    'many.signed.example': {
      records: Array.from({ length: MANY }, (_, index) => `@ MX 10 m${index}`),
    },
    'big.signed.example': {
      records: [
        '@ MX 1 dane-mx.signed.example.',
        ...Array.from({ length: MANY - 1 }, (_, index) => `@ MX 10 m${index}`),
      ],
    },
    'dead.signed.example': {
      records: ['@ MX 10 mx', `mx A ${DEAD_ADDRESS}`, `_25._tcp.mx TLSA 3 1 1 ${key}`],
    },
    'private.signed.example': {
      records: ['@ MX 10 mx', 'mx A 10.11.12.13', `_25._tcp.mx TLSA 3 1 1 ${key}`],
    },

    'mail.bogus.example': enforcing('dane-mx.signed.example'),
    'mail.expired.example': enforcing('dane-mx.signed.example'),
    'mail.optout.example': mailGoesTo('dane-mx.signed.example'),
    'mail.child.optout.example': mailGoesTo('dane-mx.signed.example'),
  };
}
