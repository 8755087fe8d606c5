import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { openInBrowser } from './browser.ts';
import { commandLine } from './command-line.ts';
import { ConfigurationError } from './config-file.ts';
import { DEFAULT_CONFIG_FILE } from './config.ts';
import { profileFolders } from './control/thunderbird-profiles.ts';
import { EX_CONFIG, EX_IOERR, EX_OK, EX_SOFTWARE, EX_USAGE } from './exit-status.ts';
import { askPerson } from './person.ts';
import type { Terminal } from './terminal.ts';
import { refuseTlsRecording } from './tls-recording.ts';
import { OutputLost } from './written.ts';

// A message streams through, and what it leaves behind is young: without this Node lets that grow
// to three times 16 MB before it looks (20.20; look again 2027-06).
setFlagsFromString('--semi-space-growth-factor=1');

/** Written in by the build. */
declare const __VERSION__: string;

/** Where the program really is: a command may be a link to it. */
const commandFile = realpathSync(process.argv[1] ?? '.');

const terminal: Terminal = {
  out: process.stdout,
  err: process.stderr,
  columns: process.stdout.columns,
  stopRequested: () =>
    new Promise((resolve) => {
      process.once('SIGTERM', () => resolve());
      process.once('SIGINT', () => resolve());
      process.once('SIGHUP', () => resolve()); // its terminal was closed
    }),
  askPerson: (question) => askPerson(question, { input: process.stdin, output: process.stdout }),
  openInBrowser: (address) =>
    openInBrowser(address, { platform: process.platform, environment: process.env }),
  environment: process.env,
  defaultConfigFile: DEFAULT_CONFIG_FILE,
  version: __VERSION__,
  thunderbirdFolders: profileFolders({
    platform: process.platform,
    home: homedir(),
    environment: process.env,
  }),
  command: commandFile.endsWith('.js') ? `node ${path.relative('.', commandFile)}` : 'requiretls',
  commandFile,
};

// Whoever reads our log may go away; mail goes on.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

let status = EX_OK;

try {
  refuseTlsRecording([...process.execArgv, process.env['NODE_OPTIONS'] ?? '']);
  await commandLine(terminal, (ended) => (status = ended)).parseAsync();
} catch (error) {
  status = statusOf(error);
}
process.exitCode = status;

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EX_OK : EX_USAGE;
  if (error instanceof ConfigurationError || error instanceof OutputLost) {
    terminal.err.write(`requiretls: ${error.message}\n`);
    return error instanceof OutputLost ? EX_IOERR : EX_CONFIG;
  }
  terminal.err.write(`requiretls: ${error instanceof Error ? error.stack : String(error)}\n`);
  return EX_SOFTWARE;
}
