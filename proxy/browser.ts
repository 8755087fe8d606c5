import open from 'open';

type Surroundings = {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/**
 * Opens an address in the person's browser, where there is a screen that it could appear on.
 *
 * @returns whether a browser was told of it; what it makes of that nobody can know
 */
export async function openInBrowser(address: string, around: Surroundings): Promise<boolean> {
  if (!hasScreen(around)) return false;
  try {
    await open(address);
    return true;
  } catch {
    return false; // there is none: the link is printed in any case
  }
}

function hasScreen({ platform, environment }: Surroundings): boolean {
  if (platform === 'darwin' || platform === 'win32') return true;
  return [environment['DISPLAY'], environment['WAYLAND_DISPLAY']].some(Boolean); // set and empty: none
}
