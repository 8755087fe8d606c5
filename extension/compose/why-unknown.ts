import browser from 'webextension-polyfill';
import type { Route } from '../../shared/control/route.ts';

type WhyUnknown = Extract<Route, { kind: 'unknown' }>['why'];

const TEXTS: Readonly<Record<WhyUnknown, string>> = {
  'switched off': 'routeWhySwitchedOff',
  'no profile': 'routeWhyNoProfile',
  'profiles disagree': 'routeWhyProfilesDisagree',
  'just changed': 'routeWhyJustChanged',
  unreadable: 'routeWhyUnreadable',
  'name is shared': 'routeWhyNameIsShared',
  'probe not seen': 'routeWhyProbeNotSeen',
};

/** Words why nobody can tell where an identity's mail goes, with the cure. */
export function describeWhyUnknown(why: string): string {
  const text = Object.entries(TEXTS).find(([known]) => known === why)?.[1];
  return browser.i18n.getMessage(text ?? 'routeWhyUnreadable');
}
