import * as v from 'valibot';
import browser from 'webextension-polyfill';

const KEY = 'forecast';

const SETTINGS = v.strictObject({
  /** Whether domains are looked up at all. */
  on: v.boolean(),
  /** Whether those of hidden recipients are too. */
  hidden: v.boolean(),
  /** Whether their mail servers are connected to. */
  probe: v.boolean(),
});

/** What the person lets be found out about recipients' domains. */
export type ForecastSettings = Readonly<v.InferOutput<typeof SETTINGS>>;

const NOTHING: ForecastSettings = { on: false, hidden: false, probe: false };

/**
 * What the person has switched on; nothing at first, and nothing where that cannot be read: a look-up
 * tells others whom somebody writes to.
 */
export async function forecastSettings(): Promise<ForecastSettings> {
  try {
    const { [KEY]: stored } = await browser.storage.local.get(KEY);
    const parsed = v.safeParse(SETTINGS, stored);
    return parsed.success && parsed.output.on ? parsed.output : NOTHING;
  } catch (cause) {
    console.info('Require TLS could not read whether domains may be looked up', cause);
    return NOTHING;
  }
}

/** What goes with looking up is switched off with it: it does not come back by itself. */
export async function storeForecastSettings(settings: ForecastSettings): Promise<void> {
  await browser.storage.local.set({ [KEY]: settings.on ? settings : NOTHING });
}
