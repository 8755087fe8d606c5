import browser from 'webextension-polyfill';
import { moment } from '../moment.ts';
import type { OutcomeNote } from './outcome-notes.ts';

/** Words what became of a message, what it means and what to do. */
export function describeOutcome({ kind, subject, time, server, reply }: OutcomeNote): string {
  const message = [
    subject === '' ? browser.i18n.getMessage('outcomeNoSubject') : subject,
    moment(time),
  ];
  switch (kind) {
    case 'never seen':
      return browser.i18n.getMessage('outcomeNeverSeen', message);
    case 'lost track':
      return browser.i18n.getMessage('outcomeLostTrack', message);
    case 'other choice':
      return browser.i18n.getMessage('outcomeOtherChoice', message);
    case 'refused':
      return browser.i18n.getMessage('outcomeRefused', [...message, reply ?? server ?? '']);
    case 'unknown':
      return browser.i18n.getMessage('outcomeUnknown', [...message, server ?? '']);
  }
}

/** The same in a few words, for the button's title. */
export function summarizeOutcome({ kind, subject }: OutcomeNote): string {
  switch (kind) {
    case 'never seen':
      return browser.i18n.getMessage('outcomeNeverSeenShort', subject);
    case 'lost track':
      return browser.i18n.getMessage('outcomeLostTrackShort', subject);
    case 'other choice':
      return browser.i18n.getMessage('outcomeOtherChoiceShort', subject);
    case 'refused':
      return browser.i18n.getMessage('outcomeRefusedShort', subject);
    case 'unknown':
      return browser.i18n.getMessage('outcomeUnknownShort', subject);
  }
}
