import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** A program that tests use as it is, and the Debian package that brings it. */
export type Tool = {
  /** As a person types it; the whole path where nobody does. */
  readonly command: string;
  readonly debianPackage: string;
};

export const TOOLS = {
  chromium: { command: 'chromium', debianPackage: 'chromium' },
  thunderbird: { command: 'thunderbird', debianPackage: 'thunderbird' },
  xvfb: { command: 'Xvfb', debianPackage: 'xvfb' },
  xdotool: { command: 'xdotool', debianPackage: 'xdotool' },
  imagemagick: { command: 'import', debianPackage: 'imagemagick' },
  gpg: { command: 'gpg', debianPackage: 'gpg' },
  gpgAgent: { command: 'gpg-agent', debianPackage: 'gpg-agent' },
  debootstrap: { command: 'debootstrap', debianPackage: 'debootstrap' },
  swaks: { command: 'swaks', debianPackage: 'swaks' },
  msmtp: { command: 'msmtp', debianPackage: 'msmtp' },
  mutt: { command: 'mutt', debianPackage: 'mutt' },
  gitSendEmail: { command: '/usr/lib/git-core/git-send-email', debianPackage: 'git-email' },
  // The package of git send-email only recommends what it needs to log in and to read addresses.
  perlSasl: { command: '/usr/share/perl5/Authen/SASL.pm', debianPackage: 'libauthen-sasl-perl' },
  perlMail: { command: '/usr/share/perl5/Mail/Address.pm', debianPackage: 'libmailtools-perl' },
  curl: { command: 'curl', debianPackage: 'curl' },
  openssl: { command: 'openssl', debianPackage: 'openssl' },
  python: { command: 'python3', debianPackage: 'python3' },
  prlimit: { command: 'prlimit', debianPackage: 'util-linux' },
  dig: { command: 'dig', debianPackage: 'bind9-dnsutils' },
  delv: { command: 'delv', debianPackage: 'bind9-dnsutils' },
  unboundHost: { command: 'unbound-host', debianPackage: 'unbound-host' },
  ip: { command: 'ip', debianPackage: 'iproute2' },
  systemd: { command: 'systemd-analyze', debianPackage: 'systemd' },
} as const satisfies Record<string, Tool>;

export function isInstalled({ command }: Tool): boolean {
  if (isAbsolute(command)) return existsSync(command);
  // Debian keeps debootstrap where a person's own path may not lead.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isProgram(join(folder, command)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function isDebian(): boolean {
  try {
    return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Another package manager on the same machine may hold the lock for a while. */
const APT_GET = ['-o', 'DPkg::Lock::Timeout=600'];

const INSTALL = ['install', '-y', '--no-install-recommends'];

/** What a person types who is not root to have these tools. */
export function installCommand(tools: readonly Tool[]): string {
  const packages = tools.map(({ debianPackage }) => debianPackage).join(' ');
  return `sudo apt-get update && sudo apt-get ${INSTALL.join(' ')} ${packages}`;
}

/** Installs tools on Debian as root. */
export async function install(tools: readonly Tool[]): Promise<void> {
  await aptGet(['update']);
  await aptGet([...INSTALL, ...tools.map(({ debianPackage }) => debianPackage)]);
}

async function aptGet(words: readonly string[]): Promise<void> {
  const apt = spawn('apt-get', [...APT_GET, '-qq', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  let errors = '';
  apt.stderr.on('data', (text: Buffer) => (errors += text.toString('utf8')));
  const [status] = await once(apt, 'close');
  if (status !== 0) throw new Error(`apt-get ${words.join(' ')} failed:\n${errors.trimEnd()}`);
}
