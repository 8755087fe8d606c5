import { CERTIFICATE_FILE, KEY_FILE } from './server-certificate.ts';
import {
  DEFERRED_RECIPIENT,
  MAIL_USER_ID,
  MAILDIR,
  type Ports,
  REFUSED_RECIPIENT,
} from './submission-server.ts';

/**
 * Settings that every instance has. The version in the greeting is for the tests; no rewriting
 * of header sections, as a relay for strangers does; no look-ups in the DNS.
 */
export function mainCf(): string {
  return `
compatibility_level = 3.6
myhostname = mail.test
myorigin = sender.test
queue_directory = /srv/queue
data_directory = /srv/data
maillog_file = /srv/mail.log
maillog_file_prefixes = /srv
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
mydestination =
alias_maps =
alias_database =
biff = no
smtputf8_enable = yes
smtpd_banner = $myhostname ESMTP Postfix $mail_version
smtpd_peername_lookup = no
local_header_rewrite_clients =
smtpd_tls_cert_file = /srv/${CERTIFICATE_FILE}
smtpd_tls_key_file = /srv/${KEY_FILE}
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = /srv/etc/sasl
smtpd_sasl_local_domain = test
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access inline:{
    { ${REFUSED_RECIPIENT} = 550 5.1.1 No such mailbox },
    { ${DEFERRED_RECIPIENT} = 450 4.2.1 Mailbox is busy } }
virtual_mailbox_domains = static:all
virtual_mailbox_base = /srv
virtual_mailbox_maps = static:${MAILDIR}/
virtual_minimum_uid = 1
virtual_uid_maps = static:${MAIL_USER_ID}
virtual_gid_maps = static:${MAIL_USER_ID}
`;
}

/** The daemons; `-v` makes the SMTP server log each command that it receives. */
export function masterCf(ports: Ports): string {
  return `
127.0.0.1:${ports.starttls} inet n - n - - smtpd -v
  -o smtpd_tls_security_level=encrypt
127.0.0.1:${ports.tls} inet n - n - - smtpd -v
  -o smtpd_tls_wrappermode=yes
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
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}

/** Passwords are in a file of Cyrus SASL's own. */
export function saslConf(): string {
  return `
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: /srv/etc/sasl/sasldb2
mech_list: PLAIN LOGIN
`;
}
