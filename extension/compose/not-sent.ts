import * as v from 'valibot';
import browser from 'webextension-polyfill';
import { describeNoAnswer } from '../no-answer.ts';
import { openPopup } from './open-popup.ts';
import type { CheckedRoute } from './route-check.ts';
import { describeWhyUnknown } from './why-unknown.ts';

const WORDS = v.pipe(v.string(), v.maxLength(1_000));

const NOT_SENT = v.variant('reason', [
  /**
   * The choice is not certain; or nobody can tell what the message asks for; or not in the time for
   * which Thunderbird may be kept waiting.
   */
  v.strictObject({ reason: v.picklist(['unreadable', 'failed', 'took too long']) }),
  /**
   * It also goes to a newsgroup, which takes no marker; or another message is still being sent, perhaps
   * on a connection to the server that was chosen before.
   */
  v.strictObject({ reason: v.picklist(['newsgroup', 'busy']) }),
  /** Nobody could ask where the mail of this address goes. */
  v.strictObject({
    reason: v.picklist(['not paired', 'no answer', 'not proved', 'refused', 'proxy failed']),
    detail: WORDS,
  }),
  v.strictObject({ reason: v.literal('elsewhere'), address: WORDS, server: WORDS }),
  v.strictObject({ reason: v.literal('unknown'), address: WORDS, why: WORDS }),
]);

/** Why a message was not sent. */
export type NotSent = v.InferOutput<typeof NOT_SENT>;

const keyOf = (tabId: number): string => `not-sent-${tabId}`;

/** Why a marked message must not leave on the way that was found; undefined when it may. */
export function barredBy({ identity: { address }, found }: CheckedRoute): NotSent | undefined {
  if ('no' in found) {
    return { reason: found.no === 'failed' ? 'proxy failed' : found.no, detail: found.detail };
  }
  const { route } = found;
  switch (route.kind) {
    case 'through-proxy':
      return undefined;
    case 'elsewhere':
      return { reason: 'elsewhere', address, server: route.server };
    case 'unknown':
      return { reason: 'unknown', address, why: route.why };
  }
}

/** Whether it is its marker that keeps the message back: as Normal it could be sent. */
export function couldGoAsNormal({ reason }: NotSent): boolean {
  return reason !== 'unreadable' && reason !== 'failed' && reason !== 'took too long';
}

/**
 * Tells the person that a message was not sent, why, and what to do.
 *
 * Thunderbird says nothing when an add-on cancels. A desktop may show no notifications, so the
 * popup opens too: it says the same, beside the choices and the button that leads to the cure.
 */
export async function tellNotSent(tab: messenger.tabs.Tab, notSent: NotSent): Promise<void> {
  const told = await Promise.allSettled([notify(notSent), showInPopup(tab, notSent)]);
  for (const result of told) {
    if (result.status === 'rejected') console.error('Could not tell why', result.reason);
  }
}

/** Words a reason for the person. */
export function describeNotSent(notSent: NotSent): string {
  switch (notSent.reason) {
    case 'unreadable':
      return browser.i18n.getMessage('notSentUnreadable');
    case 'failed':
      return browser.i18n.getMessage('notSentFailed');
    case 'took too long':
      return browser.i18n.getMessage('notSentTookTooLong');
    case 'newsgroup':
      return browser.i18n.getMessage('notSentNewsgroup');
    case 'busy':
      return browser.i18n.getMessage('notSentBusy');
    case 'elsewhere':
      return browser.i18n.getMessage('notSentElsewhere', [notSent.address, notSent.server]);
    case 'unknown':
      return browser.i18n.getMessage('notSentUnknownWay', [
        notSent.address,
        describeWhyUnknown(notSent.why),
      ]);
    case 'proxy failed':
      return describeNoAnswer({ no: 'failed', detail: notSent.detail });
    case 'not paired':
    case 'no answer':
    case 'not proved':
    case 'refused':
      return describeNoAnswer({ no: notSent.reason, detail: notSent.detail });
  }
}

/** Why the latest message of a window was not sent; told once. */
export async function takeReason(tabId: number): Promise<NotSent | undefined> {
  const key = keyOf(tabId);
  const { [key]: stored } = await browser.storage.session.get(key);
  await browser.storage.session.remove(key);
  const parsed = v.safeParse(NOT_SENT, stored);
  return parsed.success ? parsed.output : undefined;
}

async function notify(notSent: NotSent): Promise<void> {
  await browser.notifications.create({
    type: 'basic',
    iconUrl: browser.runtime.getURL('icons/unreadable.svg'),
    title: browser.i18n.getMessage('notSentTitle'),
    message: describeNotSent(notSent),
  });
}

async function showInPopup({ id, windowId }: messenger.tabs.Tab, notSent: NotSent): Promise<void> {
  if (id === undefined || windowId === undefined) return;
  await browser.storage.session.set({ [keyOf(id)]: notSent });
  if (await openPopup(windowId)) return;
  console.info('The popup with the reason did not open: the button may not be in the toolbar');
}
