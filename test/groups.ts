import { type Tool, TOOLS } from './debian.ts';
import type { RootRecipe } from './servers/debian-root.ts';
import { DNS_ROOT, DOVECOT_ROOT, EXIM_ROOT, POSTFIX_ROOTS } from './servers/server-roots.ts';

/** Tests in the folder of the same name, with what they need of this machine. */
export type Group = {
  readonly name: string;
  readonly tools: readonly Tool[];
  /** Mail servers that run in roots of their own. */
  readonly roots: readonly RootRecipe[];
  /** Whether they test what is in `dist/`. */
  readonly testsBuild: boolean;
  /** Heavy ones run one file at a time. */
  readonly heavy: boolean;
  readonly timeoutMs: number;
};

const NOTHING = { tools: [], roots: [], testsBuild: false, heavy: false } as const;

const THUNDERBIRD_TOOLS = [
  TOOLS.thunderbird,
  TOOLS.openssl,
  TOOLS.xvfb,
  TOOLS.xdotool,
  TOOLS.imagemagick,
  TOOLS.gpg,
  TOOLS.gpgAgent,
  TOOLS.debootstrap,
];

const CLIENT_TOOLS = [
  TOOLS.debootstrap,
  TOOLS.swaks,
  TOOLS.curl,
  TOOLS.msmtp,
  TOOLS.mutt,
  TOOLS.gitSendEmail,
  TOOLS.perlSasl,
  TOOLS.perlMail,
  TOOLS.python,
];

const FORECAST_TOOLS = [
  TOOLS.debootstrap,
  TOOLS.openssl,
  TOOLS.curl,
  TOOLS.dig,
  TOOLS.delv,
  TOOLS.unboundHost,
  TOOLS.ip,
];

/** The groups that need neither packages nor root nor a build, for `npm run check`. */
export const QUICK_GROUPS: readonly Group[] = [
  { ...NOTHING, name: 'shared', timeoutMs: 10_000 },
  { ...NOTHING, name: 'protocol', timeoutMs: 20_000 },
  { ...NOTHING, name: 'run', timeoutMs: 60_000 },
];

export const ALL_GROUPS: readonly Group[] = [
  ...QUICK_GROUPS,
  {
    ...NOTHING,
    name: 'hostile',
    tools: [TOOLS.openssl, TOOLS.prlimit],
    testsBuild: true,
    timeoutMs: 30_000,
  },
  {
    name: 'servers',
    tools: [TOOLS.debootstrap, TOOLS.systemd],
    roots: [...Object.values(POSTFIX_ROOTS), EXIM_ROOT, DOVECOT_ROOT],
    testsBuild: true,
    heavy: true,
    timeoutMs: 60_000,
  },
  {
    name: 'forecast',
    tools: FORECAST_TOOLS,
    roots: [DNS_ROOT, ...Object.values(POSTFIX_ROOTS), EXIM_ROOT],
    testsBuild: true,
    heavy: true,
    timeoutMs: 60_000,
  },
  {
    name: 'clients',
    tools: CLIENT_TOOLS,
    roots: [POSTFIX_ROOTS['3.7'], POSTFIX_ROOTS['3.11'], DOVECOT_ROOT],
    testsBuild: true,
    heavy: true,
    timeoutMs: 60_000,
  },
  {
    name: 'pages',
    tools: [TOOLS.chromium],
    roots: [],
    testsBuild: true,
    heavy: true,
    timeoutMs: 60_000,
  },
  {
    name: 'thunderbird',
    tools: THUNDERBIRD_TOOLS,
    roots: [POSTFIX_ROOTS['3.7'], POSTFIX_ROOTS['3.11']],
    testsBuild: true,
    heavy: true,
    timeoutMs: 240_000,
  },
];
