import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DELV } from './delv.ts';
import { outputOf, ValidatorUnfit } from './program-run.ts';
import type { RootKey } from './root-anchor.ts';
import { UNBOUND_HOST } from './unbound-host.ts';
import type { ValidatorBridge } from './validator-bridge.ts';
import { installedProgram, type ValidatorProgram } from './validator-program.ts';

/** Best first: delv takes four times as long. */
const PROGRAMS: readonly ValidatorProgram[] = [UNBOUND_HOST, DELV];

const CONFIGURATION = 'configuration';

/** A program on this computer that validates. */
export class Validator {
  readonly program: ValidatorProgram;
  readonly #path: string;
  readonly #rootKeys: readonly RootKey[];

  private constructor(program: ValidatorProgram, path: string, rootKeys: readonly RootKey[]) {
    this.program = program;
    this.#path = path;
    this.#rootKeys = rootKeys;
  }

  /** Those that are installed, best first. */
  static installed(
    rootKeys: readonly RootKey[],
    environment: Readonly<Record<string, string | undefined>>,
  ): readonly Validator[] {
    return PROGRAMS.flatMap((program) => {
      const path = installedProgram(program.command, environment);
      return path === undefined ? [] : [new Validator(program, path, rootKeys)];
    });
  }

  /**
   * Runs it with this question, which it asks through the bridge. Each run has a folder of its
   * own, since those who clear up may take any folder away.
   *
   * @param question with an askable name
   * @returns what it printed
   * @throws ValidatorUnfit; NoAnswer for what it does; the signal's reason when it is late
   */
  async run(
    question: { readonly name: string; readonly type: string },
    bridge: ValidatorBridge,
    signal: AbortSignal,
  ): Promise<string> {
    const { port } = bridge;
    const folder = await this.#configured(port);
    const configurationFile = join(folder, CONFIGURATION);
    try {
      const words = this.program.arguments(question, { port, configurationFile });
      return await outputOf(this.#path, words, signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** @throws ValidatorUnfit when nothing can be written */
  async #configured(port: number): Promise<string> {
    try {
      const folder = await mkdtemp(join(tmpdir(), 'requiretls-validator-')); // for its owner only
      const text = this.program.configuration(port, this.#rootKeys);
      await writeFile(join(folder, CONFIGURATION), text, { mode: 0o600 });
      return folder;
    } catch (cause) {
      throw new ValidatorUnfit('it has no place for its configuration', { cause });
    }
  }
}
