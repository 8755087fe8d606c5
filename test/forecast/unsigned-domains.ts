import { addressOf } from './mail-hosts.ts';
import { POLICY_ADDRESS } from './policy-hosts.ts';
import { announcing, enforcing, mailGoesTo, type WorldDomain } from './world-domain.ts';

/** It has no MX record, and a trusted certificate of its own. */
export const OWN_SERVER = 'own-server.unsigned.example';

const HOST = 'good-mx.unsigned.example';
const GOOD = mailGoesTo(HOST);
const STS_RECORD = '_mta-sts TXT "v=STSv1; id=1;"';

/** The domains whose zone is not signed, which is proved by its parent, by name. */
export const UNSIGNED_DOMAINS: Readonly<Record<string, WorldDomain>> = {
  'plain.unsigned.example': GOOD,
  'enforced.unsigned.example': enforcing(HOST),
  'xn--bcher-kva.unsigned.example': enforcing(HOST),
  'quiet.unsigned.example': enforcing('quiet-mx.unsigned.example'),
  'early.unsigned.example': enforcing('early-mx.unsigned.example'),
  'clear.unsigned.example': enforcing('clear-mx.unsigned.example'),
  'broken.unsigned.example': enforcing('broken-mx.unsigned.example'),
  'self-signed.unsigned.example': enforcing('self-signed-mx.unsigned.example'),
  'expired.unsigned.example': enforcing('expired-mx.unsigned.example'),
  'other-name.unsigned.example': enforcing('other-name-mx.unsigned.example'),
  // Its TLSA record is there, and not secure.
  'insecure-tlsa.unsigned.example': mailGoesTo('dane-mx.unsigned.example'),
  'insecure-mismatch.unsigned.example': enforcing('mismatch-mx.unsigned.example'),
  // DNSSEC vouches for the host, and nobody for its name.
  'host-of-dane.unsigned.example': mailGoesTo('dane-mx.signed.example'),
  'dane-enforced.unsigned.example': enforcing('dane-mx.signed.example'),
  [OWN_SERVER]: { records: [`@ A ${addressOf('good-mx')}`] },
  'null-mx.unsigned.example': { records: ['@ MX 0 .'] },

  'testing.unsigned.example': announcing(GOOD, { mode: 'testing', mx: [HOST] }),
  'none.unsigned.example': announcing(GOOD, { mode: 'none', mx: [] }),
  'other-host.unsigned.example': enforcing(HOST, 'second-mx.unsigned.example'),
  'one-of-two.unsigned.example': announcing(mailGoesTo('second-mx.unsigned.example', HOST), {
    mode: 'enforce',
    mx: [HOST],
  }),
  'wildcard.unsigned.example': enforcing(HOST, '*.unsigned.example'),
  'two-labels.unsigned.example': enforcing(HOST, '*.example'),
  'parent.unsigned.example': enforcing(HOST),
  'child.parent.unsigned.example': GOOD,
  'two-records.unsigned.example': {
    ...enforcing(HOST),
    records: [...enforcing(HOST).records, STS_RECORD],
  },
  'split.unsigned.example': {
    ...enforcing(HOST),
    records: [
      ...GOOD.records,
      `mta-sts A ${POLICY_ADDRESS}`,
      '_mta-sts TXT "v=STS" "v1; id=" "1;"',
      '_mta-sts TXT "something else"',
    ],
  },
  'hosted.unsigned.example': {
    ...enforcing(HOST),
    records: [
      ...GOOD.records,
      'mta-sts CNAME mta-sts.enforced.unsigned.example.',
      '_mta-sts CNAME _mta-sts.enforced.unsigned.example.',
    ],
  },
  'vanished.unsigned.example': enforcing(HOST),
  'replaced.unsigned.example': enforcing(HOST),

  'redirect.unsigned.example': announcing(GOOD, {
    status: 301,
    location: 'https://mta-sts.enforced.unsigned.example/.well-known/mta-sts.txt',
  }),
  'not-found.unsigned.example': announcing(GOOD, { status: 404 }),
  'oversized.unsigned.example': announcing(GOOD, 'oversized'),
  'slow.unsigned.example': announcing(GOOD, 'slow'),
  'html.unsigned.example': announcing(GOOD, { text: '<p>welcome', contentType: 'text/html' }),
  'malformed.unsigned.example': announcing(GOOD, { text: 'version: STSv1\nmode: enforce\n' }),
  'wrong-certificate.unsigned.example': announcing(
    GOOD,
    { mode: 'enforce', mx: [HOST] },
    'other name',
  ),
  'old-certificate.unsigned.example': announcing(GOOD, { mode: 'enforce', mx: [HOST] }, 'expired'),
  'no-policy-host.unsigned.example': { records: [...GOOD.records, STS_RECORD] },
};
