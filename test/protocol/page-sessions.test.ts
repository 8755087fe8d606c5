import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { PageSessions } from '../../proxy/control/page-sessions.ts';

const MINUTE_MS = 60_000;
const ORIGIN = 'http://127.0.0.1:8690';
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

function tokenOf(link: string): string {
  return new URL(link).hash.slice(1);
}

function opened(pages: PageSessions) {
  const session = pages.open(tokenOf(pages.link(ORIGIN)));
  if (session === undefined) throw new Error('the link does not open a page');
  return session;
}

test('a link leads to the page, and its token is in no request', () => {
  const link = new URL(proxies().start().link(ORIGIN));
  expect(link.pathname).toBe('/receipts/page.html');
  expect(link.search).toBe('');
  expect(link.hash.length).toBeGreaterThan(40);
});

test('a page asks where the extension does, by whatever name the link was asked for', () => {
  const pages = proxies().start();
  expect(pages.link('http://localhost:8690')).toMatch(/^http:\/\/127\.0\.0\.1:8690\//);
});

test('a link is good once', () => {
  const pages = proxies().start();
  const token = tokenOf(pages.link(ORIGIN));
  expect(pages.open(token)).toBeDefined();
  expect(pages.open(token)).toBeUndefined();
});

test.each([
  [59_000, true],
  [61_000, false],
])('a link of %i ms ago opens a page: %s', (agoMs, opens) => {
  const clock = proxies();
  const pages = clock.start();
  const token = tokenOf(pages.link(ORIGIN));
  clock.pass(agoMs);
  expect(pages.open(token) !== undefined).toBe(opens);
});

test('what was never given out opens nothing', () => {
  const pages = proxies().start();
  const { session } = opened(pages);
  for (const token of ['', session, randomBytes(32).toString('base64url')]) {
    expect(pages.open(token)).toBeUndefined();
  }
});

test('a session has a key of its own, as long as it is used', () => {
  const clock = proxies();
  const pages = clock.start();
  const [first, second] = [opened(pages), opened(pages)];
  expect(first.key).not.toBe(second.key);
  for (let used = 0; used < 5; used += 1) {
    clock.pass(29 * MINUTE_MS);
    expect(pages.keyOf(first.session)?.toString('base64url')).toBe(first.key);
    pages.used(first.session);
  }
  expect(pages.keyOf(second.session)).toBeUndefined();
  clock.pass(31 * MINUTE_MS);
  expect(pages.keyOf(first.session)).toBeUndefined();
});

test('twenty pages are open at once, and the longest unused makes room', () => {
  const pages = proxies().start();
  const all = Array.from({ length: 20 }, () => opened(pages));
  const [first, second] = all;
  pages.used(first?.session ?? '');
  opened(pages);
  expect(pages.keyOf(first?.session ?? '')).toBeDefined();
  expect(pages.keyOf(second?.session ?? '')).toBeUndefined();
});

test('a session that there never was has no key', () => {
  const pages = proxies().start();
  const { session } = opened(pages);
  const forged = randomBytes(22).toString('base64url');
  for (const name of ['', 'x', session.slice(1), `${session}A`, forged]) {
    expect(pages.keyOf(name), name).toBeUndefined();
  }
});

test('a page that was open goes on when the proxy is started again', () => {
  const clock = proxies();
  const { session, key } = opened(clock.start());
  clock.pass(5 * MINUTE_MS);
  const next = clock.start();
  expect(next.keyOf(session)?.toString('base64url')).toBe(key);
});

test('a proxy with another key knows no page of this one', () => {
  const { session, key } = opened(proxies().start());
  const clock = proxies();
  clock.pass(MINUTE_MS);
  expect(clock.start().keyOf(session)?.toString('base64url')).not.toBe(key);
});

test('half an hour after the start nobody goes on who has not asked yet', () => {
  const clock = proxies();
  const { session } = opened(clock.start());
  clock.pass(MINUTE_MS);
  const next = clock.start();
  clock.pass(31 * MINUTE_MS);
  expect(next.keyOf(session)).toBeUndefined();
});

test('a session of yesterday is not taken up again', () => {
  const clock = proxies();
  const { session } = opened(clock.start());
  clock.pass(13 * 60 * MINUTE_MS);
  expect(clock.start().keyOf(session)).toBeUndefined();
});

test('a page is loaded anew once, takes its own place, and not after a restart', () => {
  const clock = proxies();
  const pages = clock.start();
  const first = opened(pages);
  const second = pages.open(first.again);
  expect(second).toBeDefined();
  expect(pages.keyOf(first.session)).toBeUndefined();
  expect(pages.open(first.again)).toBeUndefined();

  pages.used(second?.session ?? '');
  clock.pass(MINUTE_MS);
  expect(clock.start().open(second?.again ?? '')).toBeUndefined();
  expect(pages.open(second?.again ?? '')).toBeDefined();
});
