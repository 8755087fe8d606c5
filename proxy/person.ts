import { createInterface } from 'node:readline/promises';
import type { ReadStream } from 'node:tty';

/**
 * Asks the person at the terminal for a line.
 *
 * @returns undefined where nobody sits at it, or the line was broken off
 */
export async function askPerson(
  question: string,
  { input, output }: { readonly input: ReadStream; readonly output: NodeJS.WritableStream },
): Promise<string | undefined> {
  if (!input.isTTY) return undefined;
  const lines = createInterface({ input, output });
  try {
    const brokenOff = new Promise<undefined>((resolve) => lines.once('close', resolve));
    return await Promise.race([lines.question(question), brokenOff]);
  } finally {
    lines.close();
  }
}
