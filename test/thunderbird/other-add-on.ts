import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { CustomHeader } from './add-on.ts';
import type { Thunderbird } from './thunderbird.ts';

export const OTHER_ADD_ON_ID = 'project-numbers@example.org';

/** Somebody else's add-on, which writes custom headers as well. */
export type OtherAddOn = AsyncDisposable & {
  /** Adds one to the only compose window that is open. */
  addCustomHeader(header: CustomHeader): Promise<void>;
};

/**
 * @param more.manifest replaces or adds to its manifest
 * @param more.script what its background page does
 */
export async function installOtherAddOn(
  thunderbird: Thunderbird,
  more: { readonly manifest?: object; readonly script?: string } = {},
): Promise<OtherAddOn> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-other-add-on-'));
  await writeFile(path.join(folder, 'background.js'), more.script ?? '');
  await writeFile(
    path.join(folder, 'manifest.json'),
    JSON.stringify({
      manifest_version: 3,
      name: 'Project numbers',
      version: '1.0',
      browser_specific_settings: { gecko: { id: OTHER_ADD_ON_ID } },
      permissions: ['compose'],
      background: { scripts: ['background.js'] },
      ...more.manifest,
    }),
  );
  const addOn = await thunderbird.install(folder);

  return {
    async addCustomHeader(header) {
      await addOn.run(
        async ({ messenger: { tabs, compose } }, name, value) => {
          const [tab] = await tabs.query({ type: 'messageCompose' });
          if (tab === undefined) throw new Error('no compose window');
          const { customHeaders } = await compose.getComposeDetails(tab.id);
          await compose.setComposeDetails(tab.id, {
            customHeaders: [...customHeaders, { name, value }],
          });
        },
        header.name,
        header.value,
      );
    },
    async [Symbol.asyncDispose]() {
      await addOn.uninstall();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
