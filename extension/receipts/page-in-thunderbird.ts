import browser from 'webextension-polyfill';
import { askProxy } from '../proxy-client.ts';
import { ASK_LIMIT_MS, type PageSurroundings } from './page-surroundings.ts';

/** The page in a tab of Thunderbird asks as the extension, with its pairing. */
export function inThunderbird(): PageSurroundings {
  return {
    language: browser.i18n.getUILanguage(),
    text: (message, ...substitutions) => browser.i18n.getMessage(message, [...substitutions]),
    ask: (question) => askProxy(question, ASK_LIMIT_MS),
    openSetup: () => browser.runtime.openOptionsPage(),
  };
}
