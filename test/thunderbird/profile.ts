import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** An outgoing server as it is set up for the proxy: no TLS to loopback, a normal password. */
export type OutgoingServer = {
  readonly port: number;
  /** Without a login Thunderbird is told that the server wants none. */
  readonly login?: { readonly user: string; readonly password: string };
};

export type Identity = {
  readonly name: string;
  readonly address: string;
  readonly outgoing: OutgoingServer;
};

/** The identity's key in the preferences, which is also its id in the add-on API. */
export function identityKey(position: number): string {
  return `id${position + 1}`;
}

/** The outgoing server's key in the preferences; each identity has one of its own. */
export function serverKey(position: number): string {
  return `smtp${position + 1}`;
}

export type Preferences = Readonly<Record<string, string | number | boolean>>;

/** nsMsgAuthMethod: 1 is none, 3 is a normal password. */
const NO_AUTHENTICATION = 1;
const NORMAL_PASSWORD = 3;

const LOCAL_FOLDERS = 'mailbox://nobody@Local%20Folders';

/**
 * Writes the preferences of a profile that never saw a person: no first-run page, no update, no
 * look at the network, and the accounts a test asked for.
 *
 * Passwords are not preferences; `thunderbird.ts` puts them into the login store.
 */
export async function writeProfile(
  folder: string,
  identities: readonly Identity[],
  more: Preferences = {},
): Promise<void> {
  const preferences = {
    ...QUIET,
    ...REMOTE_CONTROL,
    ...accountPreferences(identities),
    ...Object.assign({}, ...identities.map(identityPreferences)),
    ...more,
  };
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'user.js'), lines.join(''));
}

/**
 * One account that never fetches mail, with all identities, and the local folders. An account
 * of type `none` cannot be the default one (153; look again 2027-06), hence the POP3 server
 * on the discard port.
 */
function accountPreferences(identities: readonly Identity[]): Preferences {
  return {
    'mail.accountmanager.accounts': 'account1,account2',
    'mail.accountmanager.defaultaccount': 'account1',
    'mail.accountmanager.localfoldersserver': 'server2',
    'mail.account.lastKey': 2,
    'mail.account.account1.identities': identities.map((_, at) => identityKey(at)).join(','),
    'mail.account.account1.server': 'server1',
    'mail.account.account2.server': 'server2',
    'mail.server.server1.type': 'pop3',
    'mail.server.server1.hostname': '127.0.0.1',
    'mail.server.server1.port': 9,
    'mail.server.server1.userName': 'alice',
    'mail.server.server1.name': identities[0]?.address ?? 'nobody',
    'mail.server.server1.directory-rel': '[ProfD]Mail/Unused',
    'mail.server.server1.login_at_startup': false,
    'mail.server.server1.check_new_mail': false,
    'mail.server.server1.download_on_biff': false,
    'mail.server.server2.type': 'none',
    'mail.server.server2.hostname': 'Local Folders',
    'mail.server.server2.userName': 'nobody',
    'mail.server.server2.name': 'Local Folders',
    'mail.server.server2.directory-rel': '[ProfD]Mail/Local Folders',
    'mail.smtpservers': identities.map((_, at) => serverKey(at)).join(','),
    'mail.smtp.defaultserver': serverKey(0),
  };
}

function identityPreferences({ name, address, outgoing }: Identity, at: number): Preferences {
  const identity = `mail.identity.${identityKey(at)}`;
  const server = `mail.smtpserver.${serverKey(at)}`;
  return {
    [`${identity}.fullName`]: name,
    [`${identity}.useremail`]: address,
    [`${identity}.valid`]: true,
    [`${identity}.smtpServer`]: serverKey(at),
    [`${identity}.compose_html`]: false,
    [`${identity}.fcc`]: true,
    [`${identity}.fcc_folder`]: `${LOCAL_FOLDERS}/Sent`,
    [`${identity}.fcc_folder_picker_mode`]: '1',
    [`${identity}.draft_folder`]: `${LOCAL_FOLDERS}/Drafts`,
    [`${identity}.drafts_folder_picker_mode`]: '1',
    [`${identity}.stationery_folder`]: `${LOCAL_FOLDERS}/Templates`,
    [`${identity}.tmpl_folder_picker_mode`]: '1',
    [`${server}.type`]: 'smtp',
    [`${server}.hostname`]: '127.0.0.1',
    [`${server}.port`]: outgoing.port,
    [`${server}.try_ssl`]: 0,
    [`${server}.authMethod`]: outgoing.login === undefined ? NO_AUTHENTICATION : NORMAL_PASSWORD,
    ...(outgoing.login === undefined ? {} : { [`${server}.username`]: outgoing.login.user }),
  };
}

/**
 * The port is left to the system; Thunderbird writes it into the profile. What pages write to
 * their console goes to the terminal.
 */
const REMOTE_CONTROL: Preferences = {
  'marionette.port': 0,
  'remote.prefs.recommended': true,
  'devtools.console.stdout.content': true,
};

const QUIET: Preferences = {
  // It would write the preferences after each send, and nobody relies on what was just written.
  'mail.collect_email_address_outgoing': false,
  'alerts.useSystemBackend': false,
  'app.donation.eoy.version.viewed': 999,
  'app.update.enabled': false,
  'browser.dom.window.dump.enabled': true,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'calendar.timezone.local': 'UTC',
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'extensions.autoDisableScopes': 0,
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'mail.biff.show_tray_icon': false,
  'mail.chat.enabled': false,
  'mail.inappnotifications.enabled': false,
  'mail.inappnotifications.url': '',
  'mail.instrumentation.askUser': false,
  'mail.provider.suppress_dialog_on_startup': true,
  'mail.rights.version': 1,
  'mail.shell.checkDefaultClient': false,
  'mail.spellcheck.inline': false,
  'mail.spotlight.firstRunDone': true,
  'mail.winsearch.firstRunDone': true,
  'mail.ui.show.migration.on.upgrade': false,
  'mailnews.auto_config_url': '',
  'mailnews.start_page.enabled': false,
  'mailnews.start_page_override.mstone': 'ignore',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  'ui.caretBlinkTime': 0,
};
