import browser from 'webextension-polyfill';
import { thunderbird } from '../thunderbird.ts';
import type { WindowRequirement } from './requirement-store.ts';

type Look = {
  readonly label: string;
  readonly title: string;
  readonly icon: string;
  readonly badge: string;
  readonly badgeColor: string;
};

/** Shape, letter and words tell the states apart; colour only repeats it. */
const LOOKS: Readonly<Record<WindowRequirement, Look>> = {
  default: {
    label: 'buttonLabelDefault',
    title: 'buttonTitleDefault',
    icon: '/icons/default.svg',
    badge: '',
    badgeColor: '#5b5b66',
  },
  required: {
    label: 'buttonLabelRequired',
    title: 'buttonTitleRequired',
    icon: '/icons/required.svg',
    badge: '✓',
    badgeColor: '#006504',
  },
  optional: {
    label: 'buttonLabelOptional',
    title: 'buttonTitleOptional',
    icon: '/icons/optional.svg',
    badge: '!',
    badgeColor: '#8a4b00',
  },
  unreadable: {
    label: 'buttonLabelUnknown',
    title: 'buttonTitleUnreadable',
    icon: '/icons/unreadable.svg',
    badge: '?',
    badgeColor: '#a4000f',
  },
};

/** Shows a window's requirement on its own toolbar button. */
export async function showOnButton(tabId: number, requirement: WindowRequirement): Promise<void> {
  const { label, title, icon, badge, badgeColor } = LOOKS[requirement];
  const { composeAction } = thunderbird;
  await Promise.all([
    composeAction.setLabel({ tabId, label: browser.i18n.getMessage(label) }),
    composeAction.setTitle({ tabId, title: browser.i18n.getMessage(title) }),
    composeAction.setIcon({ tabId, path: icon }),
    composeAction.setBadgeText({ tabId, text: badge }),
    composeAction.setBadgeBackgroundColor({ tabId, color: badgeColor }),
  ]);
}
