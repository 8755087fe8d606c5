import { parseArgs } from 'node:util';
import { table } from '../bench/table.ts';
import { BOUND_PROTECTIONS } from './bound-protections.ts';
import { CERTIFICATE_PROTECTIONS } from './certificate-protections.ts';
import { CONTROL_PROTECTIONS } from './control-protections.ts';
import { copiedTree, type CopiedTree } from './copied-tree.ts';
import { FORECAST_PROTECTIONS } from './forecast-protections.ts';
import { HOST_PROTECTIONS } from './host-protections.ts';
import { KEPT_PROTECTIONS } from './kept-protections.ts';
import { LOOK_UP_PROTECTIONS } from './look-up-protections.ts';
import { MESSAGE_PROTECTIONS } from './message-protections.ts';
import type { Mutant, Protection } from './protection.ts';
import { RESOLVER_PROTECTIONS } from './resolver-protections.ts';
import { SESSION_PROTECTIONS } from './session-protections.ts';
import { runTests, type TestRun } from './test-run.ts';
import { WARM_PROTECTIONS } from './warm-protections.ts';

const usage = `npm run test:mutants -- [WORDS]

Removes one protection after the other from a copy of the project, and shows which test turns
red. WORDS choose those whose names contain them. Exit status 0: every mutant turned tests red.
`;

/** A mutant that was tried. */
type Tried = {
  readonly mutant: Mutant;
  readonly red: readonly string[];
  /** Why it proves nothing. */
  readonly fault: string | undefined;
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', default: false } },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const tell = (text: string) => process.stdout.write(`${text}\n`);
const words = positionals.join(' ');
const all = [
  ...SESSION_PROTECTIONS,
  ...WARM_PROTECTIONS,
  ...MESSAGE_PROTECTIONS,
  ...CONTROL_PROTECTIONS,
  ...FORECAST_PROTECTIONS,
  ...LOOK_UP_PROTECTIONS,
  ...BOUND_PROTECTIONS,
  ...HOST_PROTECTIONS,
  ...CERTIFICATE_PROTECTIONS,
  ...KEPT_PROTECTIONS,
  ...RESOLVER_PROTECTIONS,
];
const chosen = all.filter(({ name }) => name.includes(words));
if (chosen.length === 0) {
  const names = all.map(({ name }) => `  ${name}\n`).join('');
  process.stderr.write(`No protection has "${words}" in its name. These there are:\n${names}`);
  process.exit(64);
}

await using tree = await copiedTree();
await assertGreen(tree, chosen);

const outcomes: { readonly protection: Protection; readonly tried: readonly Tried[] }[] = [];
for (const protection of chosen) {
  tell(`\nWithout: ${protection.name}`);
  const tried: Tried[] = [];
  for (const mutant of protection.mutants) {
    const result = await tryOut(tree, protection, mutant);
    tried.push(result);
    tell(`  ${result.fault ?? `red, ${result.red.length} tests`}: ${mutant.what}`);
    if (result.fault === undefined) tell(`    ${result.red[0]}`);
  }
  outcomes.push({ protection, tried });
}
const isRed = (tried: readonly Tried[]) =>
  tried.length > 0 && tried.every(({ fault }) => fault === undefined);
const rows = outcomes.map(({ protection, tried }) => [
  protection.name,
  `${tried.filter(({ fault }) => fault === undefined).length} of ${tried.length} mutants`,
  String(tried.reduce((sum, one) => sum + one.red.length, 0)),
  isRed(tried) ? 'red' : 'NOT RED',
]);
tell(`\n${table([['protection', 'found', 'tests red', ''], ...rows])}`);
const redInAll = outcomes.filter(({ tried }) => isRed(tried)).length;
tell(`${redInAll} red of ${outcomes.length}`);
process.exitCode = outcomes.length > 0 && redInAll === outcomes.length ? 0 : 1;

/** @throws Error when tests fail that nobody has tampered with */
async function assertGreen({ folder }: CopiedTree, protections: readonly Protection[]) {
  const files = [...new Set(protections.flatMap(({ tests }) => tests))];
  tell(`The unchanged copy: ${files.length} files of tests …`);
  const run = await runTests(folder, files);
  if (run.passed === 0 || run.red.length > 0 || run.broken.length > 0) {
    const faults = [...run.red, ...run.broken].join('\n');
    throw new Error(`the unchanged copy is not green:\n${faults}`);
  }
  tell(`green, ${run.passed} tests`);
}

async function tryOut(
  { folder, changed }: CopiedTree,
  { tests }: Protection,
  mutant: Mutant,
): Promise<Tried> {
  const run = await changed(mutant.edits, () => runTests(folder, tests));
  return { mutant, red: run.red, fault: faultOf(run) };
}

/** A mutant that breaks everything proves as little as one that breaks nothing. */
function faultOf(run: TestRun): string | undefined {
  const [broken] = run.broken;
  if (broken !== undefined) return `DOES NOT LOAD (${broken})`;
  if (run.red.length === 0) return 'NOT SEEN by any test';
  return run.passed === 0 ? 'BREAKS EVERYTHING' : undefined;
}
