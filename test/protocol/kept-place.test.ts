import { expect, test } from 'vitest';
import { keptPlace, type LearntBy } from '../../proxy/forecast/kept-place.ts';
import { BUILT_IN_TRUST } from '../../proxy/submission/tls-profile.ts';

const USUAL: LearntBy = {
  trust: BUILT_IN_TRUST,
  port: 443,
  usualPort: 443,
  allowSpecialAddresses: false,
};
const PUBLIC = ['forecast', 'public', 'policies'];

test('what was learnt as everybody learns it has a place of its own', () => {
  expect(keptPlace('policies', USUAL)).toEqual(PUBLIC);
  expect(keptPlace('policies', { ...USUAL, port: 25, usualPort: 25 })).toEqual(PUBLIC);
});

test.for<[string, Partial<LearntBy>]>([
  ['by an authority of one’s own', { trust: ['one'] }],
  ['at another port', { port: 8443 }],
  ['from addresses of one’s own network', { allowSpecialAddresses: true }],
])('what was learnt %s is kept elsewhere, and there alone', ([, but]) => {
  const own = keptPlace('policies', { ...USUAL, ...but });
  expect(own).toEqual(['forecast', expect.stringMatching(/^[0-9a-f]{16}$/), 'policies']);
  expect(keptPlace('policies', { ...USUAL, ...but })).toEqual(own);
  const others: readonly Partial<LearntBy>[] = [
    { trust: ['other'] },
    { port: 9443 },
    { port: 8443, allowSpecialAddresses: true },
    { trust: ['one'], allowSpecialAddresses: true },
    { trust: ['one'], port: 8443 },
  ];
  for (const other of others)
    expect(keptPlace('policies', { ...USUAL, ...other })).not.toEqual(own);
});
