import * as fc from 'fast-check';
import { framingOctets, lineOctets, ordinaryFields } from '../shared/octets.ts';
import { ASKING, NO_FINAL_DOT, type Asked, type Message, type Step } from './session-model.ts';

const bodyLine = fc.oneof(
  lineOctets.map((line) => (line === '.' ? '..' : line)),
  lineOctets.map((line) => `..${line}`),
  fc.constantFrom('', 'X-TLS-Required: Yes', 'MAIL FROM:<mallory@example.org>'),
);

const wellFramed = fc
  .array(bodyLine, { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\r\n`).join(''));

/** With octets that stand for the end of a line, or of a message, on some servers. */
const badlyFramed = fc
  .tuple(wellFramed, framingOctets)
  .map(([lines, odd]) => lines + odd.replaceAll('.', 'b') + NO_FINAL_DOT);

const anyMessage: fc.Arbitrary<Message> = fc
  .constantFrom<Asked>('default', 'required', 'optional', 'unclear')
  .chain((asked) =>
    fc.record({
      asked: fc.constant(asked),
      fieldsBefore: ordinaryFields,
      asking: fc.constantFrom(...ASKING[asked]),
      fieldsAfter: ordinaryFields,
      body: fc.oneof(
        { weight: 6, arbitrary: wellFramed },
        { weight: 1, arbitrary: badlyFramed },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      answer: fc.constantFrom('takes', 'takes', 'defers', 'rejects', 'mumbles'),
    }),
  );

/** What a mail program may say after EHLO, in an order or in none. */
export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: anyMessage },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Step>(
        ...(['NOOP', 'RSET', 'VRFY ada', 'STARTTLS', 'MAIL', 'RCPT', 'DATA'] as const),
      ),
    },
  ),
  { minLength: 1, maxLength: 7 },
);
