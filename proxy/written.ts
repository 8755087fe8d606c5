import { codeOf, messageOf } from './error-message.ts';

/** What was asked for could not be written, so no exit status may pass for an answer. */
export class OutputLost extends Error {
  override readonly name = 'OutputLost';
}

/** Whoever reads has gone away, as `head` does; what is written after that is lost as well. */
const READER_GONE = ['EPIPE', 'ERR_STREAM_DESTROYED'];

/**
 * Writes what a person or a program asked for, and waits until it is out.
 *
 * @throws OutputLost
 */
export async function written(out: NodeJS.WritableStream, text: string): Promise<void> {
  const error = await new Promise<unknown>((resolve) => void out.write(text, resolve));
  if (error === undefined || error === null || READER_GONE.includes(codeOf(error))) return;
  throw new OutputLost(`the answer cannot be written (${messageOf(error)}).`, { cause: error });
}
