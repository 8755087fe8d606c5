import { once } from 'node:events';
import http from 'node:http';
import type tls from 'node:tls';
import type { Looked, WhyNoPolicy } from '../../../shared/forecast/facts.ts';
import {
  POLICY_LIMIT_OCTETS,
  readPolicy,
  type MtaStsPolicyText,
} from '../../../shared/forecast/mta-sts.ts';
import { codeOf, messageOf } from '../../error-message.ts';
import { DeadlinePassed, within } from '../../submission/deadline.ts';
import { connectTls, type Trust } from '../../submission/tls-profile.ts';
import { connectChecked, NoPublicAddress } from '../checked-connection.ts';

/** RFC 8461 §3.3 suggests a minute; a person waits for this. */
const FETCH_MS = 10_000;

const HTTPS_PORT = 443;
const MAX_HEADER_OCTETS = 16 * 1024;

export type FetchedPolicy =
  | { readonly kind: 'fetched'; readonly policy: MtaStsPolicyText }
  | { readonly kind: 'failed'; readonly why: WhyNoPolicy; readonly detail?: string | undefined };

export type AddressesOf = (host: string) => Promise<Looked<readonly string[]>>;

type PolicyHostOptions = {
  readonly trust: Trust;
  readonly port: number;
  readonly allowSpecialAddresses: boolean;
  /** For all of it, from the look-up of the address to the last octet. */
  readonly fetchMs?: number;
};

/** Why there is no policy; caught in this file. */
class NoPolicy extends Error {
  override readonly name = 'NoPolicy';
  readonly why: WhyNoPolicy;
  readonly detail: string | undefined;

  constructor(why: WhyNoPolicy, detail?: string) {
    super(why);
    this.why = why;
    this.detail = detail;
  }
}

/**
 * Fetches policies from the policy hosts of domains (RFC 8461 §3.3): over verified TLS, from an
 * address that was checked, in one GET that follows nothing, understands no compression and tells
 * nothing but the name of the policy host. An HTTP client that does more would have to be told not
 * to; the connection is made here in any case.
 */
export class PolicyHost {
  readonly #options: PolicyHostOptions;
  readonly #underWay = new Set<AbortController>();

  constructor(options: PolicyHostOptions) {
    this.#options = options;
  }

  /** @param domain in A-label form */
  async fetch(domain: string, addressesOf: AddressesOf): Promise<FetchedPolicy> {
    const givingUp = new AbortController();
    this.#underWay.add(givingUp);
    try {
      const host = `mta-sts.${domain}`;
      const fetching = this.#textFrom(host, addressesOf, givingUp.signal);
      const policy = readPolicy(
        await within(this.#options.fetchMs ?? FETCH_MS, 'policy', fetching),
      );
      if ('fault' in policy) throw new NoPolicy('malformed', policy.fault);
      return { kind: 'fetched', policy };
    } catch (error) {
      const { why, detail } = noPolicy(error);
      return { kind: 'failed', why, detail };
    } finally {
      this.#underWay.delete(givingUp);
      givingUp.abort(); // whatever is still connected or connecting ends here
    }
  }

  /** Ends what is under way. */
  close(): void {
    for (const one of this.#underWay) one.abort();
  }

  async #textFrom(host: string, addressesOf: AddressesOf, signal: AbortSignal): Promise<string> {
    const { trust, port, allowSpecialAddresses } = this.#options;
    const looked = await addressesOf(host);
    if (looked.kind === 'failed') throw new NoPolicy('DNS failed', looked.why);
    const addresses = looked.kind === 'none' ? [] : looked.records;
    const tcp = await connectChecked({ addresses, port, allowSpecialAddresses }, signal);
    const secured = connectTls(tcp, host, trust);
    await once(secured, 'secureConnect').catch((error: unknown) => {
      throw tlsFault(error);
    });
    secured.on('error', () => undefined); // the request has its own ears while it is there
    return await policyText(secured, port === HTTPS_PORT ? host : `${host}:${port}`);
  }
}

/** One request on a connection that is closed after it. */
async function policyText(socket: tls.TLSSocket, authority: string): Promise<string> {
  const request = http.get({
    createConnection: () => socket,
    path: '/.well-known/mta-sts.txt',
    maxHeaderSize: MAX_HEADER_OCTETS,
    insecureHTTPParser: false, // NODE_OPTIONS could switch it on
    headers: {
      Host: authority,
      Accept: 'text/plain',
      'Accept-Encoding': 'identity',
      // Some hosts answer nobody who does not say what he is.
      'User-Agent': 'requiretls',
      Connection: 'close',
    },
  });
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', reject);
      // 101 (RFC 9110 §15.2.2): from there on it would speak another protocol.
      request.once('upgrade', () => reject(new NoPolicy('HTTP status', '101')));
    });
    assertPolicy(response);
    return textOf(await bodyOf(response));
  } finally {
    request.on('error', () => undefined); // of our own breaking off
    request.destroy();
    socket.destroy();
  }
}

/** @throws NoPolicy by what the response says before its body */
function assertPolicy({ statusCode, headers, headersDistinct }: http.IncomingMessage): void {
  // RFC 8461 §3.3: redirects MUST NOT be followed; an error page is no policy either.
  if (statusCode !== 200) throw new NoPolicy('HTTP status', String(statusCode));

  // RFC 8461 §3.3: parameters do not matter.
  const [written = '', ...others] = headersDistinct['content-type'] ?? [];
  const [type = ''] = written.split(';');
  if (others.length > 0 || type.trim().toLowerCase() !== 'text/plain')
    throw new NoPolicy('not text/plain');

  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') throw new NoPolicy('malformed', 'compressed');

  // A body that ends with the connection can be cut short by anybody on the way, for instance
  // `max_age: 604800` to `max_age: 6`.
  const { 'content-length': length, 'transfer-encoding': transfer } = headers;
  const isChunked = transfer?.trim().toLowerCase() === 'chunked';
  if (transfer === undefined ? length === undefined : !isChunked) {
    throw new NoPolicy('malformed', 'of no known length');
  }
  if (Number(length ?? 0) > POLICY_LIMIT_OCTETS) throw new NoPolicy('too large');
}

/** @throws Error also when it was cut short */
async function bodyOf(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets > POLICY_LIMIT_OCTETS) throw new NoPolicy('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(octets: Buffer): string {
  try {
    // The mark stays, so that nothing but what was sent is read as a policy.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new NoPolicy('malformed', 'not UTF-8');
  }
}

const BROKEN_CONNECTION = /^(?:ECONN|ETIMEDOUT$|EPIPE$|ENET|EHOST)/;

function tlsFault(error: unknown): unknown {
  const code = codeOf(error);
  if (BROKEN_CONNECTION.test(code)) return error;
  // OpenSSL has words where Node knows no code.
  const detail = code === '' || code === 'UNSPECIFIED' ? messageOf(error) : code;
  return new NoPolicy('TLS not verified', detail);
}

function noPolicy(error: unknown): NoPolicy {
  if (error instanceof NoPolicy) return error;
  if (error instanceof DeadlinePassed) return new NoPolicy('timed out');
  if (error instanceof NoPublicAddress) {
    return error.isSpecial
      ? new NoPolicy('special address')
      : new NoPolicy('unreachable', 'no address');
  }
  const code = codeOf(error);
  if (code === 'HPE_HEADER_OVERFLOW') return new NoPolicy('too large', code);
  if (code.startsWith('HPE_')) return new NoPolicy('malformed', code);
  return new NoPolicy('unreachable', code === '' ? messageOf(error) : code);
}
