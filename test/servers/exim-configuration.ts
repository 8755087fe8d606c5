import { CERTIFICATE_FILE, KEY_FILE } from './server-certificate.ts';
import {
  DEFERRED_RECIPIENT,
  LOGIN,
  MAILDIR,
  type Ports,
  REFUSED_RECIPIENT,
} from './submission-server.ts';

/** Submission with AUTH inside TLS only, no look-ups in the DNS, all mail to one maildir. */
export function eximConfiguration(ports: Ports): string {
  return `
primary_hostname = mail.test
spool_directory = /srv/spool
log_file_path = /srv/log/%s
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${ports.starttls} : ${ports.tls}
tls_on_connect_ports = ${ports.tls}
tls_certificate = /srv/${CERTIFICATE_FILE}
tls_privatekey = /srv/${KEY_FILE}
tls_advertise_hosts = *
auth_advertise_hosts = \${if def:tls_in_cipher {*}{}}
dsn_advertise_hosts = *
smtp_banner = $primary_hostname ESMTP Exim $version_number
smtp_accept_queue_per_connection = 0
keep_environment =
host_lookup =
helo_lookup_domains =
rfc1413_hosts =
acl_smtp_mail = mail
acl_smtp_rcpt = recipient

begin acl

mail:
  require message = 530 5.7.0 Must issue a STARTTLS command first
          encrypted = *
  accept

recipient:
  deny    message = 550 5.1.1 No such mailbox
          recipients = ${REFUSED_RECIPIENT}
  defer   message = 450 4.2.1 Mailbox is busy
          recipients = ${DEFERRED_RECIPIENT}
  require message = 550 5.7.1 Relay access denied
          authenticated = *
  accept

begin routers

everybody:
  driver = accept
  transport = maildir

begin transports

maildir:
  driver = appendfile
  directory = /srv/${MAILDIR}
  maildir_format
  user = mail
  group = mail

begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and {{eq{$auth2}{${LOGIN.user}}} {eq{$auth3}{${LOGIN.pass}}}}}
  server_set_id = $auth2

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = \${if and {{eq{$auth1}{${LOGIN.user}}} {eq{$auth2}{${LOGIN.pass}}}}}
  server_set_id = $auth1
`;
}
