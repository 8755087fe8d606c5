import type { WhyNoAnswer } from '../../../shared/forecast/facts.ts';
import { codeOf } from '../../error-message.ts';

/** The DNS gave no answer that can be used. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly why: WhyNoAnswer;

  constructor(why: WhyNoAnswer, detail: string, options?: ErrorOptions) {
    super(`${why}: ${detail}`, options);
    this.why = why;
  }
}

/** An error of any origin as what it means for a look-up. */
export function noAnswerFrom(error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const name = error instanceof Error ? error.name : '';
  const isLate = name === 'TimeoutError' || name === 'AbortError' || codeOf(error) === 'ETIMEDOUT';
  return new NoAnswer(isLate ? 'timed out' : 'unreachable', String(error), { cause: error });
}
