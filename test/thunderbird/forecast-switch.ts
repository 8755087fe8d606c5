import type { AddOn } from './add-on.ts';
import { allow } from './permission.ts';
import type { Thunderbird } from './thunderbird.ts';

type Stage = { readonly thunderbird: Thunderbird; readonly addOn: AddOn };

export type HowForecast = {
  /** Whether hidden recipients are looked up too. */
  readonly hidden?: boolean;
  /** Whether mail servers are connected to. */
  readonly probe?: boolean;
  /** Whether the person has let the extension press Send. */
  readonly maySend?: boolean;
};

/** Switches the forecast on, as the set-up page does, until it is taken back. */
export async function switchForecast(
  { thunderbird, addOn }: Stage,
  { hidden = false, probe = false, maySend = true }: HowForecast = {},
): Promise<AsyncDisposable> {
  const forecast = { on: true, hidden, probe };
  await addOn.run(
    async ({ messenger: { storage } }, settings) => storage.local.set({ forecast: settings }),
    forecast,
  );
  const sending = maySend ? await allow(thunderbird.mainWindow, ['compose.send']) : undefined;
  return {
    [Symbol.asyncDispose]: async () => {
      await sending?.[Symbol.asyncDispose]();
      await addOn.run(async ({ messenger: { storage } }) => storage.local.remove('forecast'));
    },
  };
}
