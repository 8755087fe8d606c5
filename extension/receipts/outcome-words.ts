import browser from 'webextension-polyfill';
import { moment } from '../moment.ts';
import { shownText } from '../shown-text.ts';
import type { OutcomeNote } from './outcome-notes.ts';

/** A server's sentence says more than a name. */
const LONGEST_REPLY = 300;

/** Words what became of a message, what it means and what to do. */
export function describeOutcome({ kind, subject, time, server, reply }: OutcomeNote): string {
  const message = [nameOf(subject), moment(time)];
  switch (kind) {
    case 'never seen':
      return browser.i18n.getMessage('outcomeNeverSeen', message);
    case 'lost track':
      return browser.i18n.getMessage('outcomeLostTrack', message);
    case 'not to be told':
      return browser.i18n.getMessage('outcomeNotToBeTold', message);
    case 'other choice':
      return browser.i18n.getMessage('outcomeOtherChoice', message);
    case 'refused':
      return browser.i18n.getMessage('outcomeRefused', [
        ...message,
        shownText(reply ?? server ?? '', LONGEST_REPLY),
      ]);
    case 'unknown':
      return browser.i18n.getMessage('outcomeUnknown', [
        ...message,
        shownText(server ?? '', LONGEST_REPLY),
      ]);
  }
}

/** The same in a few words, for the button's title. */
export function summarizeOutcome({ kind, subject }: OutcomeNote): string {
  switch (kind) {
    case 'never seen':
      return browser.i18n.getMessage('outcomeNeverSeenShort', nameOf(subject));
    case 'lost track':
      return browser.i18n.getMessage('outcomeLostTrackShort', nameOf(subject));
    case 'not to be told':
      return browser.i18n.getMessage('outcomeNotToBeToldShort', nameOf(subject));
    case 'other choice':
      return browser.i18n.getMessage('outcomeOtherChoiceShort', nameOf(subject));
    case 'refused':
      return browser.i18n.getMessage('outcomeRefusedShort', nameOf(subject));
    case 'unknown':
      return browser.i18n.getMessage('outcomeUnknownShort', nameOf(subject));
  }
}

/** By what the person knows a message. It may be somebody else's words, in an answer to them. */
function nameOf(subject: string): string {
  return subject.trim() === '' ? browser.i18n.getMessage('outcomeNoSubject') : shownText(subject);
}
