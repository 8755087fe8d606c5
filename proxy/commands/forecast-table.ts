import type { Forecast, ShownFact, Verdict } from '../../shared/forecast/forecast.ts';
import { reasonInWords, verdictInWords } from '../../shared/forecast/reason-words.ts';
import { ageInWords } from './age-words.ts';
import { broken } from './columns.ts';

const INDENT = '  ';
const ABOUT_WIDTH = 'MTA-STS record'.length;
const BELOW_FACT = ' '.repeat(INDENT.length + ABOUT_WIDTH + INDENT.length);

/** What is none may be as long as it likes, and have in it what steers a terminal or a line. */
const LONGEST_DOMAIN = 255;
const UNSEEN = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** Narrower, and the facts would be towers of words. */
const NARROWEST = 40;

/** Whether bounces of a message that requires TLS, which require it too, reach the person. */
const BOUNCES: Readonly<Record<Verdict, string>> = {
  observed: 'Bounces can reach you',
  promised: 'Bounces may reach you',
  unknown: 'Not known whether bounces reach you',
  // RFC 8689 §5: a bounce that is redacted need not require TLS.
  'will fail': 'Bounces would not reach you, but for those that repeat nothing of your message',
};

/** Whether it is about messages to the domain, or about bounces to it (RFC 8689 §5). */
export type About = 'messages' | 'bounces';

/**
 * One forecast: its verdict and first reason, the other reasons, and each fact with its source and
 * its age.
 *
 * @param width characters a line holds; undefined where nobody counts them
 */
export function forecastText(
  { domain, verdict, reasons, facts }: Forecast,
  about: About,
  width: number | undefined,
): string {
  const shown = domain.slice(0, LONGEST_DOMAIN).replace(UNSEEN, '?') || '""';
  const outcome = about === 'messages' ? verdictInWords(verdict) : BOUNCES[verdict];
  const [first, ...others] = reasons.map((reason) => reasonInWords(shown, reason));
  return [
    ...set(`${shown}: ${outcome}. ${first ?? ''}`.trimEnd(), INDENT, width),
    ...others.flatMap((reason) => set(INDENT + reason, INDENT, width)),
    ...facts.flatMap((fact) => set(factLine(fact), BELOW_FACT, width)),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function factLine({ about, host, says, source, ageMs }: ShownFact): string {
  const whose = host === undefined ? '' : `${host}: `;
  const known = source === 'not looked at' ? '' : ` (${SOURCES[source]}${ageInWords(ageMs)})`;
  return `${INDENT}${about.padEnd(ABOUT_WIDTH)}${INDENT}${whose}${says}${known}`;
}

const SOURCES: Readonly<Record<Exclude<ShownFact['source'], 'not looked at'>, string>> = {
  'validated here': 'validated here, ',
  'resolver, by DNSSEC': 'the resolver says so, by DNSSEC, ',
  'resolver, not by DNSSEC': 'the resolver says so, ',
  'policy host': 'policy host, ',
  'mail server': 'mail server, ',
  'no answer': '',
};

function set(line: string, indent: string, width: number | undefined): readonly string[] {
  return width === undefined ? [line] : broken(line, Math.max(width, NARROWEST), indent);
}
