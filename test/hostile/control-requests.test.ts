import { expect, test } from 'vitest';
import { controlPlace } from './control-place.ts';
import { RawHttp, request, sayHttp, type RawAnswer } from './raw-http.ts';

const UUID = '3b1c8d5e-0a4f-4c53-9a51-6c0a7f0f9b11';

function refusedAs(kind: string) {
  return expect.stringContaining(`{"refused":"${kind}"}`) as unknown;
}

/** What stands on each answer, whatever it says. */
function expectProtected({ fields, octets }: RawAnswer): void {
  expect(fields).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  });
  expect(octets.toLowerCase()).not.toContain('access-control');
  expect(octets.toLowerCase()).not.toContain('set-cookie');
}

test.each([`127.0.0.1`, `localhost`, `[::1]`])(
  'by its name %s the control server is asked, and gives a challenge',
  async (name) => {
    await using place = await controlPlace();
    const { port } = place;
    const answer = await sayHttp(port, request(port, { fields: { Host: `${name}:${port}` } }));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^\{"challenge":"[\w-]{75}"\}$/);
    expectProtected(answer);
  },
);

test.each([
  ['of another site', (port: number) => ({ Host: `evil.example:${port}` })],
  ['of another site, without a port', () => ({ Host: 'evil.example' })],
  ['with another port', () => ({ Host: '127.0.0.1:80' })],
  ['without a port', () => ({ Host: '127.0.0.1' })],
  ['that only begins like it', (port: number) => ({ Host: `127.0.0.1:${port}.evil.example` })],
  ['that only ends like it', (port: number) => ({ Host: `evil.example.localhost:${port}` })],
  ['with a user in front', (port: number) => ({ Host: `evil@127.0.0.1:${port}` })],
  ['in other numbers', (port: number) => ({ Host: `2130706433:${port}` })],
  ['with a dot behind', (port: number) => ({ Host: `localhost.:${port}` })],
  ['of blanks', () => ({ Host: ' ' })],
  ['twice', (port: number) => ({ Host: `127.0.0.1:${port}\r\nHost: 127.0.0.1:${port}` })],
  ['not at all', () => ({ Host: undefined })],
])('a request with a Host %s is refused: DNS was made to lead here', async (_how, fields) => {
  await using place = await controlPlace();
  const answer = await sayHttp(place.port, request(place.port, { fields: fields(place.port) }));
  expect(answer).toMatchObject({ status: 403, body: refusedAs('foreign host') });
  expectProtected(answer);
});

test.each([
  (port: number) => `http://127.0.0.1:${port}/v1/challenge`,
  () => 'http://evil.example/v1/challenge',
  () => '*',
])(
  'RFC 9112 §3.2.2: a request target that names a host of its own is refused (%#)',
  async (target) => {
    await using place = await controlPlace();
    const { port } = place;
    const answer = await sayHttp(port, request(port, { target: target(port) }));
    expect(answer).toMatchObject({ status: 403, body: refusedAs('foreign host') });
    expectProtected(answer);
  },
);

test.each([
  'https://evil.example',
  'http://evil.example:8690',
  'null',
  'file://',
  'http://127.0.0.1:1',
  'https://127.0.0.1',
  'moz-extension://',
  'moz-extension://evil',
  `moz-extension://${UUID}.evil.example`,
  `moz-extension://${UUID} https://evil.example`,
  `moz-extension://${UUID}\r\nOrigin: https://evil.example`,
  `chrome-extension://${UUID}`,
  '',
])('a request from the Origin %j is refused', async (origin) => {
  await using place = await controlPlace();
  const { port } = place;
  for (const target of ['/v1/challenge', '/v1/ask', '/v1/pair', '/v1/page']) {
    const answer = await sayHttp(port, request(port, { target, fields: { Origin: origin } }));
    expect(answer).toMatchObject({ status: 403, body: refusedAs('foreign origin') });
    expectProtected(answer);
  }
  const got = { method: 'GET', target: '/receipts/page.html', fields: { Origin: origin } };
  expect(await sayHttp(port, request(port, got))).toMatchObject({
    status: 403,
    body: refusedAs('foreign origin'),
  });
});

test('a page of the control server itself cannot pair, and an extension opens no page', async () => {
  await using place = await controlPlace();
  const { port } = place;
  await place.pairing.newCode();
  const hello = JSON.stringify({ step: 'hello', nonce: 'n'.repeat(22), name: 'page' });
  const own = { Origin: `http://127.0.0.1:${port}` };
  const paired = request(port, { target: '/v1/pair', fields: own, body: hello });
  expect(await sayHttp(port, paired)).toMatchObject({ status: 403 });

  const { origin, host, hash } = new URL(place.pages.link(port));
  const body = JSON.stringify({ token: hash.slice(1) });
  for (const Origin of [`moz-extension://${UUID}`, undefined]) {
    const opened = request(port, { target: '/v1/page', fields: { Origin }, body });
    expect(await sayHttp(port, opened)).toMatchObject({ body: refusedAs('foreign origin') });
  }
  const fields = { Origin: origin, Host: host };
  const right = request(port, { target: '/v1/page', fields, body });
  expect(await sayHttp(port, right), 'the link is still good').toMatchObject({ status: 200 });
});

test.each(['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'HEAD'])(
  'the method %s is refused, and allows nobody anything',
  async (method) => {
    await using place = await controlPlace();
    const fields = {
      Origin: 'https://evil.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Private-Network': 'true',
    };
    for (const more of [fields, {}]) {
      const text = request(place.port, { method, fields: more });
      const answer = await sayHttp(place.port, text);
      expect(answer.status).toBe(403);
      if (method !== 'HEAD') expect(answer.body).toEqual(refusedAs('not allowed'));
      expectProtected(answer);
    }
  },
);

test.each([
  undefined,
  '',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/json+x',
  'text/plain, application/json',
  'application/json; charset=utf-16',
  'application/json; charset=utf-8; x=y',
  'application/json\r\nContent-Type: text/plain',
])('a body of the type %j is refused: a form of a page can send it', async (type) => {
  await using place = await controlPlace();
  const text = request(place.port, { fields: { 'Content-Type': type } });
  const answer = await sayHttp(place.port, text);
  expect(answer).toMatchObject({ status: 415, body: refusedAs('not JSON') });
  expectProtected(answer);
});

test.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
  'RFC 9110 §8.3.1: the type %s is taken',
  async (type) => {
    await using place = await controlPlace();
    const text = request(place.port, { fields: { 'Content-Type': type } });
    expect(await sayHttp(place.port, text)).toMatchObject({ status: 200 });
  },
);

const BIG = `"${'x'.repeat(64 * 1024)}"`;

test('a body of more than 64 KB is refused by its length', async () => {
  await using place = await controlPlace();
  const answer = await sayHttp(place.port, request(place.port, { body: BIG }));
  expect(answer).toMatchObject({ status: 413, body: refusedAs('too large') });
  expectProtected(answer);
});

test('a body of more than 64 KB in chunks is refused as it comes', async () => {
  await using place = await controlPlace();
  const fields = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
  using connection = await RawHttp.connect(place.port);
  connection.say(request(place.port, { fields, body: '' }));
  const chunk = 'x'.repeat(16 * 1024);
  for (let sent = 0; sent < 5; sent += 1) {
    connection.say(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  }
  const answer = await connection.answer(); // the last chunk never comes
  expect(answer).toMatchObject({ status: 413, body: refusedAs('too large') });
  expectProtected(answer);
});

test('a head of more than 8 KB is refused', async () => {
  await using place = await controlPlace();
  const text = request(place.port, { fields: { 'X-Big': 'x'.repeat(9000) } });
  const answer = await sayHttp(place.port, text);
  expect(answer).toMatchObject({ status: 413, body: refusedAs('too large') });
  expectProtected(answer);
});

const SLOW = { headMs: 200, requestMs: 400 };

test.each(['', 'P', 'POST /v1/challenge HTTP/1.1\r\nHost: 127'])(
  'whoever says %j and no more is cut off',
  async (said) => {
    await using place = await controlPlace(SLOW);
    using connection = await RawHttp.connect(place.port);
    connection.say(said);
    const answer = await connection.answer();
    expect(answer).toMatchObject({ status: 408, body: refusedAs('too slow') });
    expectProtected(answer);
  },
);

test('a head that drips is cut off, however often an octet comes', async () => {
  await using place = await controlPlace(SLOW);
  using connection = await RawHttp.connect(place.port);
  const octets = request(place.port, { fields: { 'X-Big': 'x'.repeat(7000) } }).split('');
  const dripping = setInterval(() => connection.say(octets.shift() ?? ''), 10);
  const answer = await connection.answer();
  clearInterval(dripping);
  expect(octets.length).toBeGreaterThan(0);
  expect(answer.body).toEqual(refusedAs('too slow'));
});

test('a body that does not come, or drips, is cut off', async () => {
  await using place = await controlPlace(SLOW);
  using silent = await RawHttp.connect(place.port);
  silent.say(request(place.port, { fields: { 'Content-Length': '20' } }));
  using drips = await RawHttp.connect(place.port);
  drips.say(request(place.port, { fields: { 'Content-Length': '60000' } }));
  const dripping = setInterval(() => drips.say(' '), 10);
  const answers = [await silent.answer(), await drips.answer()];
  clearInterval(dripping);
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 408, body: refusedAs('too slow') });
    expectProtected(answer);
  }
});

test('who leaves in the middle of his body is no fault of the proxy', async () => {
  await using place = await controlPlace();
  const body = 'x'.repeat(1000);
  for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
    using connection = await RawHttp.connect(place.port);
    connection.say(request(place.port, { fields: { 'Content-Length': '2000' }, body }));
    connection.socket[leave]();
    await connection.answer();
  }
  expect(await sayHttp(place.port, request(place.port))).toMatchObject({ status: 200 });
  await place.stop();
  expect(place.log()).not.toContain('fault');
});

test.each([
  ['no JSON', '{"challenge"'],
  ['nothing', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['brackets without end', '['.repeat(60_000)],
  ['a key too many', '{"x":1}'],
  ['a prototype', '{"__proto__":{"challenge":1},"x":1}'],
  ['octets that are no UTF-8', '{"\xff":1}'],
])('a body of %s is refused', async (_what, body) => {
  await using place = await controlPlace();
  const fields = { 'Content-Length': String(body.length) };
  for (const target of ['/v1/challenge', '/v1/ask', '/v1/pair', '/v1/page']) {
    const answer = await sayHttp(place.port, request(place.port, { target, fields, body }));
    expect(answer).toMatchObject({ status: 400, body: refusedAs('malformed') });
    expectProtected(answer);
  }
});

test.each([
  'EHLO x\r\nMAIL FROM:<a@b.example>\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\0\0\0\0\r\n\r\n',
  'POST /v1/challenge HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n',
  'POST /v1/challenge HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
  'POST /v1/challenge HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  'POST /v1/challenge HTTP/9.9\r\n\r\n',
])('whoever says %j hears that it is no request, and is cut off', async (octets) => {
  await using place = await controlPlace();
  const answer = await sayHttp(place.port, octets);
  expect(answer).toMatchObject({ status: 400, body: refusedAs('malformed') });
  expectProtected(answer);
});

test.each([
  ['HTTP/1.0', { version: 'HTTP/1.0' }],
  ['one that waits for 100 Continue', { fields: { Expect: '100-continue' } }],
  ['one that expects anything else', { fields: { Expect: 'a challenge' } }],
  ['a target that is no path', { target: '/\\evil' }],
])('a request of %s is refused', async (_what, changed) => {
  await using place = await controlPlace();
  const answer = await sayHttp(place.port, request(place.port, changed));
  expect(answer).toMatchObject({ status: 400, body: refusedAs('malformed') });
  expectProtected(answer);
});

test.each([
  '/',
  '/v1',
  '/v1/ask/',
  '/v2/ask',
  '/v1/../v1/nothing',
  '/%2e%2e/control.json',
  '/v1/x',
])('at %s there is nothing to be had', async (target) => {
  await using place = await controlPlace();
  for (const method of ['GET', 'POST']) {
    const answer = await sayHttp(place.port, request(place.port, { method, target }));
    expect(answer).toMatchObject({ status: 404, body: refusedAs('no such question') });
    expectProtected(answer);
  }
});

test('a WebSocket is not opened', async () => {
  await using place = await controlPlace();
  const fields = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  const text = request(place.port, { method: 'GET', target: '/v1/ask', fields });
  expect(await sayHttp(place.port, text)).toMatchObject({ status: 404 });
});

test('a second request on a connection is neither looked at nor answered', async () => {
  await using place = await controlPlace();
  const another = request(place.port, { fields: { Host: 'evil.example' } });
  const answer = await sayHttp(place.port, request(place.port) + another);
  expect(place.log()).not.toContain('refused');
  expect(answer.status).toBe(200);
  expect(answer.octets.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test('a flood of refusals is one line in the log, and nothing of the requests', async () => {
  await using place = await controlPlace();
  const fields = { Host: 'canary.example', 'X-Canary': 'canary' };
  for (let sent = 0; sent < 50; sent += 1) {
    await sayHttp(place.port, request(place.port, { target: '/canary', fields, body: '"canary"' }));
  }
  const refusals = place.log().matchAll(/"event":"control-refused","kind":"([^"]+)"/g);
  expect(Array.from(refusals, ([, kind]) => kind)).toEqual(['foreign host']);
  expect(place.log()).not.toContain('canary');
});
