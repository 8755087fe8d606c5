import type { UpstreamServer } from '../../shared/submission/upstream-url.ts';
import { configurationFrom, trustFrom, serverFrom, timeoutFrom, type Flags } from '../config.ts';
import { ConfigurationError } from '../config-file.ts';
import { EX_NOHOST, EX_OK, EX_PROTOCOL, EX_UNAVAILABLE } from '../exit-status.ts';
import { offersRequireTls } from '../../shared/submission/ehlo.ts';
import { printable } from '../printable.ts';
import { DEFAULT_DEADLINES, shortened } from '../submission/deadline.ts';
import { BUILT_IN_TRUST, type TlsFacts, type Trust } from '../submission/tls-profile.ts';
import { openUpstream } from '../submission/upstream.ts';
import type { Terminal } from '../terminal.ts';

export type CheckFlags = Pick<Flags, 'config' | 'ca' | 'timeout'> & { readonly json?: true };

/** What was found out about one submission server; written as it is with `--json`. */
type Finding = {
  readonly server: string;
  readonly tls: UpstreamServer['tls'];
  readonly port: number;
  readonly verdict:
    'REQUIRETLS offered' | 'REQUIRETLS not offered' | 'unreachable' | 'TLS not verified';
  readonly session: (TlsFacts & { readonly ehlo: readonly string[] }) | undefined;
  /** Why there is no session. */
  readonly reason: string | undefined;
};

const STATUS: Readonly<Record<Finding['verdict'], number>> = {
  'REQUIRETLS offered': EX_OK,
  'REQUIRETLS not offered': EX_UNAVAILABLE,
  unreachable: EX_NOHOST,
  'TLS not verified': EX_PROTOCOL,
};

/** They change nothing here, and a person who set one should know. */
const WITHOUT_EFFECT = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'NODE_TLS_REJECT_UNAUTHORIZED'];

/**
 * Says what the submission server offers, without logging in and without sending anything.
 *
 * @returns the worst exit status of all servers asked
 * @throws ConfigurationError
 */
export async function check(
  url: string | undefined,
  flags: CheckFlags,
  terminal: Terminal,
): Promise<number> {
  const { servers, trust, timeoutMs } = questionFrom(url, flags, terminal);
  const deadlines =
    timeoutMs === undefined ? DEFAULT_DEADLINES : shortened(DEFAULT_DEADLINES, timeoutMs);

  const findings: Finding[] = [];
  for (const server of servers) {
    if (flags.json !== true && terminal.columns !== undefined) {
      terminal.err.write(`Asking ${server.host} …\n`);
    }
    findings.push(await ask({ server, trust, deadlines }));
  }
  const ignored = WITHOUT_EFFECT.filter((name) => terminal.environment[name] !== undefined);
  terminal.out.write(
    flags.json === true
      ? `${JSON.stringify({ version: 1, servers: findings, ignoredEnvironment: ignored }, null, 2)}\n`
      : [...findings.map(inWords), ignoredInWords(ignored)]
          .filter((text) => text !== '')
          .join('\n'),
  );
  return Math.max(...findings.map(({ verdict }) => STATUS[verdict]));
}

function questionFrom(url: string | undefined, flags: CheckFlags, terminal: Terminal) {
  if (url !== undefined) {
    const trust: Trust = flags.ca === undefined ? BUILT_IN_TRUST : trustFrom(flags.ca);
    return { servers: [serverFrom('check', url)], trust, timeoutMs: timeoutFrom(flags, undefined) };
  }
  const configuration = configurationFrom(flags, terminal.defaultConfigFile);
  if (configuration === undefined) {
    throw new ConfigurationError(
      `nothing is configured; write ${terminal.command} check submissions://smtp.example.net`,
    );
  }
  const { accounts, trust, timeoutMs } = configuration;
  return { servers: accounts.map(({ server }) => server), trust, timeoutMs };
}

async function ask(door: Parameters<typeof openUpstream>[0]): Promise<Finding> {
  const { host, port, tls } = door.server;
  const opened = await openUpstream(door, new AbortController().signal);
  if (opened.kind === 'unproved') {
    const unreachable = opened.stage === 'connecting' || opened.stage === 'inside TLS';
    return {
      server: host,
      port,
      tls,
      verdict: unreachable ? 'unreachable' : 'TLS not verified',
      session: undefined,
      reason: printable(opened.reason),
    };
  }
  const { session } = opened;
  session.wire.quit();
  return {
    server: host,
    port,
    tls,
    verdict: offersRequireTls(session.keywords) ? 'REQUIRETLS offered' : 'REQUIRETLS not offered',
    session: {
      ...session.tls,
      ehlo: [...session.keywords].map(([keyword, parameters]) =>
        printable(`${keyword} ${parameters}`.trim()),
      ),
    },
    reason: undefined,
  };
}

const VERDICT_IN_WORDS: Readonly<Record<Finding['verdict'], string>> = {
  'REQUIRETLS offered': 'offers REQUIRETLS: messages with Require TLS can be sent through it.',
  'REQUIRETLS not offered':
    'does not offer REQUIRETLS: messages with Require TLS will be refused.\n  Normal and Deliver anyway work. Ask your provider for RFC 8689 support.',
  unreachable: 'could not be asked.',
  'TLS not verified': 'has no TLS that can be verified, so no mail goes to it.',
};

/** The commonest slips. */
const CURES: Partial<Readonly<Record<Finding['verdict'], string>>> = {
  'TLS not verified':
    'Check the name and the port; port 465 goes with submissions://, port 587 with submission://.\n  A server with a certificate of its own authority needs --ca FILE.',
};

function inWords({ server, port, tls, verdict, session, reason }: Finding): string {
  const lines = [`${server} ${VERDICT_IN_WORDS[verdict]}`];
  if (reason !== undefined) lines.push(`  Because ${reason}.`);
  const cure = CURES[verdict];
  if (cure !== undefined) lines.push(`  ${cure}`);
  if (session !== undefined) {
    const { certificate } = session;
    lines.push(
      `  Port         ${port}, ${tls === 'implicit' ? 'TLS from the start' : 'STARTTLS'}`,
      `  TLS          ${session.version}, ${session.cipher}`,
      `  Certificate  ${certificate.subject || '(no subject)'}, verified`,
      `               issued by ${certificate.issuer}, valid to ${certificate.validTo}`,
      `               SHA-256 ${certificate.fingerprint}`,
      `  Extensions   ${session.ehlo.join(', ')}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function ignoredInWords(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `Set in the environment, and not followed here: ${names.join(', ')}.\n`;
}
