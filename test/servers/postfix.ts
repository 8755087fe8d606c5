import { mainCf, masterCf, saslConf } from './postfix-configuration.ts';
import { POSTFIX_ROOTS } from './server-roots.ts';
import {
  LOGIN,
  type ServerSoftware,
  startServer,
  type SubmissionServer,
} from './submission-server.ts';

const START_SCRIPT = `
mkdir -p /srv/queue /srv/data
chown postfix /srv/data
printf %s '${LOGIN.pass}' | saslpasswd2 -p -c -f /srv/etc/sasl/sasldb2 -u test '${LOGIN.user}'
chown postfix /srv/etc/sasl/sasldb2
exec postfix -c /srv/etc start-fg
`;

/** `… postfix/smtpd[12]: < localhost[127.0.0.1]: MAIL FROM:<…>`, which it writes when verbose. */
const RECEIVED_COMMAND = /smtpd\[\d+\]: < \S+: (.*)$/;

/**
 * Starts Postfix as a submission server that delivers mail for every recipient to one maildir.
 *
 * @param version 3.11 stands for this or the later one that Debian forky has by now
 */
export async function startPostfix(version: '3.7' | '3.11'): Promise<SubmissionServer> {
  const software: ServerSoftware = {
    root: POSTFIX_ROOTS[version],
    version: /Postfix (\S+)/,
    files: (ports) => ({
      'etc/main.cf': mainCf(),
      'etc/master.cf': masterCf(ports),
      'etc/sasl/smtpd.conf': saslConf(),
    }),
    startScript: START_SCRIPT,
    logFile: 'mail.log',
    commandIn: (line) => RECEIVED_COMMAND.exec(line)?.[1],
    queueFolders: ['maildrop', 'incoming', 'active', 'deferred', 'hold'].map((f) => `queue/${f}`),
  };
  return await startServer(software);
}
