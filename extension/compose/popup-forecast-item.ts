import browser from 'webextension-polyfill';
import type { Forecast, ShownFact, Verdict } from '../../shared/forecast/forecast.ts';
import {
  describeAge,
  describeReason,
  describeSource,
  describeVerdict,
} from '../forecast/forecast-words.ts';
import type { Look } from '../forecast/look-at-domains.ts';
import { elementById } from '../page-element.ts';
import { shownName, shownText } from '../shown-text.ts';

const template = elementById('forecast-domain', HTMLTemplateElement);

/** A domain as it is shown; without a forecast while it is looked up, and when that took too long. */
type Entry = {
  readonly domain: string;
  readonly verdict: Verdict | 'looking';
  readonly forecast: Forecast | undefined;
};

/** Worst first, and with shapes: words stand beside them, and colour only repeats it. */
const MARKS = {
  'will fail': '✗',
  looking: '…',
  unknown: '?',
  promised: '○',
  observed: '✓',
} as const;
const ORDER = Object.keys(MARKS);

/** Shows the domains of a look in a list. What is opened in it stays open, and what has the focus keeps it. */
export function showDomains(
  list: HTMLUListElement,
  domains: readonly string[],
  { found, isLooking, noAnswer }: Look,
): void {
  const focused = document.activeElement;
  const entries = domains.map((domain): Entry => {
    const forecast = found.get(domain);
    return { domain, forecast, verdict: forecast?.verdict ?? (isLooking ? 'looking' : 'unknown') };
  });
  const shown = entries
    .filter(({ forecast }) => forecast !== undefined || noAnswer === undefined)
    .toSorted((one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict));
  list.replaceChildren(...shown.map((entry) => filled(itemFor(list, entry.domain), entry)));
  list.hidden = shown.length === 0;
  if (focused instanceof HTMLElement && list.contains(focused)) focused.focus();
}

function itemFor(list: HTMLUListElement, domain: string): HTMLElement {
  const known = [...list.children].find(
    (item) => item instanceof HTMLElement && item.dataset['domain'] === domain,
  );
  if (known instanceof HTMLElement) return known;
  const item = document.importNode(template.content, true).firstElementChild;
  if (!(item instanceof HTMLElement)) throw new Error('The template has no item');
  item.dataset['domain'] = domain;
  return item;
}

function filled(item: HTMLElement, { domain, verdict, forecast }: Entry): HTMLElement {
  const { reasons = [], facts = [], ageMs = 0 } = forecast ?? {};
  const [first, ...more] = verdict === 'unknown' && forecast === undefined ? [LATE] : reasons;
  item.dataset['verdict'] = verdict;
  const say = (part: string, text: string): void => {
    const element = item.querySelector(`.${part}`);
    if (element !== null) element.textContent = text;
  };
  say('mark', MARKS[verdict]);
  say('domain', shownName(domain));
  say(
    'verdict',
    verdict === 'looking' ? browser.i18n.getMessage('forecastLookingUp') : describeVerdict(verdict),
  );
  say('reason', first === undefined ? '' : describeReason(domain, first));
  say(
    'age',
    facts.length === 0 // nothing was looked up
      ? ''
      : browser.i18n.getMessage('forecastAge', describeAge(ageMs)),
  );
  const known = [
    ...more.map((reason) => reasonItem(describeReason(domain, reason))),
    ...facts.map(factItem),
  ];
  item.querySelector('.facts')?.replaceChildren(...known);
  return item;
}

const LATE = { code: 'no answer in time' } as const;

function reasonItem(text: string): HTMLLIElement {
  const item = document.createElement('li');
  item.textContent = text;
  return item;
}

/** What a fact says is English in every language, as on the command line, and is read out so. */
function factItem({ about, host, says, source, ageMs }: ShownFact): HTMLLIElement {
  const of = host === undefined ? about : `${about} ${shownName(host)}`;
  const fact = document.createElement('span');
  fact.lang = 'en';
  fact.textContent = `${of}: ${shownText(says, 500)}`;
  const item = document.createElement('li');
  item.append(fact, ` (${describeSource(source)}, ${describeAge(ageMs)})`);
  return item;
}
