import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startProxy, type ProxyProcess } from '../proxy-process.ts';
import { scriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';
import { pairOnSetUpPage } from './set-up-page.ts';
import type { Thunderbird } from './thunderbird.ts';

/** See `startProxy`. */
export type HowToStart = {
  readonly flags?: readonly string[];
  readonly inside?: readonly string[];
};

/**
 * For a proxy whose server falls silent, so that a test need not wait as long as a person. Any other
 * proxy has the patience of every day: a machine that stands still for seconds is no fault of its.
 */
export const IMPATIENT: readonly string[] = ['--timeout', '4'];

type Ports = Pick<ProxyProcess, 'port' | 'controlPort'>;

/**
 * The proxies of one person: each test has one of its own, one at a time, and all of them have
 * the state folder and the ports with which the extension was paired once. So Thunderbird's
 * settings are the same from test to test, as they are from day to day.
 */
export class PairedProxies implements AsyncDisposable {
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #profilesFolder: string;

  private constructor(folder: string, ports: Ports, profilesFolder: string) {
    this.#folder = folder;
    this.#ports = ports;
    this.#profilesFolder = profilesFolder;
  }

  /** Types the code that a first proxy shows into the set-up page, which the extension opened. */
  static async pair(thunderbird: Thunderbird): Promise<PairedProxies> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-paired-'));
    try {
      await using upstream = await scriptedUpstream();
      await using proxy = await startProxy(urlOf(upstream), upstream.caFile, ['--state', folder]);
      const code = await proxy.pairingCode();
      await pairOnSetUpPage(thunderbird.mainWindow, { code, controlPort: proxy.controlPort });
      return new PairedProxies(folder, proxy, thunderbird.profilesFolder);
    } catch (cause) {
      await rm(folder, { recursive: true, force: true });
      throw cause;
    }
  }

  /** Where the receipts of all of them are. */
  get stateFolder(): string {
    return this.#folder;
  }

  get controlPort(): number {
    return this.#ports.controlPort;
  }

  /** Starts the next one; see `startProxy`. */
  async start(
    upstream: string,
    caFile: string,
    flags: readonly string[] = [],
    inside: readonly string[] = [],
  ): Promise<ProxyProcess> {
    const { port, controlPort } = this.#ports;
    const at = ['--listen', `127.0.0.1:${port}`, '--control', `127.0.0.1:${controlPort}`];
    const ours = ['--state', this.#folder, ...at];
    const profiles = ['--thunderbird', this.#profilesFolder];
    return startProxy(upstream, caFile, [...ours, ...profiles, ...flags], inside);
  }

  /** The next one in front of a scripted server. */
  async before(
    upstream: ScriptedUpstream,
    flags: readonly string[] = [],
    inside: readonly string[] = [],
  ): Promise<ProxyProcess> {
    return this.start(urlOf(upstream), upstream.caFile, flags, inside);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function urlOf({ port }: ScriptedUpstream): string {
  return `submissions://localhost:${port}`;
}
