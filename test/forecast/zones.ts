import { UNLOADABLE_ZONES } from './name-server-configuration.ts';

const TTL = 300;

/** The zones that domains and hosts may be in. */
const ZONES = [
  'signed.example',
  'unsigned.example',
  'bogus.example',
  'expired.example',
  'optout.example',
  'child.optout.example',
] as const;
export type Zone = (typeof ZONES)[number];

/**
 * The master files of a small DNS, by name of the zone: the root, `example`, and those in which
 * the domains are. Not signed yet; DS records come when they are.
 *
 * @param records of names in those zones, as a master file has them below `$ORIGIN name.`
 */
export function masterFiles(
  records: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string> {
  const top = ['example', ...ZONES];
  const files = new Map<string, string>([['.', `${start('.')}${delegation('example')}`]]);
  for (const zone of top) {
    const children = [...ZONES, ...UNLOADABLE_ZONES].filter((name) => parentOf(name) === zone);
    const names = [...records].filter(([name]) => zoneOf(name) === zone);
    const texts = names.map(([name, lines]) => `$ORIGIN ${name}.\n${lines.join('\n')}\n`);
    files.set(zone, `${start(zone)}${children.map(delegation).join('')}${texts.join('')}`);
  }
  return files;
}

function start(zone: string): string {
  const origin = zone === '.' ? '.' : `${zone}.`;
  return `$TTL ${TTL}
$ORIGIN ${origin}
@ SOA ns.example. hostmaster.example. 1 3600 600 86400 ${TTL}
@ NS ns.example.
${zone === 'example' ? 'ns A 127.0.0.1\n' : ''}`;
}

/** BIND has the child as well, so nobody ever follows it. */
function delegation(zone: string): string {
  return `${zone}. NS ns.example.\n`;
}

function parentOf(zone: string): string {
  return zoneOf(zone.slice(zone.indexOf('.') + 1));
}

/** The zone that a name is in. */
function zoneOf(name: string): string {
  const within = [...ZONES].filter((zone) => name === zone || name.endsWith(`.${zone}`));
  return within.toSorted((a, b) => b.length - a.length)[0] ?? 'example';
}
