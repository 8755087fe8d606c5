import { isDebian, isInstalled, isRoot, TOOLS } from '../debian.ts';
import { hasDebianRoot } from '../servers/debian-root.ts';
import { POSTFIX_ROOTS } from '../servers/server-roots.ts';
import type { Entrant } from './contenders.ts';
import { postfixRelay } from './postfix-relay.ts';

/** Who else can be compared on this machine. Nothing is installed for it. */
export async function present(): Promise<{
  readonly entrants: readonly Entrant[];
  readonly leftOut: readonly string[];
}> {
  const hasPostfix = await hasDebianRoot(POSTFIX_ROOTS['3.7']);
  const mayBuild = isDebian() && isInstalled(TOOLS.debootstrap);
  if (isRoot() && (hasPostfix || mayBuild)) return { entrants: [postfixRelay], leftOut: [] };
  return {
    entrants: [],
    leftOut: ['Postfix runs in a Debian root, which needs root, Debian and debootstrap'],
  };
}
