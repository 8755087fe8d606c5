import browser from 'webextension-polyfill';
import type { PairingEnd } from './pair.ts';

/** Words why a pairing did not come about, with the cure. */
export function describePairingEnd(end: Exclude<PairingEnd, { kind: 'paired' }>): string {
  switch (end.kind) {
    case 'no answer':
      return browser.i18n.getMessage('setupPairNoAnswer');
    case 'not the proxy':
      return browser.i18n.getMessage('setupPairNotTheProxy');
    case 'refused': {
      const { refused, triesLeft } = end.refusal;
      if (refused === 'no code is waiting') return browser.i18n.getMessage('setupPairNoCode');
      if (refused !== 'wrong code') return browser.i18n.getMessage('setupPairRefused', refused);
      return triesLeft === undefined || triesLeft <= 0
        ? browser.i18n.getMessage('setupPairNoTries')
        : browser.i18n.getMessage('setupPairWrongCode', String(triesLeft));
    }
  }
}
