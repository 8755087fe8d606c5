import { ADD_ON_ID } from './add-on.ts';
import type { ChromeWindow } from './chrome-window.ts';

/** Grants our extension what it would ask the person for, until it is taken back. */
export async function allow(
  mainWindow: ChromeWindow,
  permissions: readonly string[],
): Promise<AsyncDisposable> {
  const change = async (how: 'add' | 'remove') =>
    mainWindow.run(
      async ({ ChromeUtils, WebExtensionPolicy }, id, act, names) => {
        const extension = WebExtensionPolicy.getByID(id)?.extension;
        if (extension === undefined) throw new Error('It is not installed');
        const { ExtensionPermissions } = ChromeUtils.importESModule(
          'resource://gre/modules/ExtensionPermissions.sys.mjs',
        );
        await ExtensionPermissions[act](id, { permissions: names, origins: [] }, extension);
      },
      ADD_ON_ID,
      how,
      permissions,
    );
  await change('add');
  return { [Symbol.asyncDispose]: async () => change('remove') };
}
