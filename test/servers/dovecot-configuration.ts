import { CERTIFICATE_FILE, KEY_FILE } from './server-certificate.ts';
import { LOGIN, MAIL_USER_ID, type Ports } from './submission-server.ts';

/** The server to which Dovecot hands all mail, as it sees it. */
export type Behind = {
  /** Inside STARTTLS, and with the login of all servers here. */
  readonly port: number;
  /** Its authority, where Dovecot reads it. */
  readonly caFile: string;
};

/**
 * Submission and nothing else. Wrong logins are not slowed down: Dovecot makes whoever sent one
 * wait for two seconds, and then for four.
 *
 * Before a login Dovecot does not know the server behind it, so it lists what it is told here.
 */
export function dovecotConfiguration(ports: Ports, behind: Behind): string {
  return `
protocols = submission
listen = 127.0.0.1
hostname = mail.test
base_dir = /srv/run
state_dir = /srv/state
log_path = /srv/dovecot.log
log_debug = category=smtp-server
login_greeting = mail.test ESMTP Dovecot DOVECOT_VERSION
ssl = required
ssl_cert = </srv/${CERTIFICATE_FILE}
ssl_key = </srv/${KEY_FILE}
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
first_valid_uid = ${MAIL_USER_ID}
mail_location = maildir:/srv/home/mail
submission_backend_capabilities = 8BITMIME DSN
submission_relay_host = 127.0.0.1
submission_relay_port = ${behind.port}
submission_relay_ssl = starttls
submission_relay_user = ${LOGIN.user}
submission_relay_password = ${LOGIN.pass}
ssl_client_ca_file = ${behind.caFile}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = /srv/etc/users
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = /srv/etc/oauth2.conf
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/srv/home
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service submission-login {
  inet_listener submission {
    port = ${ports.starttls}
  }
  inet_listener submissions {
    port = ${ports.tls}
    ssl = yes
  }
}
`;
}

/** Who may log in. */
export function dovecotUsers(): string {
  return `${LOGIN.user}:{PLAIN}${LOGIN.pass}\n`;
}

/** It believes a token by its signature, and asks nobody on the web. */
export function dovecotOauth2(): string {
  return `
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=/srv/token-keys/
username_attribute = sub
`;
}
