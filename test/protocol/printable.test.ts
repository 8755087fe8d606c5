import { expect, test } from 'vitest';
import { printable } from '../../proxy/printable.ts';

test('UTF-8 octets become their characters', () => {
  expect(printable(Buffer.from('grüße 用户', 'utf8').toString('latin1'))).toBe('grüße 用户');
});

test.each([
  ['an escape sequence', '\u001b[31m'],
  ['a C1 control sequence introducer in UTF-8', '\u00c2\u009b31m'],
  ['a line break', 'a\r\nb'],
  ['DEL', '\u007f'],
])('%s cannot steer a terminal', (_what, octets) => {
  expect(printable(octets)).toMatch(/^[\u0020-\u007e]*$/);
});
