import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askSealed } from '../../extension/sealed-channel.ts';
import { pairWithProxy } from '../../extension/setup/pair.ts';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';
import type { Answer, Question } from '../../shared/control/api.ts';
import { typedPairingCode } from '../../shared/control/pairing-code.ts';
import { startProxy, type ProxyProcess } from '../proxy-process.ts';
import { keptFolder } from './forecast-command.ts';

const LIMIT_MS = 30_000;

/** The built proxy, and an extension that is paired with it. */
export type PairedProxy = {
  readonly proxy: ProxyProcess;
  /** Asks as the extension does. */
  ask<Ask extends Question['ask']>(question: Extract<Question, { ask: Ask }>): Promise<Answer<Ask>>;
  /** Asks as the compose window does. */
  forecast(
    domains: readonly string[],
    manner?: { readonly probe?: boolean; readonly waitMs?: number },
  ): Promise<Answer<'forecast'>['domains']>;
  [Symbol.asyncDispose](): Promise<void>;
};

type Place = {
  /** A command that runs the proxy, whose words come behind it. */
  readonly inside?: readonly string[];
  /** Is told the proxy before it is asked anything. */
  readonly started?: (proxy: ProxyProcess) => Promise<void>;
};

/** Nobody sends mail in these tests. */
const NO_SERVER = 'submissions://localhost:9';

/**
 * Starts the built proxy and pairs an extension with it.
 *
 * @param options words of the command `forecast`, which the proxy finds in its configuration
 */
export async function pairedProxy(
  options: readonly string[],
  { inside, started }: Place = {},
): Promise<PairedProxy> {
  const kept = await keptFolder();
  const config = join(kept.folder, 'config.toml');
  await writeFile(config, tableFrom(options));
  const caFile = join(kept.folder, 'ca.pem');
  await writeFile(caFile, (await demoCertificate('localhost')).ca);
  const flags = ['--config', config, '--state', kept.folder];
  const proxy = await startProxy(NO_SERVER, caFile, flags, inside);
  await started?.(proxy);
  const code = typedPairingCode(await proxy.pairingCode()) ?? '';
  const end = await pairWithProxy(proxy.controlPort, code, 'a test');
  if (end.kind !== 'paired') throw new Error(`not paired: ${end.kind}`);
  const ask: PairedProxy['ask'] = async (question) => {
    const asked = await askSealed(end.pairing, question, LIMIT_MS);
    if ('no' in asked) throw new Error(`no answer: ${asked.no} ${asked.detail}`);
    return asked.answer;
  };
  return {
    proxy,
    ask,
    async forecast(asked, { probe = false, waitMs = 5000 } = {}) {
      const { domains } = await ask({ ask: 'forecast', domains: [...asked], probe, waitMs });
      return domains;
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await kept[Symbol.asyncDispose]();
    },
  };
}

/** `[forecast]` with what stands on a command line. */
function tableFrom(options: readonly string[]): string {
  const lines = options.map((option) => {
    const [name = '', value = 'true'] = option.replace(/^--/, '').split(/=(.*)/s);
    const isWord = /^(?:true|\d+)$/.test(value);
    return `${name} = ${isWord ? value : JSON.stringify(value)}`;
  });
  return ['[forecast]', ...lines, ''].join('\n');
}
