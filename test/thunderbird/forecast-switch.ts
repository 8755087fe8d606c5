import type { AddOn } from './add-on.ts';
import { allow } from './permission.ts';
import type { Thunderbird } from './thunderbird.ts';

type Stage = { readonly thunderbird: Thunderbird; readonly addOn: AddOn };

/**
 * Switches the forecast on, as the set-up page does, until it is taken back.
 *
 * @param how.hidden whether hidden recipients are looked up too
 * @param how.maySend whether the person has let the extension press Send
 */
export async function switchForecast(
  { thunderbird, addOn }: Stage,
  {
    hidden = false,
    maySend = true,
  }: { readonly hidden?: boolean; readonly maySend?: boolean } = {},
): Promise<AsyncDisposable> {
  const forecast = { on: true, hidden, probe: false };
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
