import type { Logger } from 'pino';
import * as v from 'valibot';
import { ANSWERS, QUESTION, SAID_QUESTION } from '../../shared/control/api.ts';
import {
  answerProofText,
  questionProofText,
  type SealedAnswer,
  type SealedQuestion,
} from '../../shared/control/sealed.ts';
import { CannotAnswer } from './cannot-answer.ts';
import type { Challenges } from './challenge.ts';
import type { PageSessions } from './page-sessions.ts';
import type { Asker, PairedProfiles } from './paired-profiles.ts';
import { isProofOf, proofOf } from './proof.ts';
import { mayAsk, type Questions, type Where } from './questions.ts';
import type { RefusalKind } from './refused.ts';

const SAID = v.strictObject({
  ...SAID_QUESTION.entries,
  question: v.looseObject({ ask: v.string() }),
});

export type SealedOutcome =
  | { readonly kind: 'answered'; readonly sealed: SealedAnswer }
  | { readonly kind: 'refused'; readonly why: RefusalKind };

type Opened = {
  readonly challenges: Challenges;
  readonly profiles: PairedProfiles;
  readonly pages: PageSessions;
  readonly questions: Questions;
  readonly where: Where;
  readonly log: Logger;
};

/** Answers questions that are proved, and proves the answers (shared/control/sealed.ts). */
export class SealedQuestions {
  readonly #with: Opened;

  constructor(given: Opened) {
    this.#with = given;
  }

  /**
   * @param from what the request's `Origin` says
   * @param own  this server's own origin
   */
  async answer(
    { pairing, said, proof }: SealedQuestion,
    from: string | undefined,
    own: string,
  ): Promise<SealedOutcome> {
    const { challenges, pages } = this.#with;
    const asker = await this.#asker(pairing, own);
    if (asker === undefined) return refusal('unknown pairing');
    // A key that was stolen from one extension is of no use to a page or another extension.
    if (asker.origin !== from) return refusal('foreign origin');
    if (!isProofOf(asker.key, questionProofText(said), proof)) return refusal('not proved');
    const opened = v.safeParse(SAID, parsedJson(said));
    if (!opened.success) return refusal('malformed');
    if (!challenges.spend(opened.output.challenge)) return refusal('challenge spent');
    if (asker.kind === 'page') pages.used(pairing);

    const { question: asked } = opened.output;
    if (!Object.hasOwn(ANSWERS, asked.ask)) return refusal('no such question');
    const question = v.safeParse(QUESTION, asked);
    if (!question.success) return refusal('malformed');
    if (!mayAsk(asker, question.output.ask)) return refusal('not allowed');

    const answer = await this.#said(question.output, asker);
    const text = JSON.stringify(answer);
    return {
      kind: 'answered',
      sealed: { said: text, proof: proofOf(asker.key, answerProofText(proof, text)) },
    };
  }

  async #asker(pairing: string, own: string): Promise<Asker | undefined> {
    const { profiles, pages } = this.#with;
    const asker = await profiles.asker(pairing);
    if (asker !== undefined) return asker;
    const key = pages.keyOf(pairing, own);
    return key && { kind: 'page', pairing, key, origin: own };
  }

  async #said(question: v.InferOutput<typeof QUESTION>, asker: Asker) {
    const { questions, where, log } = this.#with;
    try {
      return { answer: await questions.answer(question, asker, where) };
    } catch (error) {
      if (error instanceof CannotAnswer) return { failed: error.message };
      log.error({ event: 'control', question: question.ask, err: error });
      return { failed: 'The proxy made a mistake; its log says more.' };
    }
  }
}

function refusal(why: RefusalKind): SealedOutcome {
  return { kind: 'refused', why };
}

function parsedJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
