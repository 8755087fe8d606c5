import { expect, test } from 'vitest';
import { TLS_REQUIREMENTS } from '../../shared/submission/requirement.ts';

test('RFC 8689 §4.2: there are three requirements, and the first asks for nothing', () => {
  expect(TLS_REQUIREMENTS).toEqual(['default', 'required', 'optional']);
});
