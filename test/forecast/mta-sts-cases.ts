import type { ForecastCase } from './forecast-case.ts';

/** Policies, and what becomes of them. */
export const MTA_STS_CASES: readonly ForecastCase[] = [
  { domain: 'enforced.unsigned.example', has: 'MTA-STS enforced' },
  { domain: 'enforced.unsigned.example', has: 'MTA-STS enforced; with `--probe`', probe: true },
  { domain: 'bücher.unsigned.example', has: 'MTA-STS enforced; a domain beyond ASCII' },
  {
    domain: 'wildcard.unsigned.example',
    has: 'MTA-STS enforced; `*.unsigned.example` is the mail server',
  },
  {
    domain: 'two-labels.unsigned.example',
    has: 'MTA-STS enforced; `*.example` stands for one label, and the mail server has two',
  },
  { domain: 'other-host.unsigned.example', has: 'MTA-STS enforced; it names another host' },
  { domain: 'one-of-two.unsigned.example', has: 'MTA-STS enforced; it names the second of two' },
  { domain: 'testing.unsigned.example', has: 'MTA-STS in testing' },
  { domain: 'none.unsigned.example', has: 'MTA-STS with mode none' },
  { domain: 'two-records.unsigned.example', has: 'Two MTA-STS records, which count as none' },
  {
    domain: 'split.unsigned.example',
    has: 'An MTA-STS record in three strings, beside another text; enforced',
  },
  {
    domain: 'hosted.unsigned.example',
    has: 'MTA-STS enforced by somebody else: record and policy host are aliases',
  },
  { domain: 'child.parent.unsigned.example', has: 'None; its parent has MTA-STS enforced' },
  {
    domain: 'vanished.unsigned.example',
    has: 'MTA-STS enforced yesterday; today its record is gone',
    before: async (world, forecast) => {
      await forecast();
      const gone = await world.lying({
        answers: ({ name }) => (name.startsWith('_mta-sts.') ? 'NXDOMAIN' : undefined),
      });
      return gone.address;
    },
  },
  {
    domain: 'replaced.unsigned.example',
    has: 'MTA-STS enforced yesterday; today its record announces another policy, and there is none',
    before: async (world, forecast) => {
      const policy = { mode: 'enforce', mx: ['good-mx.unsigned.example'] } as const;
      world.policyHosts.change('replaced.unsigned.example', { answer: policy });
      await forecast();
      world.policyHosts.change('replaced.unsigned.example', { answer: { status: 404 } });
      const announcing = await world.lying({
        answers: ({ name, type }) =>
          name.startsWith('_mta-sts.') && type === 'TXT'
            ? [{ name, type, ttl: 300, data: 'v=STSv1; id=2;' }]
            : undefined,
      });
      return announcing.address;
    },
  },
  { domain: 'redirect.unsigned.example', has: 'A policy host that redirects' },
  { domain: 'not-found.unsigned.example', has: 'A policy host that answers 404' },
  { domain: 'oversized.unsigned.example', has: 'A policy of more than 64 KB' },
  { domain: 'slow.unsigned.example', has: 'A policy that does not end' },
  { domain: 'html.unsigned.example', has: 'A policy host that sends a web page' },
  { domain: 'malformed.unsigned.example', has: 'A policy without mail servers' },
  {
    domain: 'wrong-certificate.unsigned.example',
    has: 'A policy host with the certificate of another',
  },
  { domain: 'old-certificate.unsigned.example', has: 'A policy host with an expired certificate' },
  { domain: 'no-policy-host.unsigned.example', has: 'A record, and no policy host' },
  {
    domain: 'enforced.unsigned.example',
    has: 'A policy host on this very computer, which the DNS may not choose',
    specialAddresses: 'refused',
  },
  { domain: 'insecure-tlsa.unsigned.example', has: 'TLSA without DNSSEC, and no MTA-STS' },
  {
    domain: 'insecure-mismatch.unsigned.example',
    has: 'TLSA of another key, without DNSSEC; MTA-STS enforced; with `--probe`',
    probe: true,
  },
  {
    domain: 'host-of-dane.unsigned.example',
    has: 'A mail server with DANE, which nobody vouches for',
  },
  {
    domain: 'dane-enforced.unsigned.example',
    has: 'A mail server with DANE, which MTA-STS vouches for',
  },
  {
    domain: 'dane-enforced.unsigned.example',
    has: 'A mail server with DANE, which MTA-STS vouches for; a certificate that signs itself; with `--probe`',
    probe: true,
  },
];
