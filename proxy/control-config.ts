import { DEFAULT_CONTROL_PORT } from '../shared/control/api.ts';
import { inFile, parsed, type ConfigFile } from './config-file.ts';
import { parseListenAddress, type ListenAddress } from './listen-address.ts';

const DEFAULT_CONTROL = `127.0.0.1:${DEFAULT_CONTROL_PORT}`;

/** Where Thunderbird's profiles are looked for: in folders with a `profiles.ini`. */
export type ThunderbirdFolders = readonly string[] | 'the usual ones' | 'switched off';

/** @throws ConfigurationError */
export function controlOf(
  { control }: { readonly control?: string | false | undefined },
  file: ConfigFile | undefined,
): ListenAddress | undefined {
  const written = file?.content.control;
  if (control !== undefined || file === undefined || written === undefined) {
    if (control === false) return undefined;
    return parsed('--control', () => controlAddress(control ?? DEFAULT_CONTROL));
  }
  return written === false ? undefined : inFile(file, ['control'], () => controlAddress(written));
}

/** @throws ConfigurationError */
export function controlFromFlag({
  control,
}: {
  readonly control?: string | false;
}): ListenAddress | undefined {
  return controlOf({ control }, undefined);
}

/** The extension may ask at 127.0.0.1 alone, whatever the port: its manifest says so. */
function controlAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address.host === '127.0.0.1') return address;
  throw new Error(
    `"${address.host}" is not where the extension asks: use 127.0.0.1, with another port if you like`,
  );
}

/** Flags win over the file, and the one that switches reading off over the one that names folders. */
export function thunderbirdOf(
  flags: { readonly readThunderbird?: boolean; readonly thunderbird?: readonly string[] },
  file: ConfigFile | undefined,
): ThunderbirdFolders {
  if (flags.readThunderbird === false) return 'switched off';
  if (flags.thunderbird !== undefined) return flags.thunderbird;
  if (file?.content['read-thunderbird'] === false) return 'switched off';
  return file?.content.thunderbird ?? 'the usual ones';
}
