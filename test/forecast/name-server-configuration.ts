/** BIND as an authoritative server of all zones, those in `/srv/zones` that end in `signed`. */
export function namedConfiguration(port: number, zones: readonly string[]): string {
  const each = zones.map(
    (zone) => `zone "${zone}" { type primary; file "${zone === '.' ? 'root' : zone}.signed"; };`,
  );
  return `
options {
  directory "/srv/zones";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  recursion no;
  dnssec-validation no;
  notify no;
  max-records-per-type 0; // a set of 1000 MX records is in order
};
controls { };
${each.join('\n')}
${UNLOADABLE_ZONES.map((zone) => `zone "${zone}" { type primary; file "none"; };`).join('\n')}
`;
}

/** Zones that BIND is told to have and has no file of: it answers SERVFAIL for whatever is in them. */
export const UNLOADABLE_ZONES = [
  '_tcp.servfail-mx.signed.example',
  'servfail.signed.example',
  'servfail.unsigned.example',
] as const;

type Unbound = {
  readonly port: number;
  /** Where BIND is. */
  readonly named: number;
  /** Given together, they make it one that validates and speaks TLS. */
  readonly dot?: number;
  readonly doh?: number;
};

/**
 * Unbound as a resolver that asks BIND for everything. As a stub of the root it would go by the
 * NS records that it comes to know, and they have no ports.
 */
export function unboundConfiguration({ port, named, dot, doh }: Unbound): string {
  const encrypted = `
  module-config: "validator iterator"
  trust-anchor-file: "/srv/root.ds"
  interface: 127.0.0.1@${dot}
  tls-port: ${dot}
  interface: 127.0.0.1@${doh}
  https-port: ${doh}
  tls-service-pem: "/srv/localhost.pem"
  tls-service-key: "/srv/localhost.key"`;
  return `
server:
  chroot: ""
  directory: "/srv"
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  num-threads: 1
  do-ip6: no
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
${dot === undefined ? '  module-config: "iterator"' : encrypted}
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${named}
`;
}
