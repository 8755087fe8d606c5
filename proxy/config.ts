import path from 'node:path';
import { domainToASCII } from 'node:url';
import envPaths from 'env-paths';
import * as v from 'valibot';
import { parseUpstreamUrl, type UpstreamServer } from '../shared/submission/upstream-url.ts';
import { ownCertificateIn, trustIn } from './certificate-files.ts';
import {
  ConfigurationError,
  fault,
  inFile,
  parsed,
  readConfigFile,
  seconds,
  SECONDS,
  type ConfigFile,
} from './config-file.ts';
import { controlOf, thunderbirdOf, type ThunderbirdFolders } from './control-config.ts';
import { forecastOf, type ForecastConfiguration, type ForecastFlags } from './forecast-config.ts';
import { parseListenAddress, type ListenAddress } from './listen-address.ts';
import type { OwnCertificate } from './submission/listener.ts';
import { BUILT_IN_TRUST, type Trust } from './submission/tls-profile.ts';

/** One submission server, and where mail programs reach it. */
export type Account = {
  readonly name: string;
  readonly listen: ListenAddress;
  readonly server: UpstreamServer;
  /** With one, mail programs speak TLS to the proxy too. */
  readonly certificate: OwnCertificate | undefined;
};

export type Configuration = {
  readonly accounts: readonly Account[];
  readonly trust: Trust;
  readonly timeoutMs: number | undefined;
  readonly stateFolder: string;
  /** Where the extension and the commands ask; undefined when they cannot. */
  readonly control: ListenAddress | undefined;
  readonly thunderbird: ThunderbirdFolders;
  readonly forecast: ForecastConfiguration;
  readonly logFormat: 'text' | 'json';
};

/** What stands on the command line; each wins over the file. */
export type Flags = {
  readonly config?: string;
  readonly listen?: string;
  readonly upstream?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly timeout?: string;
  readonly state?: string;
  readonly logFormat?: string;
  /** Where the control API is to listen; `false` for `--no-control`. */
  readonly control?: string | false;
  /** `false` for `--no-read-thunderbird`. */
  readonly readThunderbird?: boolean;
  readonly thunderbird?: readonly string[];
};

const DEFAULT_LISTEN = '127.0.0.1:8689';
const FOLDERS = envPaths('requiretls', { suffix: '' });

/** Where the platform keeps configuration. */
export const DEFAULT_CONFIG_FILE = path.join(FOLDERS.config, 'config.toml');

/**
 * Reads flags and the configuration file together.
 *
 * @param defaultFile read when no flag names one, and not missed when it is not there
 * @returns undefined when nothing is configured: no file and no `--upstream`
 * @throws ConfigurationError
 */
export function configurationFrom(flags: Flags, defaultFile: string): Configuration | undefined {
  const file = readConfigFile(flags.config ?? defaultFile, flags.config !== undefined);
  if (file === undefined && flags.upstream === undefined) return undefined;

  const accounts = accountsFrom(flags, file);
  return {
    accounts,
    trust: trustOf(flags, file),
    timeoutMs: timeoutFrom(flags, file?.content),
    stateFolder: stateFolderOf(flags, file),
    control: controlOf(flags, file),
    thunderbird: thunderbirdOf(flags, file),
    forecast: forecastOf({}, file),
    logFormat: logFormatFrom(flags.logFormat) ?? file?.content['log-format'] ?? 'text',
  };
}

function trustOf(flags: Flags, file: ConfigFile | undefined): Trust {
  if (flags.ca !== undefined) return trustFrom(flags.ca);
  const ca = file?.content.ca;
  if (file === undefined || ca === undefined) return BUILT_IN_TRUST;
  return inFile(file, ['ca'], () => trustIn(ca));
}

/**
 * Where receipts are, also when no account is configured.
 *
 * @throws ConfigurationError
 */
export function stateFolderFrom(flags: Pick<Flags, 'config' | 'state'>, defaultFile: string) {
  return stateFolderOf(
    flags,
    readConfigFile(flags.config ?? defaultFile, flags.config !== undefined),
  );
}

function stateFolderOf({ state }: Pick<Flags, 'state'>, file: ConfigFile | undefined): string {
  return state ?? file?.content.state ?? FOLDERS.log;
}

/**
 * Where the running proxy is asked, and with the key of which folder; also when no account is
 * configured.
 *
 * @throws ConfigurationError
 */
export function controlFrom(
  flags: Pick<Flags, 'config' | 'state' | 'control'>,
  defaultFile: string,
): { readonly control: ListenAddress | undefined; readonly stateFolder: string } {
  const file = readConfigFile(flags.config ?? defaultFile, flags.config !== undefined);
  return { control: controlOf(flags, file), stateFolder: stateFolderOf(flags, file) };
}

/**
 * How `requiretls forecast` looks things up; also when no account is configured.
 *
 * @throws ConfigurationError
 */
export function forecastConfigurationFrom(
  flags: ForecastFlags & Pick<Flags, 'config' | 'state'>,
  defaultFile: string,
): { readonly forecast: ForecastConfiguration; readonly stateFolder: string } {
  const file = readConfigFile(flags.config ?? defaultFile, flags.config !== undefined);
  return { forecast: forecastOf(flags, file), stateFolder: stateFolderOf(flags, file) };
}

function accountsFrom(flags: Flags, file: ConfigFile | undefined): readonly Account[] {
  if (flags.upstream !== undefined) return [accountOfFlags(flags, flags.upstream)];
  if (file === undefined || file.content.account.length === 0) {
    throw new ConfigurationError(
      `${file?.name ?? ''}: no [[account]] with an upstream stands in it, and no --upstream was given`,
    );
  }
  const { account } = file.content;
  for (const flag of ['listen', 'certificate', 'key'] as const) {
    if (flags[flag] !== undefined && account.length > 1) {
      throw new ConfigurationError(
        `--${flag} cannot say for which of several accounts it is meant`,
      );
    }
  }
  const accounts = account.map(({ name, listen, upstream, certificate, key }, at): Account => {
    const own = inFile(file, ['account', at, 'certificate'], () =>
      ownCertificateIn(flags.certificate ?? certificate, flags.key ?? key),
    );
    return {
      name,
      listen: inFile(file, ['account', at, 'listen'], () =>
        assertServable(parseListenAddress(flags.listen ?? listen ?? DEFAULT_LISTEN), own),
      ),
      server: inFile(file, ['account', at, 'upstream'], () => serverFromUrl(upstream)),
      certificate: own,
    };
  });
  assertApart(accounts, file);
  return accounts;
}

function accountOfFlags(flags: Flags, upstream: string): Account {
  const certificate = parsed('--certificate, --key', () =>
    ownCertificateIn(flags.certificate, flags.key),
  );
  return {
    name: 'default',
    listen: listenFrom(flags, certificate),
    server: serverFrom('--upstream', upstream),
    certificate,
  };
}

/** Passwords come over it: on a network only inside TLS. */
function assertServable(
  listen: ListenAddress,
  certificate: OwnCertificate | undefined,
): ListenAddress {
  if (listen.isLoopback || certificate !== undefined) return listen;
  throw new Error(
    `"${listen.host}" can be reached from other computers: use 127.0.0.1 or a name under .localhost, or give the proxy a certificate and a key`,
  );
}

/**
 * Mail programs keep saved passwords by host name without port, so a shared name could hand one
 * provider's password to another.
 */
function assertApart(accounts: readonly Account[], file: ConfigFile): void {
  accounts.forEach((account, at) => {
    const earlier = accounts.slice(0, at);
    const sameAs = (test: (other: Account) => boolean) => earlier.find(test)?.name;
    const key = ['account', at, 'listen'];
    const samePort = sameAs(({ listen }) => listen.port === account.listen.port);
    if (samePort !== undefined) {
      throw fault(file, key, `the port is that of "${samePort}": each account needs its own`);
    }
    const sameName = sameAs(
      ({ listen }) => listen.name.toLowerCase() === account.listen.name.toLowerCase(),
    );
    if (sameName !== undefined) {
      throw fault(
        file,
        key,
        `the name is that of "${sameName}": give each account its own, such as ${account.name}.localhost, or mail programs mix up the passwords`,
      );
    }
  });
}

/**
 * Where a single account is listened for.
 *
 * @throws ConfigurationError
 */
export function listenFrom(
  { listen }: Pick<Flags, 'listen'>,
  certificate?: OwnCertificate,
): ListenAddress {
  return parsed('--listen', () =>
    assertServable(parseListenAddress(listen ?? DEFAULT_LISTEN), certificate),
  );
}

/** @throws ConfigurationError naming `where` */
export function serverFrom(where: string, url: string): UpstreamServer {
  return parsed(where, () => serverFromUrl(url));
}

function serverFromUrl(url: string): UpstreamServer {
  const server = parseUpstreamUrl(url);
  const host =
    server === undefined ? '' : /:/.test(server.host) ? server.host : domainToASCII(server.host);
  if (server === undefined || host === '') {
    throw new Error(
      `"${url}" is neither submissions://HOST[:465] (TLS from the start) nor submission://HOST[:587] (STARTTLS)`,
    );
  }
  return { ...server, host };
}

/** @throws ConfigurationError when the file that `--ca` names holds no certificate */
export function trustFrom(ca: string): Trust {
  return parsed('--ca', () => trustIn(ca));
}

/** @throws ConfigurationError */
export function timeoutFrom(
  flags: Flags,
  content: ConfigFile['content'] | undefined,
): number | undefined {
  const written = flags.timeout === undefined ? content?.timeout : Number(flags.timeout);
  if (written === undefined) return undefined;
  const checked = v.safeParse(seconds, written);
  if (!checked.success) {
    throw new ConfigurationError(`--timeout: "${flags.timeout}" is not ${SECONDS}`);
  }
  return checked.output * 1000;
}

function logFormatFrom(format: string | undefined): 'text' | 'json' | undefined {
  if (format === undefined || format === 'text' || format === 'json') return format;
  throw new ConfigurationError(`--log-format: "${format}" is neither text nor json`);
}
