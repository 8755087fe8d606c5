import type { ChromeWindow } from './chrome-window.ts';

/**
 * Makes an OpenPGP key for an identity and chooses it, as the page End-To-End Encryption in the
 * Account Settings does.
 *
 * @param identity its key in the preferences
 * @returns the public key, in ASCII armour
 */
export async function makeOwnKey(mainWindow: ChromeWindow, identity: string): Promise<string> {
  return mainWindow.run(async ({ ChromeUtils, MailServices, Services }, key) => {
    const { RNP } = ChromeUtils.importESModule('chrome://openpgp/content/modules/RNP.sys.mjs');
    const { OpenPGPMasterpass } = ChromeUtils.importESModule(
      'chrome://openpgp/content/modules/masterpass.sys.mjs',
    );
    const passphrase = await OpenPGPMasterpass.retrieveOpenPGPPassword();
    const { fullName, email } = MailServices.accounts.getIdentity(key);
    const id = await RNP.genKey(`${fullName} <${email}>`, 'ECC', 0, 0, passphrase);
    await RNP.saveKeyRings();
    Services.prefs.setStringPref(`mail.identity.${key}.openpgp_key_id`, id);
    return RNP.getPublicKey(`0x${id}`);
  }, identity);
}

/** Takes in the public key of somebody to write to, as one whose fingerprint was compared. */
export async function acceptKey(mainWindow: ChromeWindow, publicKey: string): Promise<void> {
  const fault = await mainWindow.run(async ({ ChromeUtils }, armoured) => {
    const { RNP } = ChromeUtils.importESModule('chrome://openpgp/content/modules/RNP.sys.mjs');
    const { exitCode, errorMsg } = await RNP.importPubkeyBlockAutoAcceptImpl(
      null,
      armoured,
      'verified',
    );
    return exitCode === 0 ? '' : `${exitCode} ${errorMsg}`;
  }, publicKey);
  if (fault !== '') throw new Error(`Thunderbird did not take the key: ${fault}`);
}
