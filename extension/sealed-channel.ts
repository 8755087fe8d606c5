import * as v from 'valibot';
import { type Answer, CHALLENGE, type Question } from '../shared/control/api.ts';
import {
  answerProofText,
  openedAnswer,
  questionProofText,
  SEALED_ANSWER,
  SEALED_QUESTION,
} from '../shared/control/sealed.ts';
import { freshId } from './base64url.ts';
import { controlRequest, type Heard, TOO_SLOW, type WhereAsked } from './control-request.ts';
import { importedKey, isProved, proofOf } from './pairing-key.ts';

// Nothing here is the browser's own but fetch and crypto, which Node has too.

/** What this extension keeps of a pairing. */
export type Pairing = {
  /** The proxy's control port on 127.0.0.1. */
  readonly port: number;
  readonly pairing: string;
  readonly key: Uint8Array<ArrayBuffer>;
};

/** What a question needs: a pairing, or a page's session, which is asked for at its own origin. */
export type Channel = Pick<Pairing, 'pairing' | 'key'> & { readonly port: WhereAsked };

/**
 * Why there is no answer.
 *
 * - `not paired`: there is no key to ask with
 * - `no answer`: nobody listens on the port, or not in time
 * - `not proved`: somebody answered who has not the key; it says nothing about the proxy
 * - `refused`: somebody says he will not answer, with the word of `REFUSAL` in `detail`. Anybody may
 *   say that: a hint for the person, and never a reason to send
 * - `failed`: the proxy itself says that it cannot answer; `detail` is its sentence
 */
export type WhyNoAnswer = 'not paired' | 'no answer' | 'not proved' | 'refused' | 'failed';
export type NoAnswer = { readonly no: WhyNoAnswer; readonly detail: string };

export type Asked<Ask extends Question['ask']> = { readonly answer: Answer<Ask> } | NoAnswer;

/**
 * Whether the time ran out. That is no sign yet that nobody is there: a computer that stood still,
 * as one does that is out of memory, finds all limits run out before anybody could answer.
 */
export function isLate({ no, detail }: NoAnswer): boolean {
  return no === 'no answer' && detail === TOO_SLOW;
}

/**
 * Asks the proxy a question and returns what it answers, once that is proved with the pairing's
 * key (shared/control/sealed.ts). It never throws and never takes longer than the limit.
 */
export async function askSealed<Ask extends Question['ask']>(
  channel: Channel,
  question: Extract<Question, { ask: Ask }>,
  limitMs: number,
): Promise<Asked<Ask>> {
  const until = AbortSignal.timeout(limitMs);
  const asked = await askOnce<Ask>(channel, question, until);
  // The proxy may have been started anew between its challenge and our question.
  const isSpent = 'no' in asked && asked.no === 'refused' && asked.detail === 'challenge spent';
  return isSpent ? await askOnce<Ask>(channel, question, until) : asked;
}

async function askOnce<Ask extends Question['ask']>(
  { port, pairing, key: octets }: Channel,
  question: Extract<Question, { ask: Ask }>,
  until: AbortSignal,
): Promise<Asked<Ask>> {
  const challenged = await controlRequest(port, '/v1/challenge', {}, until);
  if (challenged.kind !== 'said') return noAnswer(challenged);
  const challenge = v.safeParse(CHALLENGE, challenged.said);
  if (!challenge.success) return { no: 'not proved', detail: 'no challenge' };

  const key = await importedKey(octets);
  const said = JSON.stringify({
    challenge: challenge.output.challenge,
    nonce: freshId(),
    question,
  });
  const proof = await proofOf(key, questionProofText(said));
  const sealed = v.safeParse(SEALED_QUESTION, { pairing, said, proof });
  if (!sealed.success) return { no: 'failed', detail: 'The question is too long' };

  const replied = await controlRequest(port, '/v1/ask', sealed.output, until);
  if (replied.kind !== 'said') return noAnswer(replied);
  const answer = v.safeParse(SEALED_ANSWER, replied.said);
  if (!answer.success) return { no: 'not proved', detail: 'not sealed' };
  const provedText = answerProofText(proof, answer.output.said);
  if (!(await isProved(key, answer.output.proof, provedText))) {
    return { no: 'not proved', detail: 'wrong proof' };
  }
  return askedFrom(question.ask, answer.output.said);
}

/** Reads an answer that is proved. */
function askedFrom<Ask extends Question['ask']>(ask: Ask, text: string): Asked<Ask> {
  const answer = openedAnswer(ask, text);
  switch (answer.kind) {
    case 'answered':
      return { answer: answer.answer };
    case 'failed':
      return { no: 'failed', detail: answer.reason };
    case 'strange':
      return { no: 'failed', detail: 'The answer is not one that was expected' };
  }
}

/** Why a reply says nothing that can be believed. */
export function noAnswer(reply: Exclude<Heard, { kind: 'said' }>): NoAnswer {
  switch (reply.kind) {
    case 'none':
      return { no: 'no answer', detail: reply.detail };
    case 'refused':
      return { no: 'refused', detail: reply.refusal.refused };
    case 'strange':
      return { no: 'not proved', detail: reply.detail };
  }
}
