import { expect, test } from 'vitest';
import { openedAnswer } from '../../shared/control/sealed.ts';

test('the answer that was asked for is taken out of what is proved', () => {
  const said = { answer: { link: 'http://a.localhost:8690/' } };
  expect(openedAnswer('page link', JSON.stringify(said))).toEqual({
    kind: 'answered',
    answer: said.answer,
  });
});

test('a question that cannot be answered is failed, with its reason', () => {
  expect(openedAnswer('page link', '{"failed":"There is no page."}')).toEqual({
    kind: 'failed',
    reason: 'There is no page.',
  });
});

test.each([
  ['of another question', '{"answer":{"nonce":"AAAAAAAAAAAAAAAA"}}'],
  ['with a field that is not known here', '{"answer":{"link":"http://a/","newer":1}}'],
  ['with a reason beside it', '{"answer":{"link":"http://a/"},"failed":"and failed"}'],
  ['that is missing', '{}'],
  ['of another shape', '[]'],
  ['that is no JSON', '{"answer":'],
])('an answer %s is strange, and is no answer', (_what, text) => {
  expect(openedAnswer('page link', text)).toEqual({ kind: 'strange' });
});
