import { readFile } from 'node:fs/promises';
import { type TokenKey, tokenKey } from './bearer-token.ts';
import { dovecotConfiguration, dovecotOauth2, dovecotUsers } from './dovecot-configuration.ts';
import { startPostfix } from './postfix.ts';
import { DOVECOT_ROOT } from './server-roots.ts';
import { type ServerSoftware, startServer, type SubmissionServer } from './submission-server.ts';

/** The authority of the server behind, in the instance's folder. */
const BEHIND_CA_FILE = 'behind-ca.pem';

/** The greeting has a place for the version, which Dovecot does not tell by itself. */
const START_SCRIPT = `
mkdir -p /srv/home
chown mail:mail /srv/home
sed -i "s/DOVECOT_VERSION/$(dovecot --version | cut -d ' ' -f 1)/" /srv/etc/dovecot.conf
exec dovecot -F -c /srv/etc/dovecot.conf
`;

/** `… smtp-server: conn 127.0.0.1:2345 [1]: Received new command: MAIL FROM:<…>` */
const RECEIVED_COMMAND = / smtp-server: conn \S+ \[\d+\]: Received new command: (.*?) ?$/;

/**
 * Starts Dovecot's submission server. It delivers nothing itself: it hands each command on to
 * the server behind it as it comes, here a Postfix that offers REQUIRETLS.
 *
 * Its messages are those that this Postfix has delivered, to one maildir for every recipient.
 *
 * @param key of the authority whose tokens it believes
 */
export async function startDovecot(key: TokenKey = tokenKey()): Promise<SubmissionServer> {
  const behind = await startPostfix('3.11');
  try {
    const behindCa = await readFile(behind.caFile, 'utf8');
    const software: ServerSoftware = {
      root: DOVECOT_ROOT,
      version: /Dovecot (\S+)/,
      files: (ports) => ({
        'etc/dovecot.conf': dovecotConfiguration(ports, {
          port: behind.starttlsPort,
          caFile: `/srv/${BEHIND_CA_FILE}`,
        }),
        'etc/users': dovecotUsers(),
        'etc/oauth2.conf': dovecotOauth2(),
        'token-keys/default/HS256/default': key.base64,
        [BEHIND_CA_FILE]: behindCa,
      }),
      startScript: START_SCRIPT,
      logFile: 'dovecot.log',
      commandIn: (line) => RECEIVED_COMMAND.exec(line)?.[1],
      queueFolders: [],
    };
    const dovecot = await startServer(software);
    return {
      ...dovecot,
      messages: () => behind.messages(),
      [Symbol.asyncDispose]: async () => {
        await dovecot[Symbol.asyncDispose]();
        await behind[Symbol.asyncDispose]();
      },
    };
  } catch (cause) {
    await behind[Symbol.asyncDispose]();
    throw cause;
  }
}
