import browser from 'webextension-polyfill';
import { DEFAULT_CONTROL_PORT } from '../../shared/control/api.ts';
import { typedPairingCode } from '../../shared/control/pairing-code.ts';
import { sendingIdentities } from '../compose/sending-identity.ts';
import { describeNoAnswer } from '../no-answer.ts';
import { elementById } from '../page-element.ts';
import { forgetPairing, storedPairing, storePairing } from '../pairing-store.ts';
import { type Asked, askSealed, type Pairing } from '../sealed-channel.ts';
import { thunderbird } from '../thunderbird.ts';
import { pairWithProxy } from './pair.ts';
import { describePairingEnd } from './pairing-words.ts';
import { showServerSettings } from './server-settings.ts';

const LIMIT_MS = 3_000;
const NAME_LENGTH = 100;

/** Thunderbird grants it with the installation, but not with an update that brings it. */
const TO_THE_PROXY = { origins: ['http://127.0.0.1/*'] };

const form = elementById('pairing', HTMLFormElement);
const code = elementById('code', HTMLInputElement);
const profileName = elementById('profile-name', HTMLInputElement);
const controlPort = elementById('control-port', HTMLInputElement);
const status = elementById('pairing-status', HTMLParagraphElement);
const pair = elementById('pair', HTMLButtonElement);
const checkAgain = elementById('check-again', HTMLButtonElement);
const unpair = elementById('unpair', HTMLButtonElement);

/** @param changed is called when the proxy may answer otherwise than before */
export async function startPairingForm(changed: () => Promise<unknown>): Promise<void> {
  const [first] = await sendingIdentities();
  profileName.value = (first?.address ?? 'Thunderbird').slice(0, NAME_LENGTH);
  const known = await storedPairing();
  controlPort.value = String(known?.port ?? DEFAULT_CONTROL_PORT);

  const acts = (act: () => Promise<void>) => () => void busyWith(act).then(changed);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    acts(isPaired() ? check : pairNow)();
  });
  checkAgain.addEventListener('click', acts(check));
  unpair.addEventListener('click', acts(unpairNow));
  await busyWith(known === undefined ? showUnpaired : lookAtPairing);
}

function isPaired(): boolean {
  return document.body.dataset['pairing'] === 'paired';
}

/** One thing at a time; what fails in it is told, and the form can be used again. */
async function busyWith(act: () => Promise<void>): Promise<void> {
  for (const button of [pair, checkAgain, unpair]) button.disabled = true;
  try {
    await act();
  } catch (cause) {
    console.error('The pairing could not be stored or read', cause);
    tell('setupStoreFailed');
  } finally {
    for (const button of [pair, checkAgain, unpair]) button.disabled = false;
  }
}

function tell(message: string, substitution?: string): void {
  status.textContent = browser.i18n.getMessage(message, substitution);
}

async function pairNow(): Promise<void> {
  const allowed = mayReachProxy();
  const port = typedPort();
  if (port === undefined) return tell('setupPairPortWrong');
  const typed = typedPairingCode(code.value);
  if (typed === undefined) return tell('setupPairCodeWrong');
  if (!(await allowed)) return tell('setupPairNotAllowed');

  tell('setupPairing');
  const name = profileName.value.trim() || 'Thunderbird';
  const end = await pairWithProxy(port, typed, name);
  if (end.kind !== 'paired') {
    status.textContent = describePairingEnd(end);
    return;
  }
  await storePairing(end.pairing);
  code.value = '';
  await lookAtPairing();
}

/** Asks once more, at the port that stands in the form: the proxy may have got another. */
async function check(): Promise<void> {
  const allowed = mayReachProxy();
  const port = typedPort();
  if (port === undefined) return tell('setupPairPortWrong');
  if (!(await allowed)) return tell('setupPairNotAllowed');
  const known = await storedPairing();
  if (known === undefined) return await showUnpaired();
  tell('setupAsking');
  const asked = await hello({ ...known, port });
  // Another port is kept only when the proxy itself has answered there.
  if ('answer' in asked && port !== known.port) await storePairing({ ...known, port });
  showPaired(asked);
}

async function lookAtPairing(): Promise<void> {
  const known = await storedPairing();
  if (known === undefined) return await showUnpaired();
  tell('setupAsking');
  showPaired(await hello(known));
}

async function hello(pairing: Pairing): Promise<Asked<'hello'>> {
  return await askSealed<'hello'>(pairing, { ask: 'hello' }, LIMIT_MS);
}

async function unpairNow(): Promise<void> {
  const known = await storedPairing();
  const told =
    known === undefined ? undefined : await askSealed<'unpair'>(known, { ask: 'unpair' }, LIMIT_MS);
  await forgetPairing();
  await showUnpaired();
  tell(told !== undefined && 'answer' in told ? 'setupUnpaired' : 'setupUnpairedHereOnly');
}

async function showUnpaired(): Promise<void> {
  show('not paired');
  tell('setupNotPaired');
}

function showPaired(asked: Asked<'hello'>): void {
  show('paired');
  if ('no' in asked) {
    // A key that the proxy has lost does not come back: the code is asked for again.
    if (asked.no === 'refused') show('not paired');
    status.textContent = describeNoAnswer(asked);
    return;
  }
  const { accounts, version, readsPreferences } = asked.answer;
  tell(readsPreferences ? 'setupPaired' : 'setupPairedWithoutPreferences', version);
  showServerSettings(accounts);
}

function show(state: 'paired' | 'not paired'): void {
  document.body.dataset['pairing'] = state;
  const paired = state === 'paired';
  for (const id of ['code-field', 'name-field']) elementById(id, HTMLDivElement).hidden = paired;
  pair.hidden = paired;
  checkAgain.hidden = !paired;
  unpair.hidden = !paired;
}

function typedPort(): number | undefined {
  const typed = controlPort.value.trim();
  const port = Number(typed);
  return /^\d{1,5}$/.test(typed) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** Begun before anything is awaited: Thunderbird asks the person only while it handles a click. */
async function mayReachProxy(): Promise<boolean> {
  try {
    return await thunderbird.permissions.request(TO_THE_PROXY);
  } catch (cause) {
    console.info('Thunderbird could not be asked for the permission', cause);
    return await thunderbird.permissions.contains(TO_THE_PROXY);
  }
}
