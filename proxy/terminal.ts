import type { Said } from './person.ts';

/** What a command may know of the process it runs in. */
export type Terminal = {
  /** Data. */
  readonly out: NodeJS.WritableStream;
  /** Logs and complaints. */
  readonly err: NodeJS.WritableStream;
  /** Characters a line holds; undefined when `out` is not a terminal. */
  readonly columns: number | undefined;
  /**
   * Resolves at SIGTERM, Ctrl+C, or when the terminal is closed. Until it is called, they end the process as they always do;
   * the second one does so in any case.
   */
  readonly stopRequested: () => Promise<void>;
  /** Asks for a line. */
  readonly askPerson: (question: string) => Promise<Said>;
  /** Says whether a browser was told of the address. */
  readonly openInBrowser: (address: string) => Promise<boolean>;
  readonly defaultConfigFile: string;
  /** The version of this program. */
  readonly version: string;
  /** How the person called it, to be shown in front of what to type next. */
  readonly command: string;
  /** The command's own file, beside which the extension lies. */
  readonly commandFile: string;
  /** Where Thunderbird keeps its profiles, unless the configuration says otherwise. */
  readonly thunderbirdFolders: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
};
