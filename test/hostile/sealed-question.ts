import { proofOf } from '../../proxy/control/proof.ts';
import { questionProofText, type SealedQuestion } from '../../shared/control/sealed.ts';
import type { Key } from './control-place.ts';
import { request, sayHttp, type RawAnswer } from './raw-http.ts';

/** As long as a nonce is. */
export const NONCE = 'n'.repeat(22);

export async function challengeFrom(port: number): Promise<string> {
  const { body } = await sayHttp(port, request(port));
  const { challenge }: { challenge: string } = JSON.parse(body);
  return challenge;
}

/** Seals what is said, whatever that is, with a key. */
export function sealed({ pairing, key }: Key, said: unknown): SealedQuestion {
  const text = JSON.stringify(said);
  return { pairing, said: text, proof: proofOf(key, questionProofText(text)) };
}

/** A question with a fresh challenge, proved. */
export async function provedQuestion(
  port: number,
  key: Key,
  question: unknown,
): Promise<SealedQuestion> {
  return sealed(key, { challenge: await challengeFrom(port), nonce: NONCE, question });
}

export async function ask(
  port: number,
  said: unknown,
  fields: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  const body = JSON.stringify(said);
  return await sayHttp(port, request(port, { target: '/v1/ask', body, fields }));
}
