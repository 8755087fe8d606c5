import type { ForecastCase } from './forecast-case.ts';

/** Names and aliases, and who vouches for them. */
export const NAME_CASES: readonly ForecastCase[] = [
  { domain: 'plain.unsigned.example', has: 'One mail server; neither DNSSEC nor MTA-STS' },
  { domain: 'null-mx.signed.example', has: 'A null MX, signed' },
  { domain: 'null-mx.unsigned.example', has: 'A null MX, not signed' },
  { domain: 'absent.signed.example', has: 'Nothing: its zone proves that there is no such name' },
  { domain: 'nothing.signed.example', has: 'Neither MX nor address' },
  { domain: 'no-mx.signed.example', has: 'No MX; its own address, signed, with TLSA' },
  {
    domain: 'own-server.unsigned.example',
    has: 'No MX; its own address, not signed; a trusted certificate, seen with `--probe`',
    probe: true,
  },
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
