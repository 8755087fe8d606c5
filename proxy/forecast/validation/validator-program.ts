import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { LookUpType, RecordOf } from '../dns/dns-records.ts';
import type { RootKey } from './root-anchor.ts';

/** What a validator made of a look-up. */
export type Validated<Type extends LookUpType> =
  | {
      readonly kind: 'found';
      readonly records: readonly RecordOf<Type>[];
      readonly alias: string | undefined;
      readonly dnssec: 'secure' | 'insecure';
    }
  | {
      readonly kind: 'none';
      readonly isNameAbsent: boolean;
      readonly alias: string | undefined;
      readonly dnssec: 'secure' | 'insecure';
    }
  | { readonly kind: 'bogus'; readonly detail: string }
  /** It got no answer to validate. */
  | { readonly kind: 'no answer' };

/** A program that validates, and how it is asked and understood. */
export type ValidatorProgram = {
  readonly command: 'unbound-host' | 'delv';
  /** What it reads before it asks: whom to trust, and to ask a bridge on this port of 127.0.0.1. */
  configuration(port: number, rootKeys: readonly RootKey[]): string;
  /** @param name as it is looked up; `''` for the root */
  arguments(
    question: { readonly name: string; readonly type: string },
    place: RunPlace,
  ): readonly string[];
  /** @throws NoAnswer 'malformed' for all that it is not known to print */
  read<Type extends LookUpType>(
    output: string,
    question: { readonly name: string; readonly type: Type },
  ): Validated<Type>;
  /**
   * What this means, when it was asked for the SOA record of the root.
   *
   * @throws NoAnswer 'malformed' for all that it is not known to print
   */
  readRoot(output: string): 'secure' | 'not secure';
};

export type RunPlace = { readonly port: number; readonly configurationFile: string };

/** Where a program is; no folder that is named relative to wherever we are. */
export function installedProgram(
  command: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, command)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
