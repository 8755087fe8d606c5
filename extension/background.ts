import browser from 'webextension-polyfill';
import { cycleOnCommand } from './compose/choose.ts';
import { markOnSend } from './compose/mark-on-send.ts';
import { noteOnSave } from './compose/note-on-save.ts';
import { answerPopup } from './compose/popup-messages.ts';
import { forgetOnClose, restoreOnOpen, restoreOpenWindows } from './compose/restore-on-open.ts';
import { forgetAfterSend } from './compose/sending.ts';
import { openOnInstall } from './setup/open-on-install.ts';
import { thunderbird } from './thunderbird.ts';

// Thunderbird stops this page when it is idle and starts it again for an event, so each
// listener is added here, at the top level, before anything is awaited.
thunderbird.compose.onBeforeSend.addListener(markOnSend);
thunderbird.compose.onAfterSend.addListener((tab) => void forgetAfterSend(tab));
thunderbird.compose.onAfterSave.addListener((tab, saved) => void noteOnSave(tab, saved));
thunderbird.tabs.onCreated.addListener((tab) => void restoreOnOpen(tab));
thunderbird.tabs.onRemoved.addListener((tabId) => void forgetOnClose(tabId));
thunderbird.commands.onCommand.addListener((command, tab) => void cycleOnCommand(command, tab));
browser.notifications.onClicked.addListener(() => void browser.runtime.openOptionsPage());
browser.runtime.onMessage.addListener(answerPopup);
browser.runtime.onInstalled.addListener((details) => void openOnInstall(details));

// No event tells of the windows that were open when this extension was installed or updated.
void restoreOpenWindows();
