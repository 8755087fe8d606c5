import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_CONTROL_PORT } from '../../shared/control/api.ts';
import { headerLines } from '../../shared/submission/header-section.ts';
import { MARKER_NAME } from '../../shared/submission/marker.ts';
import { listenFrom } from '../config.ts';
import { controlFromFlag } from '../control-config.ts';
import { EX_OK, EX_UNAVAILABLE } from '../exit-status.ts';
import { logTo } from '../log.ts';
import { printable } from '../printable.ts';
import { AddressUnusable, RunningProxy } from '../running-proxy.ts';
import { DEFAULT_DEADLINES } from '../submission/deadline.ts';
import type { Terminal } from '../terminal.ts';
import { startDemoServer, type DemoArrival } from './demo-server.ts';
import { sendOneOfEach } from './demo-send.ts';
import { portTaken } from './port-taken.ts';
import { sameProxy } from './same-proxy.ts';

export type DemoFlags = {
  readonly listen?: string;
  readonly control?: string | false;
  readonly send?: true;
};

/**
 * The whole thing on this computer: the real proxy in front of an embedded submission server
 * that offers REQUIRETLS. Nothing is configured; receipts and pairings are in a temporary folder,
 * which is removed in the end.
 *
 * @throws ConfigurationError
 */
export async function demo(flags: DemoFlags, terminal: Terminal): Promise<number> {
  if (flags.send === true) return await sendOneOfEach(terminal);

  let count = 0;
  await using server = await startDemoServer({
    offersRequireTls: true,
    onMessage: (arrival) => terminal.out.write(arrivalInWords((count += 1), arrival)),
  });
  const listen = listenFrom(flags);
  const control = controlFromFlag(flags);
  const stop = terminal.stopRequested();
  const stateFolder = await mkdtemp(path.join(tmpdir(), 'requiretls-demo-'));
  let proxy: RunningProxy | undefined;
  try {
    proxy = await RunningProxy.start({
      accounts: [{ name: 'demo', listen, server: server.server, certificate: undefined }],
      trust: server.trust,
      deadlines: DEFAULT_DEADLINES,
      stateFolder,
      control,
      thunderbird: 'the usual ones',
      forecast: undefined, // nothing leaves this computer
      log: logTo(terminal.err, 'text'),
      terminal,
    });
    terminal.out.write(await welcome(proxy, stateFolder, terminal));
    await stop;
  } catch (error) {
    const told = error instanceof AddressUnusable && portTaken(error.cause, error);
    if (typeof told !== 'string') throw error;
    terminal.err.write(told);
    return EX_UNAVAILABLE;
  } finally {
    await proxy?.stop();
    await rm(stateFolder, { recursive: true, force: true });
  }
  terminal.out.write('\nThe demo has ended. Nothing was left behind.\n');
  return EX_OK;
}

async function welcome(
  proxy: RunningProxy,
  stateFolder: string,
  { command, commandFile }: Terminal,
): Promise<string> {
  const xpi = path.join(path.dirname(commandFile), 'require-tls.xpi');
  const extension = existsSync(xpi) ? xpi : 'dist/require-tls.xpi (npm run build makes it)';
  const [served] = proxy.served;
  return `Require TLS demo. Everything here runs on this computer, and nothing leaves it.

  1. Thunderbird: Account Settings, Outgoing Server, Add:
       Server Name              ${served?.account.listen.name}
       Port                     ${served?.listener.port}
       Connection Security      None
       Authentication Method    No authentication
     None is right here: the connection stays on this computer, and the proxy
     speaks verified TLS to the submission server.
     Then choose this server as the outgoing server of an identity.

  2. Thunderbird: Add-ons and Themes, the gear wheel, Install Add-on From File:
       ${extension}
     It opens its set-up page.
${pairingInWords(proxy, await proxy.firstCode(), stateFolder, command)}
  4. Write a message, choose Require TLS or Deliver anyway, and send it. It is
     shown here as the submission server gets it, and goes no further.

  Without Thunderbird:  ${command} demo --send

Waiting for messages. Ctrl+C ends the demo.
`;
}

function pairingInWords(
  { control }: RunningProxy,
  code: string | undefined,
  stateFolder: string,
  command: string,
): string {
  if (control === undefined || code === undefined) return '';
  const isDefault = control.port === DEFAULT_CONTROL_PORT;
  const same = sameProxy({ state: stateFolder }, control.port);
  return `
  3. Type this code into the set-up page, within five minutes${isDefault ? '' : `, and the port ${control.port}`}:
       ${code}
     What it says of starting the proxy and of its settings is done above.
     For another code:        ${command} pair${same}
     What became of messages: ${command} receipts --open${same}
`;
}

function arrivalInWords(count: number, { envelope, tls, message }: DemoArrival): string {
  const text = message.toString('latin1');
  const { fields } = headerLines(text.slice(0, text.indexOf('\r\n\r\n') + 2));
  const value = (name: string) =>
    fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.value.trim();
  const required = /^MAIL FROM:.* REQUIRETLS\b/i.test(envelope[0] ?? '');
  const asked = required
    ? 'Require TLS: every server on the way must use verified TLS, or bounce the message'
    : value('TLS-Required') === undefined
      ? 'Normal: nothing was added'
      : 'Deliver anyway: TLS-Required: No';
  const lines = [
    ['asked', asked],
    ...envelope.map((line) => ['envelope', line]),
    ['TLS-Required', value('TLS-Required') ?? '(no such field)'],
    [MARKER_NAME, value(MARKER_NAME) ?? '(no such field, the proxy takes it off)'],
    ['TLS', tls],
    ['subject', value('Subject') ?? ''],
    ['size', `${message.length} octets`],
  ];
  return `\nMessage ${count}\n${lines
    .map(([name = '', line = '']) => `  ${name.padEnd(16)}${printable(line)}\n`)
    .join('')}`;
}
