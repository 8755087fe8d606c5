import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CA_FILE } from '../servers/server-certificate.ts';
import { POSTFIX_ROOTS } from '../servers/server-roots.ts';
import { startServer, type Ports, type ServerSoftware } from '../servers/submission-server.ts';
import type { Entrant } from './contenders.ts';
import { LOGIN } from './login.ts';

const UPSTREAM_CA_FILE = 'upstream-ca.pem';

/** The library that logs in looks this machine up by its name, for seconds where it has none. */
const START_SCRIPT = `
printf '127.0.0.1 localhost %s\\n' "$(uname -n)" >/srv/hosts
mount --bind /srv/hosts /etc/hosts
mkdir -p /srv/queue /srv/data
chown postfix /srv/data
exec postfix -c /srv/etc start-fg
`;

/**
 * Debian 12's Postfix as a relay on the same computer, which is how mail was handed on from
 * there before: it takes a letter into its queue, says 250, and delivers afterwards. It runs in
 * a Debian root of its own and is installed nowhere.
 *
 * It asks for no login, verifies the submission server as the proxy does, and has Debian's
 * defaults otherwise.
 */
export const postfixRelay: Entrant = async ({ port, tls }, certificateFolder) => {
  const ca = await readFile(join(certificateFolder, CA_FILE), 'utf8');
  const software: ServerSoftware = {
    root: POSTFIX_ROOTS['3.7'],
    version: /Postfix (\S+)/,
    files: (ports) => ({
      'etc/main.cf': mainCf(port, tls),
      'etc/master.cf': masterCf(ports),
      [UPSTREAM_CA_FILE]: ca,
    }),
    startScript: START_SCRIPT,
    logFile: 'mail.log',
    commandIn: () => undefined,
    queueFolders: [],
  };
  const server = await startServer(software);
  const way = { port: server.starttlsPort, tls: 'none', login: false, ca: '' } as const;
  return {
    contender: { name: 'Postfix', way },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

function mainCf(upstreamPort: number, tls: 'starttls' | 'implicit'): string {
  return `
compatibility_level = 3.6
myhostname = relay.test
smtpd_banner = $myhostname ESMTP Postfix $mail_version
queue_directory = /srv/queue
data_directory = /srv/data
maillog_file = /srv/mail.log
maillog_file_prefixes = /srv
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
biff = no
message_size_limit = 0
smtpd_peername_lookup = no
disable_dns_lookups = yes
relayhost = [127.0.0.1]:${upstreamPort}
smtp_tls_security_level = secure
smtp_tls_wrappermode = ${tls === 'implicit' ? 'yes' : 'no'}
smtp_tls_secure_cert_match = localhost
smtp_tls_CAfile = /srv/${UPSTREAM_CA_FILE}
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = inline:{ { [127.0.0.1]:${upstreamPort} = ${LOGIN.user}:${LOGIN.pass} } }
smtp_sasl_security_options = noanonymous
`;
}

function masterCf({ starttls }: Ports): string {
  return `
127.0.0.1:${starttls} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}
