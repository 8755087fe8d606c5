import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { install, installCommand, isDebian, isInstalled, isRoot, type Tool } from './debian.ts';
import type { Group } from './groups.ts';
import { IN_NAMESPACES } from './servers/namespaces.ts';
import { debianRoot, hasDebianRoot, type RootRecipe } from './servers/debian-root.ts';

/** A group that does not run. */
export type LeftOut = {
  readonly group: string;
  readonly reason: string;
  /** True when it should have run on this machine, so that leaving it out is a failure. */
  readonly isFault: boolean;
};

type Obstacle = Pick<LeftOut, 'reason' | 'isFault'>;

/** Makes the machine ready for groups of tests, and says which cannot run on it, and why. */
export async function prepare(
  projectFolder: string,
  groups: readonly Group[],
): Promise<{ readonly ready: readonly Group[]; readonly leftOut: readonly LeftOut[] }> {
  const missingTools = groups.flatMap(({ tools }) => tools).filter((tool) => !isInstalled(tool));
  const toolObstacle = await installTools([...new Set(missingTools)]);
  const lacksTools = (group: Group) =>
    toolObstacle !== undefined && group.tools.some((tool) => missingTools.includes(tool));

  const equipped = groups.filter((group) => !lacksTools(group));
  const roots = [...new Set(equipped.flatMap((group) => group.roots))];
  const [buildObstacle, ...rootObstacles] = await Promise.all([
    equipped.some(({ testsBuild }) => testsBuild) ? build(projectFolder) : undefined,
    ...roots.map(makeRoot),
  ]);

  const obstacleTo = (group: Group): Obstacle | undefined => {
    if (!hasTests(projectFolder, group)) {
      return { reason: `there is no test in test/${group.name}`, isFault: true };
    }
    if (lacksTools(group)) return toolObstacle;
    if (group.testsBuild && buildObstacle !== undefined) return buildObstacle;
    return rootObstacles.find((_, index) => group.roots.some((root) => root === roots[index]));
  };
  return {
    ready: groups.filter((group) => obstacleTo(group) === undefined),
    leftOut: groups.flatMap((group) => {
      const obstacle = obstacleTo(group);
      return obstacle === undefined ? [] : [{ group: group.name, ...obstacle }];
    }),
  };
}

/** @returns what is in the way of every group that needs one of the tools */
async function installTools(tools: readonly Tool[]): Promise<Obstacle | undefined> {
  if (tools.length === 0) return undefined;
  const names = tools.map(({ command }) => command).join(', ');
  if (!isDebian()) {
    return { reason: `it needs Debian and ${names}; try a Debian container`, isFault: false };
  }
  if (!isRoot()) {
    return { reason: `${names} missing; run: ${installCommand(tools)}`, isFault: false };
  }
  return await attempt(`Installing ${names} from Debian`, () => install(tools));
}

async function makeRoot(recipe: RootRecipe): Promise<Obstacle | undefined> {
  if (!isDebian()) {
    return { reason: `${recipe.name} needs Debian; try a Debian container`, isFault: false };
  }
  if (!isRoot()) {
    return { reason: `${recipe.name} runs in a chroot; run: sudo npm test`, isFault: false };
  }
  if (!(await mayUseNamespaces())) {
    const cure = 'start it with the capability SYS_ADMIN (docker run --privileged)';
    return { reason: `this container may not mount anything; ${cure}`, isFault: false };
  }
  if (await hasDebianRoot(recipe)) return undefined;
  return await attempt(`Making a Debian root with ${recipe.name}`, () => debianRoot(recipe));
}

/** Root in a container often may not. */
async function mayUseNamespaces(): Promise<boolean> {
  const [command, ...words] = IN_NAMESPACES;
  return await promisify(execFile)(command, [...words, 'true']).then(
    () => true,
    () => false,
  );
}

async function build(projectFolder: string): Promise<Obstacle | undefined> {
  return await attempt('Building the proxy and the extension', () =>
    promisify(execFile)('npm', ['run', 'build'], { cwd: projectFolder }),
  );
}

/** Does a step that may take a minute, and says so on the screen. */
async function attempt(step: string, act: () => Promise<unknown>): Promise<Obstacle | undefined> {
  const start = performance.now();
  const tell = (text: string) => process.stdout.write(`${step}${text}\n`);
  tell(' …');
  try {
    await act();
    tell(`: done in ${Math.round((performance.now() - start) / 1000)} s`);
    return undefined;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    tell(`: failed\n${reason}`);
    return { reason: `${step} failed, see above`, isFault: true };
  }
}

function hasTests(projectFolder: string, { name }: Group): boolean {
  try {
    const files = readdirSync(join(projectFolder, 'test', name), { recursive: true });
    return files.some((file) => String(file).endsWith('.test.ts'));
  } catch {
    return false;
  }
}
