import * as v from 'valibot';

/** Why a request was refused. Anybody may have said it. */
export const REFUSAL = v.object({
  refused: v.picklist([
    'foreign host',
    'foreign origin',
    'not JSON',
    'malformed',
    'too large',
    'too slow',
    'no such question',
    'unknown pairing',
    'not proved',
    'challenge spent',
    'no code is waiting',
    'wrong code',
    'link spent',
    'not allowed',
    'fault',
  ]),
  /** After a wrong code. */
  triesLeft: v.optional(v.number()),
});
export type Refusal = v.InferOutput<typeof REFUSAL>;
