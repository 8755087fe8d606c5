import { DEFAULT_CONTROL_PORT } from '../../shared/control/api.ts';
import { ConfigurationError } from '../config-file.ts';
import { configurationFrom, type Flags } from '../config.ts';
import { EX_CONFIG, EX_OK, EX_UNAVAILABLE } from '../exit-status.ts';
import { logTo } from '../log.ts';
import { AddressUnusable, RunningProxy } from '../running-proxy.ts';
import { StateFolderUnfit } from '../state-folder.ts';
import { DEFAULT_DEADLINES, shortened } from '../submission/deadline.ts';
import type { Terminal } from '../terminal.ts';
import { portTaken } from './port-taken.ts';
import { sameProxy } from './same-proxy.ts';

function nothingConfigured({ command, defaultConfigFile }: Terminal): string {
  return `Nothing is configured: Require TLS does not know your submission server.

  Try it without configuring anything:
    ${command} demo
  Ask what your provider's server offers:
    ${command} check submissions://smtp.example.net
  Run it in front of that server:
    ${command} run --upstream submissions://smtp.example.net
  Or write into ${defaultConfigFile}:
    [[account]]
    name = "home"
    listen = "127.0.0.1:8689"
    upstream = "submissions://smtp.example.net"
`;
}

/** Whether there is anything that `run` could run. */
export function isConfigured(flags: Flags, { defaultConfigFile }: Terminal): boolean {
  return configurationFrom(flags, defaultConfigFile) !== undefined;
}

/**
 * Relays mail for all accounts until it is told to stop; then a message under way is finished.
 *
 * @throws ConfigurationError
 */
export async function run(flags: Flags, terminal: Terminal): Promise<number> {
  const configuration = configurationFrom(flags, terminal.defaultConfigFile);
  if (configuration === undefined) {
    terminal.err.write(nothingConfigured(terminal));
    return EX_CONFIG;
  }
  const { timeoutMs, logFormat, stateFolder } = configuration;
  const log = logTo(terminal.err, logFormat);
  const deadlines =
    timeoutMs === undefined ? DEFAULT_DEADLINES : shortened(DEFAULT_DEADLINES, timeoutMs);

  const stop = terminal.stopRequested();
  let proxy: RunningProxy | undefined;
  try {
    proxy = await RunningProxy.start({ ...configuration, deadlines, log, terminal });
    const code = await proxy.firstCode();
    if (code !== undefined)
      terminal.err.write(firstCodeInWords(code, flags, proxy.control?.port, terminal));
    await stop;
    log.info({ event: 'stopping' });
    return EX_OK;
  } catch (error) {
    if (error instanceof StateFolderUnfit) {
      throw new ConfigurationError(`the state folder ${stateFolder}: ${error.message}`);
    }
    const told = error instanceof AddressUnusable && portTaken(error.cause, whereToChange(error));
    if (typeof told !== 'string') throw error;
    terminal.err.write(told);
    return EX_UNAVAILABLE;
  } finally {
    await proxy?.stop();
  }
}

function whereToChange({ at, flag }: AddressUnusable) {
  const others = {
    '--listen': ', or with "listen" in the configuration file',
    '--control': ', or with "control" in the configuration file',
  };
  return { at, flag, others: others[flag] };
}

function firstCodeInWords(
  code: string,
  flags: Flags,
  controlPort: number | undefined,
  { command }: Terminal,
): string {
  const isUsual = controlPort === DEFAULT_CONTROL_PORT;
  return `
No Thunderbird is paired with this proxy yet. In Thunderbird, on the set-up page
of the extension Require TLS, type this code within five minutes${
    isUsual
      ? ''
      : `,
and the port ${controlPort}`
  }:

    ${code}

For another code, later: ${command} pair${sameProxy(flags, controlPort)}

`;
}
