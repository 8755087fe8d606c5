/** A server that is reached by SMTP; `host` in lower case, as written otherwise. */
export type SmtpServer = {
  readonly kind: 'smtp';
  /** By which Thunderbird knows it, whatever its address. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
};

/** The outgoing server of an identity, as preferences name it. */
export type OutgoingServer =
  | SmtpServer
  | { readonly kind: 'not SMTP'; readonly name: string }
  /** None, or not to be told: Thunderbird would hardly send anything either. */
  | { readonly kind: 'unclear' };

/** Where a connection may end. */
export type Endpoint = { readonly address: string; readonly port: number };

const LOCAL_NAME = /^(?:.+\.)?localhost$/;

/**
 * Where a connection to a server may end, as far as that is certain. Thunderbird takes names under
 * `localhost` to both loopback addresses (RFC 6761 §6.3). What another name leads to, a hosts file
 * or a name server decides, and may decide anew.
 */
export function endpointsOf({ host, port }: SmtpServer): readonly Endpoint[] {
  const addresses = LOCAL_NAME.test(host) ? ['127.0.0.1', '::1'] : [host];
  return addresses.map((address) => ({ address, port }));
}

/** Whether a host is one by itself, without a name server. */
export function isAddress(host: string): boolean {
  return LOCAL_NAME.test(host) || /^[0-9.]+$|:/.test(host);
}

/** Both are written in lower case, and addresses only as they were. */
export function isSame(endpoint: Endpoint, other: Endpoint): boolean {
  return endpoint.address === other.address && endpoint.port === other.port;
}
