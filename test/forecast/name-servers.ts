import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { debianRoot } from '../servers/debian-root.ts';
import { freePort } from '../servers/loopback.ts';
import { type RootProcess, startInRoot } from '../servers/root-process.ts';
import { DNS_ROOT } from '../servers/server-roots.ts';
import { waitUntil } from '../wait-until.ts';
import type { Issued } from '../hostile/issued-certificate.ts';
import { namedConfiguration, unboundConfiguration } from './name-server-configuration.ts';
import { SIGN_ZONES } from './signed-zones.ts';

/** Real name servers with a DNS of their own, down from its root. Addresses are `127.0.0.1:PORT`. */
export type NameServers = {
  /** BIND, which has all zones and looks nothing up. */
  readonly authoritative: string;
  /** Unbound, which validates from the root anchor of this DNS. */
  readonly validating: string;
  /** Unbound, which does not. */
  readonly plain: string;
  /** The validating one over TLS, as `tls://localhost:PORT`. */
  readonly dot: string;
  /** The validating one over HTTPS, which must be HTTP/2: it knows no other. */
  readonly http2: string;
  /** The DS record of the root, as a zone file has it. */
  readonly rootAnchorFile: string;
  [Symbol.asyncDispose](): Promise<void>;
};

const START_LIMIT_MS = 20_000;

/**
 * Starts BIND and two Unbounds in their Debian root.
 *
 * @param folder for zones, keys and logs; root alone may enter it
 * @param zones master files by name of the zone, not signed
 * @param certificate of `localhost`
 */
export async function startNameServers(
  folder: string,
  zones: ReadonlyMap<string, string>,
  certificate: Issued,
): Promise<NameServers> {
  const root = await debianRoot(DNS_ROOT);
  const [named, validating, plain, dot, doh] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  await mkdir(join(folder, 'zones'), { recursive: true });
  const files = {
    'named.conf': namedConfiguration(named, [...zones.keys()]),
    'validating.conf': unboundConfiguration({ port: validating, named, dot, doh }),
    'plain.conf': unboundConfiguration({ port: plain, named }),
    'localhost.pem': certificate.cert,
    'localhost.key': certificate.key,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  for (const [zone, text] of zones) await writeFile(join(folder, 'zones', fileOf(zone)), text);

  const running: RootProcess[] = [];
  const stop = async () => {
    await Promise.all(running.map((process) => process[Symbol.asyncDispose]()));
  };
  const start = async (name: string, script: string) => {
    const logFile = join(folder, `${name}.log`);
    const process = await startInRoot(root, folder, script, logFile);
    running.push(process);
    return { process, logFile };
  };
  try {
    const bind = await start('named', `${SIGN_ZONES}\nexec named -g -n 1 -c /srv/named.conf`);
    await untilItAnswers(named, bind);
    const unbounds = [
      [validating, await start('validating', 'exec unbound -d -c /srv/validating.conf')],
      [plain, await start('plain', 'exec unbound -d -c /srv/plain.conf')],
    ] as const;
    for (const [port, process] of unbounds) await untilItAnswers(port, process);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    authoritative: `127.0.0.1:${named}`,
    validating: `127.0.0.1:${validating}`,
    plain: `127.0.0.1:${plain}`,
    dot: `tls://localhost:${dot}`,
    http2: `https://localhost:${doh}/dns-query`,
    rootAnchorFile: join(folder, 'root.ds'),
    [Symbol.asyncDispose]: stop,
  };
}

function fileOf(zone: string): string {
  return zone === '.' ? 'root.' : `${zone}.`;
}

async function untilItAnswers(
  port: number,
  { process, logFile }: { readonly process: RootProcess; readonly logFile: string },
): Promise<void> {
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  const written = async () =>
    `it does not answer:\n${(await readFile(logFile, 'utf8')).slice(-4000)}`;
  const answers = async () => {
    if (process.ended() !== undefined) throw new Error(await written());
    return await resolver.resolveSoa('signed.example').then(
      () => true,
      () => false,
    );
  };
  await waitUntil(answers, START_LIMIT_MS, written);
}
