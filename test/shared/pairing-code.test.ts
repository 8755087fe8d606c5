import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { keySalt, pairingCode, typedPairingCode } from '../../shared/control/pairing-code.ts';

const octets = fc.uint8Array({ minLength: 12, maxLength: 12 });

test('each code is twelve letters of Crockford in three groups, five bits of chance in each', () => {
  fc.assert(
    fc.property(octets, (random) => {
      expect(pairingCode(random)).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/);
    }),
  );
  const every = Uint8Array.from({ length: 32 }, (_, at) => at);
  const letters = [0, 12, 20].map((from) => pairingCode(every.subarray(from, from + 12)));
  expect(new Set(letters.join('').replaceAll('-', '')).size).toBe(32);
});

test('a code is the same however it is typed: in small letters, without hyphens, with blanks', () => {
  fc.assert(
    fc.property(octets, (random) => {
      const code = pairingCode(random);
      const plain = code.replaceAll('-', '');
      for (const typed of [
        code,
        plain,
        code.toLowerCase(),
        ` ${plain.slice(0, 5)} ${plain.slice(5)}\n`,
      ]) {
        expect(typedPairingCode(typed)).toBe(plain);
      }
    }),
  );
});

test('letters that are misread stand for the digits they are taken for', () => {
  expect(typedPairingCode('OOOO-IIII-LLLL')).toBe('000011111111');
  expect(typedPairingCode('0000\u20131111\u20141111')).toBe('000011111111');
});

test.each(['', 'K7QM-2XTD-9HR', 'K7QM-2XTD-9HRWW', 'K7QM-2XTD-9HRU', 'K7QM_2XTD_9HRW'])(
  '%j is no code, and no try is spent on it',
  (typed) => {
    expect(typedPairingCode(typed)).toBeUndefined();
  },
);

test('a key has another salt for each pairing and each nonce, wherever one ends and the next begins', () => {
  const salts = [
    keySalt('pairing', 'nonce', 'other'),
    keySalt('pairing', 'other', 'nonce'),
    keySalt('pairingn', 'once', 'other'),
  ];
  expect(new Set(salts).size).toBe(salts.length);
});
