import type { ForecastWorld } from './world.ts';

/** A forecast that README has a row for. */
export type ForecastCase = {
  readonly domain: string;
  /** What the domain has, and what else matters, in README's words. */
  readonly has: string;
  readonly probe?: true;
  /** The validating resolver unless it is said. */
  readonly resolver?: (world: ForecastWorld) => string | Promise<string>;
  /** The program that validates on this computer; where there is none, the resolver's word counts. */
  readonly validator?: 'none' | 'delv';
  /** Whether it may connect to addresses that are none of the public Internet, as all of this world are. */
  readonly specialAddresses?: 'refused';
  /**
   * What happened before the forecast that counts; the command was run then too.
   *
   * @returns the resolver from now on
   */
  readonly before?: (world: ForecastWorld, forecast: () => Promise<unknown>) => Promise<string>;
};

const NOT_VALIDATING = { resolver: (world: ForecastWorld) => world.plain } as const;
const BELIEVING = { validator: 'none' } as const;

/** Rows on names: MX, aliases, and who vouches for them. */
const NAMES: readonly ForecastCase[] = [
  { domain: 'plain.unsigned.example', has: 'One mail server; neither DNSSEC nor MTA-STS' },
  { domain: 'null-mx.signed.example', has: 'A null MX, signed' },
  { domain: 'null-mx.unsigned.example', has: 'A null MX, not signed' },
  { domain: 'absent.signed.example', has: 'Nothing: its zone proves that there is no such name' },
  { domain: 'nothing.signed.example', has: 'Neither MX nor address' },
  { domain: 'no-mx.signed.example', has: 'No MX; its own address, signed, with TLSA' },
  { domain: 'no-address.signed.example', has: 'A mail server without an address' },
  { domain: 'alias.signed.example', has: 'An alias, signed, of a domain with DANE' },
  { domain: 'alias-out.signed.example', has: 'An alias, signed, of a domain that is not' },
  { domain: 'loop.signed.example', has: 'An alias that leads back to itself' },
  { domain: 'many.signed.example', has: '1000 mail servers, none of which has an address' },
  { domain: 'big.signed.example', has: '1000 mail servers, the first with DANE' },
  {
    domain: 'mail.child.optout.example',
    has: 'A zone that is not signed, beside an NSEC3 opt-out',
  },
  { domain: 'mail.bogus.example', has: 'DNSSEC with the wrong key; MTA-STS is in the same zone' },
  { domain: 'mail.expired.example', has: 'DNSSEC with signatures of yesterday' },
  { domain: 'mx.servfail.unsigned.example', has: 'A name server that answers SERVFAIL' },
];

const DANE: readonly ForecastCase[] = [
  { domain: 'dane.signed.example', has: 'DNSSEC; TLSA 3 1 1' },
  { domain: 'dane.signed.example', has: 'DNSSEC; TLSA 3 1 1; with `--probe`', probe: true },
  { domain: 'dane-ta.signed.example', has: 'DNSSEC; TLSA 2 0 1; with `--probe`', probe: true },
  {
    domain: 'dane-expired.signed.example',
    has: 'DNSSEC; TLSA 3 1 1; an expired certificate, which DANE does not mind; with `--probe`',
    probe: true,
  },
  { domain: 'mail.optout.example', has: 'DNSSEC by NSEC3 with opt-out; TLSA 3 1 1' },
  { domain: 'dane-alias.signed.example', has: 'DNSSEC; the TLSA record is an alias' },
  { domain: 'host-alias.signed.example', has: 'DNSSEC; the mail server is an alias' },
  {
    domain: 'dane-quiet.signed.example',
    has: 'DNSSEC; TLSA 3 1 1; no REQUIRETLS; with `--probe`',
    probe: true,
  },
  { domain: 'plain.signed.example', has: 'DNSSEC; neither TLSA nor MTA-STS' },
  {
    domain: 'plain.signed.example',
    has: 'DNSSEC; neither TLSA nor MTA-STS; a trusted certificate, seen with `--probe`',
    probe: true,
  },
  {
    domain: 'self-signed.signed.example',
    has: 'DNSSEC; neither TLSA nor MTA-STS; a certificate that signs itself, seen with `--probe`',
    probe: true,
  },
  {
    domain: 'unusable.signed.example',
    has: 'DNSSEC; only a TLSA record that SMTP cannot use (1 1 1)',
  },
  { domain: 'unusable-enforced.signed.example', has: 'DNSSEC; only TLSA 1 1 1; MTA-STS enforced' },
  {
    domain: 'insecure-host.signed.example',
    has: 'DNSSEC, but the mail server is in a zone without',
  },
  {
    domain: 'mismatch.signed.example',
    has: 'DNSSEC; TLSA of another key, beside MTA-STS enforced and a trusted certificate; with `--probe`',
    probe: true,
  },
  {
    domain: 'servfail-tlsa.signed.example',
    has: 'DNSSEC; SERVFAIL for TLSA, beside MTA-STS enforced',
  },
  {
    domain: 'excluded.signed.example',
    has: 'DNSSEC; TLSA 3 1 1; MTA-STS enforced names another host',
  },
  { domain: 'testing.signed.example', has: 'DNSSEC; TLSA 3 1 1; MTA-STS in testing' },
  {
    domain: 'equal.signed.example',
    has: 'Two of the same preference, one with DANE and one with nothing',
  },
  {
    domain: 'several.signed.example',
    has: 'The first with TLSA of another key, the second with its own; with `--probe`',
    probe: true,
  },
  {
    domain: 'all-bad.signed.example',
    has: 'The first without STARTTLS, the second with TLSA of another key; with `--probe`',
    probe: true,
  },
  {
    domain: 'dead.signed.example',
    has: 'DNSSEC; TLSA; nobody listens; with `--probe`',
    probe: true,
  },
  {
    domain: 'private.signed.example',
    has: 'DNSSEC; TLSA; an address of a private network; with `--probe`',
    probe: true,
    specialAddresses: 'refused',
  },
];

const MTA_STS: readonly ForecastCase[] = [
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

const SERVERS: readonly ForecastCase[] = [
  {
    domain: 'quiet.unsigned.example',
    has: 'MTA-STS enforced; no REQUIRETLS; with `--probe`',
    probe: true,
  },
  {
    domain: 'early.unsigned.example',
    has: 'REQUIRETLS before TLS only; with `--probe`',
    probe: true,
  },
  { domain: 'clear.unsigned.example', has: 'No STARTTLS; with `--probe`', probe: true },
  {
    domain: 'broken.unsigned.example',
    has: 'STARTTLS, and then no TLS; with `--probe`',
    probe: true,
  },
  {
    domain: 'self-signed.unsigned.example',
    has: 'A certificate that signs itself; with `--probe`',
    probe: true,
  },
  {
    domain: 'expired.unsigned.example',
    has: 'An expired certificate; with `--probe`',
    probe: true,
  },
  {
    domain: 'other-name.unsigned.example',
    has: 'The certificate of another; with `--probe`',
    probe: true,
  },
];

const RESOLVERS: readonly ForecastCase[] = [
  {
    domain: 'dane.signed.example',
    has: 'A resolver on this computer says it has validated',
    ...BELIEVING,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver over TLS says it has validated',
    ...BELIEVING,
    resolver: (world) => world.dot,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver over HTTPS says it has validated',
    ...BELIEVING,
    resolver: (world) => world.doh,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver over HTTPS that knows only HTTP/2 says it has validated',
    ...BELIEVING,
    resolver: (world) => world.http2,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that does not validate; validation here',
    ...NOT_VALIDATING,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that does not validate; `delv` validates here',
    ...NOT_VALIDATING,
    validator: 'delv',
  },
  {
    domain: 'mail.expired.example',
    has: 'A resolver that does not validate; `delv` validates here, with signatures of yesterday',
    ...NOT_VALIDATING,
    validator: 'delv',
  },
  {
    domain: 'plain.unsigned.example',
    has: 'A resolver that does not validate; `delv` proves here that nothing is signed',
    ...NOT_VALIDATING,
    validator: 'delv',
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that does not validate; no validation here',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'plain.unsigned.example',
    has: 'A resolver that does not validate; nobody can say that nothing is signed',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'null-mx.unsigned.example',
    has: 'A resolver that does not validate; a null MX that anybody could have made up',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'enforced.unsigned.example',
    has: 'A resolver that does not validate; MTA-STS enforced, which needs no DNSSEC',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver whose word that it has validated is lost on the way',
    ...BELIEVING,
    resolver: liar({ stripsAuthenticData: true }),
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that drops signatures',
    resolver: liar({ stripsSignatures: true }),
  },
  {
    domain: 'mail.bogus.example',
    has: 'A resolver that says it has validated what is bogus; validation here',
    resolver: async (world) =>
      (await world.lying({ setsAuthenticData: true }, world.plain)).address,
  },
  {
    domain: 'mail.bogus.example',
    has: 'A resolver on this computer refuses it as bogus',
    ...BELIEVING,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that never answers',
    resolver: liar({ answers: () => 'nothing' }),
  },
  { domain: 'localhost', has: 'No domain' },
  {
    domain: '[192.0.2.1]',
    has: 'An address in brackets, for which there are neither MX nor MTA-STS',
  },
];

export const FORECAST_CASES = [...NAMES, ...DANE, ...MTA_STS, ...SERVERS, ...RESOLVERS] as const;

function liar(lies: Parameters<ForecastWorld['lying']>[0]) {
  return async (world: ForecastWorld) => (await world.lying(lies)).address;
}
