import type { Thunderbird } from './thunderbird.ts';

/**
 * What Thunderbird says when a page is closed while it waits for an answer, as every popup is that
 * a person closes: the question was heard, and nobody is left to be told.
 */
const PAGE_CLOSED = 'Cannot send function call result: other side closed connection';

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
  const complaints = inConsole.filter((text) => !text.includes(PAGE_CLOSED));
  // The pages have a process of their own, whose console is to be seen only on the terminal.
  const fromPages = thunderbird.log.filter((line) => /^console\.(?:warn|error):/.test(line));
  return [...complaints, ...fromPages];
}
