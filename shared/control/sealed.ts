import * as v from 'valibot';
import { type Answer, ANSWERS, type Question } from './api.ts';

/**
 * How a question and its answer travel between the extension and the proxy. Both are JSON inside
 * JSON: a proof covers the octets of `said` as they are, so nobody has to agree on how to write
 * the same object twice.
 *
 * Another program may hold the proxy's port while the proxy is down, and any program can reach it
 * while it is up. So each side proves with the pairing's key, which never travels:
 *
 *     proof of a question   HMAC-SHA-256(key, "requiretls 1 question\n" said)
 *     proof of its answer   HMAC-SHA-256(key, "requiretls 1 answer\n" proof-of-question "\n" said)
 *
 * The question's `said` holds a challenge of the proxy, which is good once, so a question cannot
 * be replayed; and a nonce of the asking side, so an answer cannot be.
 */
export const SEALED_QUESTION = v.strictObject({
  pairing: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  said: v.pipe(v.string(), v.maxLength(60 * 1024)),
  proof: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
});
export type SealedQuestion = v.InferOutput<typeof SEALED_QUESTION>;

export const SEALED_ANSWER = v.strictObject({
  said: v.string(),
  proof: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
});
export type SealedAnswer = v.InferOutput<typeof SEALED_ANSWER>;

/** What the proof of a question covers; UTF-8. */
export function questionProofText(said: string): string {
  return `requiretls 1 question\n${said}`;
}

/** What the proof of an answer covers; UTF-8. */
export function answerProofText(questionProof: string, said: string): string {
  return `requiretls 1 answer\n${questionProof}\n${said}`;
}

/** What stands in a sealed answer; `failed` is why a proved question cannot be answered. */
const SAID_ANSWER = v.union([
  v.strictObject({ answer: v.unknown() }),
  v.strictObject({ failed: v.string() }),
]);

export type OpenedAnswer<Ask extends Question['ask']> =
  | { readonly kind: 'answered'; readonly answer: Answer<Ask> }
  /** The proxy itself says why not, in a sentence. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** A proxy of another version than ours. */
  | { readonly kind: 'strange' };

/** Reads the `said` of an answer whose proof was right. */
export function openedAnswer<Ask extends Question['ask']>(
  ask: Ask,
  text: string,
): OpenedAnswer<Ask> {
  const said = v.safeParse(SAID_ANSWER, parsed(text));
  if (!said.success) return { kind: 'strange' };
  if ('failed' in said.output) return { kind: 'failed', reason: said.output.failed };
  const answer = v.safeParse(ANSWERS[ask], said.output.answer);
  return answer.success ? { kind: 'answered', answer: answer.output } : { kind: 'strange' };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
