import { isDebian, isInstalled, isRoot, TOOLS } from '../debian.ts';
import { hasDebianRoot } from '../servers/debian-root.ts';
import { POSTFIX_ROOTS } from '../servers/server-roots.ts';
import type { Entrant } from './contenders.ts';
import { NGINX_ROOT, nginxProxy } from './nginx-proxy.ts';
import { postfixRelay } from './postfix-relay.ts';

const OTHERS = [
  { name: 'Postfix', root: POSTFIX_ROOTS['3.7'], enter: postfixRelay },
  { name: 'nginx', root: NGINX_ROOT, enter: nginxProxy },
] as const;

/**
 * Who else can be compared on this machine. Nothing is installed on it; each lives in a Debian
 * root of its own, which is made on first use.
 */
export async function present(): Promise<{
  readonly entrants: readonly Entrant[];
  readonly leftOut: readonly string[];
}> {
  const entrants: Entrant[] = [];
  const leftOut: string[] = [];
  const mayBuild = isDebian() && isInstalled(TOOLS.debootstrap);
  for (const { name, root, enter } of OTHERS) {
    if (isRoot() && (mayBuild || (await hasDebianRoot(root)))) entrants.push(enter);
    else leftOut.push(`${name} runs in a Debian root, which needs root, Debian and debootstrap`);
  }
  return { entrants, leftOut };
}
