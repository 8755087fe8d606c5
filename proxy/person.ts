import { createInterface } from 'node:readline/promises';

/** What the person at the terminal says, or why nobody says anything. */
export type Said =
  | { readonly kind: 'line'; readonly line: string }
  /** Ctrl+C, Ctrl+D or a closed terminal: the person wants none of it. */
  | { readonly kind: 'broken off' }
  /** Nobody sits at the terminal. */
  | { readonly kind: 'nobody' };

type TerminalEnds = {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
};

/** Asks the person at the terminal for a line. */
export async function askPerson(question: string, { input, output }: TerminalEnds): Promise<Said> {
  if (input.isTTY !== true) return { kind: 'nobody' };
  const lines = createInterface({ input, output });
  const giveUp = new AbortController();
  lines.once('close', () => giveUp.abort());
  try {
    return { kind: 'line', line: await lines.question(question, { signal: giveUp.signal }) };
  } catch (error) {
    if (Object(error).name === 'AbortError') return { kind: 'broken off' };
    throw error;
  } finally {
    lines.close();
  }
}
