import { MAX_FORECAST_DOMAINS } from '../../shared/control/api.ts';
import { domainOf } from '../../shared/forecast/domain.ts';
import type { ForecastSettings } from './forecast-settings.ts';

/** One to whom a message goes. Only the domain ever leaves this extension. */
export type Recipient = {
  readonly address: string;
  /** In lower case, and as the person wrote it: it may have letters beyond ASCII. */
  readonly domain: string;
};

/** To whom a message goes, as far as that can be looked up. */
export type Recipients = {
  readonly known: readonly Recipient[];
  /** Each once, in order; no more than one question may name. */
  readonly domains: readonly string[];
  /** How many domains there are beyond those. */
  readonly moreDomains: number;
  /** Mailing lists, whose members Thunderbird does not tell, and whatever has no domain. */
  readonly notLookedAt: readonly string[];
  /** How many hidden recipients are left out. */
  readonly hidden: number;
};

type Details = Pick<messenger.compose.ComposeDetails, 'to' | 'cc' | 'bcc'>;

/** A name in the DNS is no longer (RFC 1035 §2.3.4); a question with a longer one is refused. */
const LONGEST_DOMAIN = 253;

/** Reads the recipients that a compose window has now. */
export function recipientsOf(details: Details, { hidden }: ForecastSettings): Recipients {
  const concealed = mailboxesIn(details.bcc);
  const shown = [details.to, details.cc].flatMap(mailboxesIn);
  const read = (hidden ? [...shown, ...concealed] : shown).map((address) => ({
    address,
    domain: domainToAsk(address),
  }));
  const known = read.flatMap(({ address, domain }) =>
    domain === undefined ? [] : [{ address, domain }],
  );
  const domains = [...new Set(known.map(({ domain }) => domain))];
  return {
    known,
    domains: domains.slice(0, MAX_FORECAST_DOMAINS),
    moreDomains: Math.max(0, domains.length - MAX_FORECAST_DOMAINS),
    notLookedAt: read.flatMap(({ address, domain }) => (domain === undefined ? [address] : [])),
    hidden: hidden ? 0 : concealed.length,
  };
}

/**
 * Without the names before them. Thunderbird gives each recipient as a text of its own, quoted as
 * RFC 5322 §3.4 has it, with the domain in Unicode; a list without members (153; look again 2027-06).
 */
function mailboxesIn(list: Details['to']): readonly string[] {
  return [list ?? []]
    .flat()
    .map((written) => (typeof written === 'string' ? written.trim() : '…'))
    .filter((written) => written !== '')
    .map((written) => /<([^<>]*)>$/.exec(written)?.[1]?.trim() ?? written);
}

/**
 * The domain of an address. Undefined where there is none, or what stands there could not be one: it
 * might be a piece of what stands before the `@`, which tells nobody but the person.
 */
function domainToAsk(address: string): string | undefined {
  if (!address.includes('@')) return undefined;
  const domain = domainOf(address).toLowerCase().replace(/\.$/, '');
  if (domain.length > LONGEST_DOMAIN) return undefined;
  return /^(?:\[[^[\]\s]+\]|[^\s"'<>()[\],;:\\@]+)$/u.test(domain) ? domain : undefined;
}
