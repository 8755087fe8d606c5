import { existsSync } from 'node:fs';
import path from 'node:path';
import { headerLines } from '../../shared/submission/header-section.ts';
import { MARKER_NAME } from '../../shared/submission/marker.ts';
import { listenFrom } from '../config.ts';
import { EX_OK, EX_UNAVAILABLE } from '../exit-status.ts';
import { logTo } from '../log.ts';
import { DEFAULT_DEADLINES } from '../submission/deadline.ts';
import { Listener } from '../submission/listener.ts';
import { NO_RECEIPTS } from '../submission/submission-record.ts';
import { printable } from '../printable.ts';
import type { Terminal } from '../terminal.ts';
import { startDemoServer, type DemoArrival } from './demo-server.ts';
import { portTaken } from './port-taken.ts';
import { sendOneOfEach } from './demo-send.ts';

export type DemoFlags = { readonly listen?: string; readonly send?: true };

/**
 * The whole thing on this computer: the real proxy in front of an embedded submission server
 * that offers REQUIRETLS. Nothing is configured and nothing is written to disk.
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
  const at = listenFrom(flags);
  const door = { server: server.server, trust: server.trust, deadlines: DEFAULT_DEADLINES };
  let listener: Listener | undefined;
  const stop = terminal.stopRequested();
  try {
    listener = await Listener.open({
      at,
      door,
      receipts: NO_RECEIPTS,
      log: logTo(terminal.err, 'text'),
    });
    terminal.out.write(welcome(at.name, listener.port, terminal));
    await stop;
    terminal.out.write('\nThe demo has ended. Nothing was left behind.\n');
    return EX_OK;
  } catch (error) {
    const told = portTaken(error, at);
    if (told === undefined) throw error;
    terminal.err.write(told);
    return EX_UNAVAILABLE;
  } finally {
    await listener?.stop();
  }
}

function welcome(host: string, port: number, { command, commandFile }: Terminal): string {
  const xpi = path.join(path.dirname(commandFile), 'require-tls.xpi');
  const extension = existsSync(xpi) ? xpi : 'dist/require-tls.xpi (npm run build makes it)';
  return `Require TLS demo. Everything here runs on this computer, and nothing leaves it.

  1. Thunderbird: Account Settings, Outgoing Server, Add:
       Server Name              ${host}
       Port                     ${port}
       Connection Security      None
       Authentication Method    No authentication
     None is right here: the connection stays on this computer, and the proxy
     speaks verified TLS to the submission server.
     Then choose this server as the outgoing server of an identity.

  2. Thunderbird: Add-ons and Themes, the gear wheel, Install Add-on From File:
       ${extension}
     It opens its set-up page: confirm there which identity sends through this
     server.

  3. Write a message, choose Require TLS or Deliver anyway, and send it. It is
     shown here as the submission server gets it, and goes no further.

  Without Thunderbird:  ${command} demo --send

Waiting for messages. Ctrl+C ends the demo.
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
