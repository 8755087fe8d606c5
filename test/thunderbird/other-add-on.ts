import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { CustomHeader } from './add-on.ts';
import type { Thunderbird } from './thunderbird.ts';

/** Somebody else's add-on, which writes custom headers as well. */
export type OtherAddOn = AsyncDisposable & {
  /** Adds one to the only compose window that is open. */
  addCustomHeader(header: CustomHeader): Promise<void>;
};

/** @param manifest replaces or adds to its manifest */
export async function installOtherAddOn(
  thunderbird: Thunderbird,
  manifest: Readonly<Record<string, unknown>> = {},
): Promise<OtherAddOn> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-other-add-on-'));
  await writeFile(path.join(folder, 'background.js'), '');
  await writeFile(
    path.join(folder, 'manifest.json'),
    JSON.stringify({
      manifest_version: 3,
      name: 'Project numbers',
      version: '1.0',
      browser_specific_settings: { gecko: { id: 'project-numbers@example.org' } },
      permissions: ['compose'],
      background: { scripts: ['background.js'] },
      ...manifest,
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
