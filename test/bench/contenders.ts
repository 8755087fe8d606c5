import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProxy } from '../proxy-process.ts';
import { CA_FILE } from '../servers/server-certificate.ts';
import { composeWindowOf } from './compose-window.ts';
import type { Way } from './mail-program.ts';
import { startPart, type Part } from './part.ts';
import type { SinkOptions } from './sink.ts';

/** Who carries a letter to the submission server; nobody does when it is sent directly. */
export type ContenderName = 'direct' | 'this proxy' | 'Postfix' | 'nginx';

export type Contender = {
  readonly name: ContenderName;
  readonly way: Way;
  /** Absent where the work is done by many processes or by none. */
  readonly pid?: number;
};

/** What lies between the mail programs and the sink. */
export type Route = { readonly tls: SinkOptions['tls']; readonly roundTripMs: number };

/** One sink, and all ways to it. */
export type Field = {
  readonly sink: Part<'sink'>;
  readonly mailPrograms: Part<'mail programs'>;
  readonly contenders: readonly Contender[];
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * One more way to the sink, which begins at the port behind the injected round trip.
 *
 * @returns undefined from who cannot speak to it
 */
export type Entrant = (
  upstream: { readonly port: number; readonly tls: Route['tls'] },
  certificateFolder: string,
) => Promise<({ readonly contender: Contender } & AsyncDisposable) | undefined>;

/** Starts the sink and everybody who leads to it. */
export async function startField(
  route: Route,
  certificateFolder: string,
  entrants: readonly Entrant[],
  recorded = false,
): Promise<Field> {
  const started: AsyncDisposable[] = [];
  const keep = <Resource extends AsyncDisposable>(resource: Resource) => {
    started.unshift(resource);
    return resource;
  };
  const endAll = async () => {
    for (const resource of started) await resource[Symbol.asyncDispose]();
  };
  try {
    const sink = keep(await startPart('sink', { tls: route.tls, certificateFolder, recorded }));
    const mailPrograms = keep(await startPart('mail programs'));
    let port = await sink.ask('port');
    if (route.roundTripMs > 0) {
      const { roundTripMs } = route;
      const wire = keep(await startPart('round trip', { toPort: port, roundTripMs }));
      port = await wire.ask('port');
    }
    const ca = await readFile(join(certificateFolder, CA_FILE), 'utf8');
    const contenders: Contender[] = [
      { name: 'direct', way: { port, tls: route.tls, login: true, ca } },
    ];
    for (const enter of entrants) {
      const entered = await enter({ port, tls: route.tls }, certificateFolder);
      if (entered !== undefined) contenders.push(keep(entered).contender);
    }
    return { sink, mailPrograms, contenders, [Symbol.asyncDispose]: endAll };
  } catch (error) {
    await endAll();
    throw error;
  }
}

/**
 * The built proxy as anybody would run it: with its receipts, and every check in place. It is
 * given an address and no name, as the mail programs are: what a look-up costs, this machine's
 * name server decides.
 */
export const thisProxy: Entrant = async (upstream, certificateFolder) => {
  const { proxy, way } = await proxyTo(upstream, certificateFolder);
  return {
    contender: { name: 'this proxy', way, pid: proxy.pid },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
};

/** The same, paired with a Thunderbird in which each message is written before it is sent. */
export const thisProxyComposing: Entrant = async (upstream, certificateFolder) => {
  const { proxy, way } = await proxyTo(upstream, certificateFolder);
  const dispose = () => proxy[Symbol.asyncDispose]();
  try {
    const composeWindow = await composeWindowOf(proxy);
    return {
      contender: { name: 'this proxy', way: { ...way, composeWindow }, pid: proxy.pid },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};

async function proxyTo({ port, tls }: Parameters<Entrant>[0], certificateFolder: string) {
  const scheme = tls === 'implicit' ? 'submissions' : 'submission';
  const proxy = await startProxy(`${scheme}://127.0.0.1:${port}`, join(certificateFolder, CA_FILE));
  const way = { port: proxy.port, tls: 'none', login: true, ca: '' } as const;
  return { proxy, way };
}
