import { spawn } from 'node:child_process';
import { messageOf } from '../../error-message.ts';
import { beforeAbort } from '../dns/before-abort.ts';
import { NoAnswer } from '../dns/no-answer.ts';

/** A thousand MX records are 80 000. */
const LONGEST_OUTPUT_OCTETS = 1_000_000;

/** A validator that does not run on this computer, whatever it is asked. */
export class ValidatorUnfit extends Error {
  override readonly name = 'ValidatorUnfit';
}

/**
 * Runs a program, without a shell and without our environment, until it ends; or ends it, when
 * it has no more time or prints too much.
 *
 * @returns what it printed, one character for each octet
 * @throws ValidatorUnfit; NoAnswer for what it does; the signal's reason when it is late
 */
export async function outputOf(
  path: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const program = spawn(path, words, {
    cwd: '/',
    env: { LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const parts: Buffer[] = [];
  let octets = 0;
  try {
    return await beforeAbort<string>(signal, (resolve, reject) => {
      program.once('error', (cause) => reject(new ValidatorUnfit(messageOf(cause), { cause })));
      program.stdout.on('data', (part: Buffer) => {
        parts.push(part);
        octets += part.length;
        if (octets > LONGEST_OUTPUT_OCTETS) {
          reject(new NoAnswer('malformed', 'the validator does not stop printing'));
        }
      });
      program.once('close', (status) => {
        if (status === 0) resolve(Buffer.concat(parts).toString('latin1'));
        else reject(new NoAnswer('malformed', `the validator failed (${String(status)})`));
      });
    });
  } finally {
    program.kill('SIGKILL');
  }
}
