import { eximConfiguration } from './exim-configuration.ts';
import { EXIM_ROOT } from './server-roots.ts';
import {
  CONSOLE_LOG,
  type ServerSoftware,
  startServer,
  type SubmissionServer,
} from './submission-server.ts';

/**
 * Exim trusts its own configuration file only, so ours takes its place. With `-d` it stays in
 * the foreground and tells of each command that it receives.
 */
const START_SCRIPT = `
mkdir -p /srv/spool /srv/log
chown -R Debian-exim /srv/spool /srv/log /srv/server.key
mount --bind /srv/etc /etc/exim4
exec /usr/sbin/exim4 -bd -d-all+receive
`;

/** `  123 SMTP<< MAIL FROM:<…>` */
const RECEIVED_COMMAND = /^\s*(?:\d+ )?SMTP<< (.*)$/;

/** Starts Exim, which knows nothing of REQUIRETLS, as a submission server that delivers mail for every recipient to one maildir. */
export async function startExim(): Promise<SubmissionServer> {
  const software: ServerSoftware = {
    root: EXIM_ROOT,
    version: /Exim (\S+)/,
    files: (ports) => ({ 'etc/exim4.conf': eximConfiguration(ports) }),
    startScript: START_SCRIPT,
    logFile: CONSOLE_LOG,
    commandIn: (line) => RECEIVED_COMMAND.exec(line)?.[1],
    queueFolders: ['spool/input'],
  };
  return await startServer(software);
}
