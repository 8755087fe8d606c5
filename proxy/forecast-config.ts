import * as v from 'valibot';
import { readText, trustIn } from './certificate-files.ts';
import { inFile, parsed, PORT, port, type ConfigFile } from './config-file.ts';
import { parseResolver, type ResolverAddress } from './forecast/dns/resolver-address.ts';
import { readRootKeys } from './forecast/validation/root-anchor.ts';
import { BUILT_IN_TRUST, type Trust } from './submission/tls-profile.ts';

/** Whom the look-ups of the forecast ask, and whom they believe. */
export type ForecastConfiguration = {
  readonly resolver: readonly ResolverAddress[];
  /** Whether the command connects to mail servers unasked; the extension has its own switch. */
  readonly probe: boolean;
  readonly policyPort: number;
  readonly mxPort: number;
  /** For policy hosts, resolvers and mail servers; not for the submission server. */
  readonly trust: Trust;
  /** Undefined for IANA's. */
  readonly rootAnchorFile: string | undefined;
  readonly allowSpecialAddresses: boolean;
};

/** What stands on the command line; each wins over the file. */
export type ForecastFlags = {
  readonly resolver?: string;
  readonly probe?: boolean;
  readonly policyPort?: string;
  readonly mxPort?: string;
  readonly ca?: string;
  readonly rootAnchor?: string;
  readonly allowSpecialAddresses?: boolean;
};

type Key = keyof ConfigFile['content']['forecast'];

const HTTPS_PORT = 443;
const SMTP_PORT = 25;

/** @throws ConfigurationError */
export function forecastOf(
  flags: ForecastFlags,
  file: ConfigFile | undefined,
): ForecastConfiguration {
  const written = file?.content.forecast ?? {};
  /** Reads a value from where it stands, so that a fault in it names the place. */
  const from = <T, K extends Key>(
    [flag, said]: readonly [string, string | undefined],
    key: K,
    read: (value: string | NonNullable<(typeof written)[K]>) => T,
  ): T | undefined => {
    if (said !== undefined) return parsed(flag, () => read(said));
    const value = written[key];
    if (file === undefined || value === undefined || value === null) return undefined;
    return inFile(file, ['forecast', key], () => read(value));
  };
  return {
    resolver:
      from(['--resolver', flags.resolver], 'resolver', parseResolver) ??
      parsed('--resolver', () => parseResolver('system')),
    probe: flags.probe ?? written.probe ?? false,
    policyPort: from(['--policy-port', flags.policyPort], 'policy-port', portFrom) ?? HTTPS_PORT,
    mxPort: from(['--mx-port', flags.mxPort], 'mx-port', portFrom) ?? SMTP_PORT,
    trust: from(['--ca', flags.ca], 'ca', trustIn) ?? BUILT_IN_TRUST,
    rootAnchorFile: from(['--root-anchor', flags.rootAnchor], 'root-anchor', rootAnchorIn),
    allowSpecialAddresses:
      flags.allowSpecialAddresses ?? written['allow-special-addresses'] ?? false,
  };
}

function portFrom(written: string | number): number {
  const isNumber = /^\d{1,5}$/.test(String(written));
  const checked = v.safeParse(port, isNumber ? Number(written) : undefined);
  if (!checked.success) throw new Error(`"${written}" is not ${PORT}`);
  return checked.output;
}

/** The file itself is read by whoever looks something up. */
function rootAnchorIn(file: string): string {
  readRootKeys(readText(file));
  return file;
}
