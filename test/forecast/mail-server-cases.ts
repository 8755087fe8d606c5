import type { ForecastCase } from './forecast-case.ts';

/** What a mail server shows; its name is vouched for by an enforced policy. */
export const MAIL_SERVER_CASES: readonly ForecastCase[] = [
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
