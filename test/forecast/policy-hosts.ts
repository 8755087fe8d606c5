import { once } from 'node:events';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureContext } from 'node:tls';
import { freePort } from '../servers/loopback.ts';
import type { WorldCertificates } from './world-certificates.ts';

/** Where all policy hosts are. */
export const POLICY_ADDRESS = '127.81.0.1';

/** What a policy host has at `/.well-known/mta-sts.txt`, or does instead (RFC 8461 §3.3). */
export type PolicyAnswer =
  | { readonly mode: 'enforce' | 'testing' | 'none'; readonly mx: readonly string[] }
  | { readonly text: string; readonly contentType?: string }
  | { readonly status: number; readonly location?: string }
  /** More than 64 KB, all of it well-formed. */
  | 'oversized'
  /** A head, and then a line now and then for as long as somebody reads. */
  | 'slow';

export type PolicyHost = {
  readonly answer: PolicyAnswer;
  readonly certificate?: 'trusted' | 'other name' | 'expired';
};

export type PolicyHosts = {
  readonly port: number;
  /** What was asked for, oldest first: `GET mta-sts.…:443/.well-known/mta-sts.txt`. */
  requests(): readonly string[];
  /** From now on a domain's policy host answers otherwise. */
  change(domain: string, host: PolicyHost): void;
  [Symbol.asyncDispose](): Promise<void>;
};

const DRIP_MS = 200;
const TRIES = 5;

/** One HTTPS server for all policy hosts, by the domain whose policy it is. */
export async function startPolicyHosts(
  given: ReadonlyMap<string, PolicyHost>,
  { policyHosts }: WorldCertificates,
): Promise<PolicyHosts> {
  const hosts = new Map(given);
  const requests: string[] = [];
  const hostOf = (name = '') => hosts.get(name.replace(/^mta-sts\./, '').replace(/:\d+$/, ''));
  const server = createServer(
    {
      ...policyHosts.trusted,
      SNICallback: (name, done) =>
        done(null, createSecureContext(policyHosts[hostOf(name)?.certificate ?? 'trusted'])),
    },
    (request, response) => {
      const { host = '' } = request.headers;
      requests.push(`${request.method} ${host}${request.url}`);
      const answer = hostOf(host)?.answer;
      const isPolicy = request.url === '/.well-known/mta-sts.txt';
      respond(isPolicy && answer !== undefined ? answer : { status: 404 }, request, response);
    },
  );
  for (let left = TRIES; ; left -= 1) {
    const port = await freePort();
    server.listen(port, POLICY_ADDRESS);
    try {
      await once(server, 'listening');
      return {
        port,
        requests: () => [...requests],
        change: (domain, host) => hosts.set(domain, host),
        [Symbol.asyncDispose]: async () => {
          server.close();
          server.closeAllConnections();
          await once(server, 'close');
        },
      };
    } catch (cause) {
      if (left === 0) throw cause;
    }
  }
}

function respond(answer: PolicyAnswer, request: IncomingMessage, response: ServerResponse): void {
  const plain = { 'content-type': 'text/plain' };
  if (answer === 'oversized') {
    response.writeHead(200, plain).end(`${policyText('enforce', ['mx.example'])}${padding()}`);
  } else if (answer === 'slow') {
    response.writeHead(200, plain);
    const drip = setInterval(() => response.write('x: y\r\n'), DRIP_MS);
    request.socket.on('close', () => clearInterval(drip));
  } else if ('status' in answer) {
    const { status, location } = answer;
    response.writeHead(status, location === undefined ? plain : { location, ...plain }).end();
  } else if ('text' in answer) {
    response.writeHead(200, { 'content-type': answer.contentType ?? 'text/plain' });
    response.end(answer.text);
  } else {
    response.writeHead(200, plain).end(policyText(answer.mode, answer.mx));
  }
}

export function policyText(mode: string, mx: readonly string[]): string {
  const lines = ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`)];
  return [...lines, 'max_age: 604800', ''].join('\r\n');
}

function padding(): string {
  return 'x-padding: and so on\r\n'.repeat(4000);
}
