import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { README } from '../readme.ts';
import { asReceived } from '../servers/delivered-message.ts';
import { startProxyTo, startServerOf } from '../servers/routes.ts';
import { LOGIN } from '../servers/submission-server.ts';
import { letterWith } from './letter.ts';

/** The command in README, and what a person has set or types besides: who they are, the password. */
const COMMANDS = [
  {
    program: 'mutt',
    begins: 'mutt ',
    besides: `mutt -n -F /dev/null -e 'set smtp_pass=${LOGIN.pass} from=ada@example.org use_envelope_from=yes copy=no' `,
  },
  {
    program: 'msmtp',
    begins: 'msmtp ',
    besides: `msmtp --file=/dev/null --passwordeval='echo ${LOGIN.pass}' `,
  },
  {
    program: 'git send-email',
    begins: 'git send-email ',
    besides: `git send-email --smtp-pass=${LOGIN.pass} --confirm=never `,
  },
] as const;

/** A person's folder with a letter, under version control. */
const PREPARE = `
git init --quiet
git config user.name Ada
git config user.email ada@example.org
git add letter.eml
git commit --quiet --message='The engine'
`;

for (const { program, begins, besides } of COMMANDS) {
  test(`the command that README has for ${program} sends a message that requires TLS`, async () => {
    await using server = await startServerOf({ server: 'Postfix 3.11' });
    await using proxy = await startProxyTo(server, { tls: 'implicit TLS' });
    const [, command = ''] =
      new RegExp(`^- \\*\\*${program}:\\*\\* \`(.*)\`$`, 'm').exec(README) ?? [];
    expect(command).toContain('8689');
    expect(command).toContain(begins);

    await runInFolder(
      command
        .replace(begins, besides)
        .replaceAll('8689', String(proxy.port))
        .replaceAll('USER', LOGIN.user),
    );

    expect(await server.mailCommands()).toEqual([
      expect.stringMatching(/^MAIL FROM:<ada@example\.org>.* REQUIRETLS( |$)/),
    ]);
    const [message] = await server.messages();
    expect(asReceived(message).toString('latin1')).not.toMatch(/X-TLS-Required/i);
  });
}

async function runInFolder(command: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-readme-'));
  try {
    await writeFile(join(folder, 'letter.eml'), letterWith([], '\n'));
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const script = `exec </dev/null\n${PREPARE}\n${command}`;
    await promisify(execFile)('sh', ['-euc', script], { cwd: folder, env, timeout: 30_000 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
