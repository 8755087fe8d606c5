import type { IncomingMessage } from 'node:http';
import type { RefusalKind } from './refused.ts';

/** Where the server is reached; the first is what it calls itself in links. */
export type ControlHosts = readonly [string, ...string[]];

/**
 * The names that a browser may call the server by. A page of evil.example whose name was made to
 * lead here (DNS rebinding) is told by its `Host`.
 *
 * @param host what is bound, always loopback
 */
export function controlHosts(host: string, port: number): ControlHosts {
  const bound = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return [bound, `127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

const EXTENSION_ORIGIN = /^moz-extension:\/\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

export type Request = Pick<IncomingMessage, 'httpVersion' | 'method' | 'url' | 'headersDistinct'>;

/**
 * Says why a request is refused by its head alone, before anything of it is read further.
 *
 * @param isOurs whether the server may be called by a host
 */
export function refusalAtDoor(
  request: Request,
  isOurs: (host: string) => boolean,
): RefusalKind | undefined {
  const { httpVersion, method, url = '' } = request;
  const host = single(request, 'host');
  // An absolute request target would come in the place of Host (RFC 9112 §3.2.2).
  if (!url.startsWith('/') || host === undefined || !isOurs(host)) return 'foreign host';
  if (httpVersion !== '1.1' || request.headersDistinct['expect'] !== undefined) return 'malformed';
  if (method !== 'POST' && method !== 'GET') return 'not allowed';

  const origin = originOf(request);
  const isOwn = origin === `http://${host}`;
  if (method === 'GET') return origin === undefined || isOwn ? undefined : 'foreign origin';
  const isExtension = origin !== undefined && EXTENSION_ORIGIN.test(origin);
  if (origin !== undefined && !isOwn && !isExtension) return 'foreign origin';

  const type = single(request, 'content-type');
  if (type === undefined || !JSON_TYPE.test(type)) return 'not JSON';
  return undefined;
}

/** Undefined outside a browser. */
export function originOf({ headersDistinct: { origin } }: Request): string | undefined {
  return origin?.join(' '); // several are none that is let in
}

/** A field that stands there once. Twice, two readers might each take another. */
function single(request: Request, name: string): string | undefined {
  const values = request.headersDistinct[name] ?? [];
  return values.length === 1 ? values[0] : undefined;
}
