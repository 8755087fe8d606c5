import type { Thunderbird } from './thunderbird.ts';

/**
 * Warnings and errors about an add-on: of its manifest, of its scripts, and what its pages write
 * with `console.warn` and `console.error`.
 */
export async function complaintsAbout(
  thunderbird: Thunderbird,
  addOnId: string,
): Promise<readonly string[]> {
  const inConsole = await thunderbird.mainWindow.run(({ Services, WebExtensionPolicy }, id) => {
    const uuid = WebExtensionPolicy.getByID(id)?.extension.uuid ?? id;
    return Services.console
      .getMessageArray()
      .map(String)
      .filter((text) => text.includes(id) || text.includes(uuid));
  }, addOnId);
  // The pages have a process of their own, whose console is to be seen only on the terminal.
  const fromPages = thunderbird.log.filter((line) => /^console\.(?:warn|error):/.test(line));
  return [...inConsole, ...fromPages];
}
