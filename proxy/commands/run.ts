import type { Logger } from 'pino';
import { ConfigurationError } from '../config-file.ts';
import { configurationFrom, type Account, type Flags } from '../config.ts';
import type { ListenAddress } from '../listen-address.ts';
import { EX_CONFIG, EX_OK, EX_UNAVAILABLE } from '../exit-status.ts';
import { logTo } from '../log.ts';
import { DEFAULT_DEADLINES, shortened } from '../submission/deadline.ts';
import { Listener } from '../submission/listener.ts';
import { StateFolderUnfit } from '../submission/receipt-files.ts';
import { Receipts } from '../submission/receipts.ts';
import type { Terminal } from '../terminal.ts';
import { portTaken } from './port-taken.ts';

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
  const log = logTo(terminal.err, configuration.logFormat);
  const deadlines =
    configuration.timeoutMs === undefined
      ? DEFAULT_DEADLINES
      : shortened(DEFAULT_DEADLINES, configuration.timeoutMs);

  const receipts = await openReceipts(configuration.stateFolder, log);
  const listeners: Listener[] = [];
  let listening: ListenAddress | undefined;
  const stop = terminal.stopRequested();
  try {
    for (const account of configuration.accounts) {
      listening = account.listen;
      const door = { server: account.server, trust: configuration.trust, deadlines };
      const accountLog = log.child({ account: account.name });
      const { listen: at, certificate } = account;
      const listener = await Listener.open({ at, door, receipts, certificate, log: accountLog });
      listeners.push(listener);
      sayListening(accountLog, account, listener.port);
    }
    await receipts.declareUnanswered();
    await stop;
    log.info({ event: 'stopping' });
    return EX_OK;
  } catch (error) {
    const inTheFile = ', or with "listen" in the configuration file';
    const told = listening && portTaken(error, listening, inTheFile);
    if (told === undefined) throw error;
    terminal.err.write(told);
    return EX_UNAVAILABLE;
  } finally {
    await Promise.all(listeners.map((listener) => listener.stop()));
    await receipts.close();
  }
}

/** @throws ConfigurationError when the state folder can never be used as it is */
async function openReceipts(folder: string, log: Logger): Promise<Receipts> {
  try {
    return await Receipts.open(folder, { log });
  } catch (error) {
    if (!(error instanceof StateFolderUnfit)) throw error; // it may pass: the disk, no descriptor
    throw new ConfigurationError(`the state folder ${folder}: ${error.message}`);
  }
}

function sayListening(log: Logger, { listen, server }: Account, port: number): void {
  log.info({
    event: 'listening',
    address: listen.name,
    port,
    upstream: `${server.host}:${server.port}`,
    tls: server.tls,
  });
}
