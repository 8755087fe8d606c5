import browser from 'webextension-polyfill';
import { tellClosed, tellOpen } from './compose/compose-windows.ts';
import { cycleOnCommand } from './compose/choose.ts';
import { lookAhead } from './compose/look-ahead.ts';
import { markOnSend } from './compose/mark-on-send.ts';
import { noteOnSave } from './compose/note-on-save.ts';
import { answerPopup } from './compose/popup-messages.ts';
import { forgetOnClose, restoreOnOpen, restoreOpenWindows } from './compose/restore-on-open.ts';
import { deleteStrayProbes } from './compose/route-probe.ts';
import { forgetAfterSend } from './compose/sending.ts';
import { noteTabClosed } from './compose/settings-written.ts';
import { noteHowSent } from './forecast/how-sent.ts';
import { lookAtRecipientsOnAlarm, lookSoonAtRecipients } from './forecast/look-now-and-then.ts';
import { answerSendAnyway } from './forecast/send-anyway.ts';
import { keepLookingHourly, lookOnAlarm } from './receipts/hourly.ts';
import { forgetOnMoved, lookOnDeleted } from './receipts/outbox-changes.ts';
import { lookAfterSend, lookForSent } from './receipts/seen-by-proxy.ts';
import { openFromNotification } from './receipts/unprotected.ts';
import { openOnInstall } from './setup/open-on-install.ts';
import { thunderbird } from './thunderbird.ts';

// Thunderbird stops this page when it is idle and starts it again for an event, so each
// listener is added here, at the top level, before anything is awaited.
thunderbird.compose.onBeforeSend.addListener(markOnSend);
thunderbird.compose.onAfterSend.addListener((tab) => void forgetAfterSend(tab));
thunderbird.compose.onAfterSend.addListener((tab, info) => void lookAfterSend(tab, info));
thunderbird.compose.onAfterSend.addListener((tab, info) => void noteHowSent(tab, info));
thunderbird.compose.onAfterSave.addListener((tab, saved) => void noteOnSave(tab, saved));
thunderbird.compose.onAfterSave.addListener(({ id }) => void (id !== undefined && tellOpen(id)));
thunderbird.compose.onIdentityChanged.addListener((tab) => void lookAhead(tab));
thunderbird.tabs.onCreated.addListener((tab) => void restoreOnOpen(tab));
thunderbird.tabs.onCreated.addListener((tab) => void lookAhead(tab));
thunderbird.tabs.onCreated.addListener((tab) => void lookSoonAtRecipients(tab));
thunderbird.compose.onComposeStateChanged.addListener((tab) => void lookSoonAtRecipients(tab));
thunderbird.tabs.onRemoved.addListener((tabId) => void forgetOnClose(tabId));
thunderbird.tabs.onRemoved.addListener((tabId) => void tellClosed(tabId));
thunderbird.tabs.onRemoved.addListener(() => void noteTabClosed());
thunderbird.messages.onNewMailReceived.addListener((...mail) => void deleteStrayProbes(...mail));
thunderbird.messages.onDeleted.addListener((deleted) => void lookOnDeleted(deleted));
thunderbird.messages.onMoved.addListener((...moved) => void forgetOnMoved(...moved));
thunderbird.commands.onCommand.addListener((command, tab) => void cycleOnCommand(command, tab));
browser.notifications.onClicked.addListener((name) => void openFromNotification(name));
browser.runtime.onMessage.addListener(answerPopup);
browser.runtime.onMessage.addListener(answerSendAnyway);
browser.runtime.onInstalled.addListener((details) => void openOnInstall(details));
browser.runtime.onStartup.addListener(() => void lookForSent());
browser.alarms.onAlarm.addListener((alarm) => void lookOnAlarm(alarm));
browser.alarms.onAlarm.addListener((alarm) => void lookAtRecipientsOnAlarm(alarm));

// No event tells of the windows that were open when this extension was installed or updated.
void restoreOpenWindows();
void keepLookingHourly();
