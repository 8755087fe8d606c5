import { setTimeout as pause } from 'node:timers/promises';
import { controlFrom, type Flags } from '../config.ts';
import { askRunningProxy, NoProxyAnswer, type ProxyToAsk } from '../control/control-client.ts';
import { EX_OK, EX_UNAVAILABLE } from '../exit-status.ts';
import type { Terminal } from '../terminal.ts';
import { sameProxy } from './same-proxy.ts';

export type PairFlags = Pick<Flags, 'config' | 'state' | 'control'> & {
  readonly list?: true;
  readonly remove?: string;
  readonly json?: true;
};

const NOTHING = 'Nothing is paired.';

/** How often the proxy is asked whether the code was used. */
const POLL_MS = 500;

/**
 * Pairs a profile of Thunderbird with the running proxy: prints a code, and waits until it was
 * typed or is worth nothing any more. Or lists and removes those that are paired.
 *
 * @throws ConfigurationError
 */
export async function pair(flags: PairFlags, terminal: Terminal): Promise<number> {
  const { control, stateFolder } = controlFrom(flags, terminal.defaultConfigFile);
  if (control === undefined) {
    terminal.err.write(
      'requiretls: the configuration file says control = false: nobody can ask the proxy. Take that out and start the proxy anew.\n',
    );
    return EX_UNAVAILABLE;
  }
  const proxy = { control, stateFolder };
  try {
    if (flags.remove !== undefined) return await remove(flags.remove, proxy, flags, terminal);
    if (flags.list === true) return await list(proxy, flags, terminal);
    return await pairOne(proxy, flags, terminal);
  } catch (error) {
    if (!(error instanceof NoProxyAnswer)) throw error;
    terminal.err.write(`requiretls: ${error.message}\n`);
    return EX_UNAVAILABLE;
  }
}

async function pairOne(proxy: ProxyToAsk, flags: PairFlags, terminal: Terminal): Promise<number> {
  const { json } = flags;
  const before = await pairings(proxy);
  const made = await askRunningProxy(proxy, { ask: 'pairing code' });
  const { code, expiresInMs } = made;
  terminal.out.write(json ? line(made) : codeInWords(code, proxy.control.port));

  const stopping = new AbortController();
  void terminal.stopRequested().then(() => stopping.abort());
  const deadline = performance.now() + expiresInMs;
  for (;;) {
    await pause(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (stopping.signal.aborted) return EX_OK;
    const now = await pairings(proxy);
    const added = now.pairings.find(
      ({ pairing }) => !before.pairings.some((one) => one.pairing === pairing),
    );
    if (added !== undefined) {
      terminal.out.write(json ? line(added) : `Paired with ${shown(added.name)}.\n`);
      return EX_OK;
    }
    if (!now.codeWaits || performance.now() > deadline) {
      terminal.err.write(
        `requiretls: the code is worth nothing now: five minutes are over, it was mistyped three times, or another one was made. Once more: ${commandIn(proxy, flags, terminal)}\n`,
      );
      return EX_UNAVAILABLE;
    }
  }
}

function codeInWords(code: string, port: number): string {
  return `In Thunderbird, on the set-up page of the extension Require TLS (in the window of
a message: the extension's button, Set up…), type this code within five minutes:

    ${code}

and, if it asks for it, the port ${port}. Waiting for that; Ctrl+C ends the waiting.
`;
}

async function list(proxy: ProxyToAsk, flags: PairFlags, terminal: Terminal): Promise<number> {
  const all = (await pairings(proxy)).pairings;
  const words = all.map(({ pairing, name, created }) => `${pairing}  ${created}  ${shown(name)}\n`);
  if (flags.json) for (const one of all) terminal.out.write(line(one));
  else if (all.length === 0)
    terminal.out.write(`${NOTHING} To pair: ${commandIn(proxy, flags, terminal)}\n`);
  else terminal.out.write(words.join(''));
  return EX_OK;
}

async function remove(
  which: string,
  proxy: ProxyToAsk,
  flags: PairFlags,
  terminal: Terminal,
): Promise<number> {
  const all = (await pairings(proxy)).pairings;
  const removed = all.filter(({ pairing }) => which === 'all' || pairing === which);
  if (removed.length === 0 && which !== 'all') {
    terminal.err.write(
      `requiretls: no paired profile has the id "${shown(which)}". ${commandIn(proxy, flags, terminal)} --list shows them.\n`,
    );
    return EX_UNAVAILABLE;
  }
  for (const { pairing, name } of removed) {
    await askRunningProxy(proxy, { ask: 'remove pairing', pairing });
    const said = { pairing, name, removed: true };
    terminal.out.write(flags.json ? line(said) : `${shown(name)} is not paired any more.\n`);
  }
  if (removed.length === 0 && !flags.json) terminal.out.write(`${NOTHING}\n`);
  return EX_OK;
}

/** This command, for the same proxy. */
function commandIn({ control }: ProxyToAsk, flags: PairFlags, { command }: Terminal): string {
  return `${command} pair${sameProxy(flags, flags.control === undefined ? undefined : control.port)}`;
}

async function pairings(proxy: ProxyToAsk) {
  return await askRunningProxy(proxy, { ask: 'pairings' });
}

function line(said: object): string {
  return `${JSON.stringify({ version: 1, ...said })}\n`;
}

/** A name came from outside, and must not steer the terminal. */
function shown(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
