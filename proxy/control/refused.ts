import type { Refusal } from '../../shared/control/refusal.ts';

export type RefusalKind = Refusal['refused'];

/** HTTP statuses (RFC 9110 §15); the words are what counts. */
export const REFUSAL_STATUS: Readonly<Record<RefusalKind, number>> = {
  'foreign host': 403,
  'foreign origin': 403,
  'not JSON': 415,
  malformed: 400,
  'too large': 413,
  'too slow': 408,
  'no such question': 404,
  'unknown pairing': 403,
  'not proved': 403,
  'challenge spent': 409,
  'no code is waiting': 409,
  'wrong code': 403,
  'link spent': 410,
  'not allowed': 403,
  fault: 500,
};

/**
 * On every answer. None of them lets another origin read it: there is no CORS header, and must
 * never be one. A connection carries one request, so that nobody holds it for nothing.
 */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  connection: 'close',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function refused(kind: RefusalKind, triesLeft?: number): Response {
  const refusal: Refusal = { refused: kind, ...(triesLeft !== undefined && { triesLeft }) };
  return jsonAnswer(refusal, REFUSAL_STATUS[kind]);
}

export function jsonAnswer(said: unknown, status = 200): Response {
  return new Response(JSON.stringify(said), {
    status,
    headers: { ...ANSWER_HEADERS, 'content-type': 'application/json' },
  });
}
