import browser from 'webextension-polyfill';
import type { NoAnswer } from './sealed-channel.ts';

/** Words of `REFUSAL` that mean the proxy does not know us any more, if it was the proxy. */
const KEY_LOST: readonly string[] = ['unknown pairing', 'not proved', 'foreign origin'];

/** Words why the proxy did not answer, with the cure. */
export function describeNoAnswer({ no, detail }: NoAnswer): string {
  switch (no) {
    case 'not paired':
      return browser.i18n.getMessage('proxyNotPaired');
    case 'no answer':
      return browser.i18n.getMessage('proxyNoAnswer');
    case 'not proved':
      return browser.i18n.getMessage('proxyNotProved');
    case 'refused':
      return KEY_LOST.includes(detail)
        ? browser.i18n.getMessage('proxyKeyLost')
        : browser.i18n.getMessage('proxyRefused', detail);
    case 'failed':
      return browser.i18n.getMessage('proxyFailed', detail);
  }
}
