import type { ForecastCase } from './forecast-case.ts';

/** DNSSEC, and TLSA of each kind. */
export const DANE_CASES: readonly ForecastCase[] = [
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
