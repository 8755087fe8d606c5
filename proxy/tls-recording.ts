import { ConfigurationError } from './config-file.ts';

/** Options of Node that write the keys of TLS sessions into a file, or what passes to the screen. */
const RECORDING = /--(?:tls[-_]keylog|trace[-_]tls)(?![\w-])/;

/**
 * Stops a program whose TLS would be recorded: whoever reads the record reads passwords and mail.
 * Other options and variables that weaken TLS have no effect (`tls-profile.ts`); these do what
 * they say behind our back.
 *
 * @param nodeOptions as in `process.execArgv` and in the variable NODE_OPTIONS
 * @throws ConfigurationError
 */
export function refuseTlsRecording(nodeOptions: readonly string[]): void {
  const [option] = nodeOptions.flatMap((words) => RECORDING.exec(words) ?? []);
  if (option === undefined) return;
  throw new ConfigurationError(
    `Node.js runs with ${option}, which records the keys or the content of TLS sessions. Remove it from the command line or from the variable NODE_OPTIONS`,
  );
}
