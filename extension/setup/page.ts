import { localizePage } from '../localized-page.ts';
import { elementById } from '../page-element.ts';
import { makeCopyButtons } from './copy-buttons.ts';
import { showWays } from './identity-ways.ts';
import { showResolver, startForecastSwitches } from './forecast-switches.ts';
import { startPairingForm } from './pairing-form.ts';
import { startProbePermission } from './probe-permission.ts';

async function start(): Promise<void> {
  localizePage();
  makeCopyButtons();
  elementById('check-ways', HTMLButtonElement).addEventListener('click', () => void showWays());
  await startProbePermission(showWays);
  await startForecastSwitches();
  // What the proxy says may take its time; the page can be used before.
  void startPairingForm(async () => await Promise.all([showWays(), showResolver()]));
  void showResolver();
  document.body.dataset['ready'] = String(await showWays());
}

await start();
