import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { PageSessions } from '../../proxy/control/page-sessions.ts';

const MINUTE_MS = 60_000;
const PORT = 8690;
const START = Date.UTC(2026, 10, 22);

/** Sessions of one proxy after another, and the clock that they look at. */
function proxies(key = randomBytes(32)) {
  let passed = 0;
  return {
    pass: (ms: number) => void (passed += ms),
    start: () =>
      new PageSessions({ key, now: () => START + passed, monotonic: () => 1000 + passed }),
  };
}

/** What a browser makes of a link. */
function followed(link: string): { readonly token: string; readonly origin: string } {
  const { hash, origin } = new URL(link);
  return { token: hash.slice(1), origin };
}

function opened(pages: PageSessions) {
  const { token, origin } = followed(pages.link(PORT));
  const session = pages.open(token, origin);
  if (session === undefined) throw new Error('the link does not open a page');
  return { ...session, origin };
}

test('a link leads to the page, and its token is in no request', () => {
  const link = new URL(proxies().start().link(PORT));
  expect(link.pathname).toBe('/receipts/page.html');
  expect(link.search).toBe('');
  expect(link.hash.length).toBeGreaterThan(40);
});

test('each link has an origin of its own, and opens no page of another one', () => {
  const pages = proxies().start();
  const [first, second] = [followed(pages.link(PORT)), followed(pages.link(PORT))];
  expect(first.origin).not.toBe(second.origin);
  expect(first.origin).toMatch(/^http:\/\/[a-z2-7]{26}\.localhost:8690$/);
  for (const origin of [second.origin, 'http://127.0.0.1:8690', 'http://localhost:8690', 'null']) {
    const { token } = followed(pages.link(PORT));
    expect(pages.open(token, origin), origin).toBeUndefined();
  }
  expect(pages.open(first.token, first.origin)).toBeDefined();
});

test('a session is of use at its own origin only, also after a restart', () => {
  const clock = proxies();
  const pages = clock.start();
  const [first, second] = [opened(pages), opened(pages)];
  clock.pass(MINUTE_MS);
  for (const proxy of [pages, clock.start()]) {
    expect(proxy.keyOf(first.session, first.origin)).toBeDefined();
    expect(proxy.keyOf(first.session, second.origin)).toBeUndefined();
    expect(proxy.keyOf(first.session, 'http://127.0.0.1:8690')).toBeUndefined();
  }
});

test('a link is good once', () => {
  const pages = proxies().start();
  const { token, origin } = followed(pages.link(PORT));
  expect(pages.open(token, origin)).toBeDefined();
  expect(pages.open(token, origin)).toBeUndefined();
});

test.each([
  [59_000, true],
  [61_000, false],
])('a link of %i ms ago opens a page: %s', (agoMs, opens) => {
  const clock = proxies();
  const pages = clock.start();
  const { token, origin } = followed(pages.link(PORT));
  clock.pass(agoMs);
  expect(pages.open(token, origin) !== undefined).toBe(opens);
});

test('what was never given out opens nothing', () => {
  const pages = proxies().start();
  const { session, origin } = opened(pages);
  for (const token of ['', session, randomBytes(32).toString('base64url')]) {
    expect(pages.open(token, origin)).toBeUndefined();
  }
});

test('a session has a key of its own, as long as it is used', () => {
  const clock = proxies();
  const pages = clock.start();
  const [first, second] = [opened(pages), opened(pages)];
  expect(first.key).not.toBe(second.key);
  for (let used = 0; used < 5; used += 1) {
    clock.pass(29 * MINUTE_MS);
    expect(pages.keyOf(first.session, first.origin)?.toString('base64url')).toBe(first.key);
    pages.used(first.session);
  }
  expect(pages.keyOf(second.session, second.origin)).toBeUndefined();
  clock.pass(31 * MINUTE_MS);
  expect(pages.keyOf(first.session, first.origin)).toBeUndefined();
});

test('twenty pages are open at once, and the longest unused makes room', () => {
  const pages = proxies().start();
  const all = Array.from({ length: 20 }, () => opened(pages));
  const [first, second] = all;
  if (first === undefined || second === undefined) throw new Error('too few');
  pages.used(first.session);
  opened(pages);
  expect(pages.keyOf(first.session, first.origin)).toBeDefined();
  expect(pages.keyOf(second.session, second.origin)).toBeUndefined();
});

test('a session that there never was has no key', () => {
  const pages = proxies().start();
  const { session, origin } = opened(pages);
  const label = session.slice(0, 26);
  for (const name of [
    '',
    'x',
    label,
    session.slice(1),
    `${session}a`,
    `${label}${'0'.repeat(19)}g`,
  ]) {
    expect(pages.keyOf(name, origin), name).toBeUndefined();
  }
});

test('a page that was open goes on when the proxy is started again', () => {
  const clock = proxies();
  const { session, key, origin } = opened(clock.start());
  clock.pass(5 * MINUTE_MS);
  const next = clock.start();
  expect(next.keyOf(session, origin)?.toString('base64url')).toBe(key);
});

test('a proxy with another key knows no page of this one', () => {
  const { session, key, origin } = opened(proxies().start());
  const clock = proxies();
  clock.pass(MINUTE_MS);
  expect(clock.start().keyOf(session, origin)?.toString('base64url')).not.toBe(key);
});

test('half an hour after the start nobody goes on who has not asked yet', () => {
  const clock = proxies();
  const { session, origin } = opened(clock.start());
  clock.pass(MINUTE_MS);
  const next = clock.start();
  clock.pass(31 * MINUTE_MS);
  expect(next.keyOf(session, origin)).toBeUndefined();
});

test('a session of yesterday is not taken up again', () => {
  const clock = proxies();
  const { session, origin } = opened(clock.start());
  clock.pass(13 * 60 * MINUTE_MS);
  expect(clock.start().keyOf(session, origin)).toBeUndefined();
});

test('a page is loaded anew once, takes its own place, and not after a restart', () => {
  const clock = proxies();
  const pages = clock.start();
  const first = opened(pages);
  const second = pages.open(first.again, first.origin);
  expect(second).toBeDefined();
  expect(pages.keyOf(first.session, first.origin)).toBeUndefined();
  expect(pages.open(first.again, first.origin)).toBeUndefined();

  pages.used(second?.session ?? '');
  clock.pass(MINUTE_MS);
  expect(clock.start().open(second?.again ?? '', first.origin)).toBeUndefined();
  expect(pages.open(second?.again ?? '', first.origin)).toBeDefined();
});
