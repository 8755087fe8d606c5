import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageUnfit } from '../../proxy/submission/message-unfit.ts';
import { readArrivingHeader } from '../../proxy/submission/arriving-header.ts';
import { askedRequirement } from '../../shared/submission/asked-requirement.ts';
import { headerSectionTooLarge } from '../../shared/submission/refusals.ts';
import { anyPlaces, cut, everyPlace, lineOctets, ordinaryFields } from './octets.ts';

/** A message as the proxy passes it on, or the reply that refuses it. */
async function passedOn(octets: AsyncIterable<Buffer>) {
  try {
    const { section, withSection } = await readArrivingHeader(octets);
    const asked = askedRequirement(section, { asksRequireTls: false });
    if (asked.kind === 'refuse') return String(asked.reply);
    const message = await buffer(
      withSection(
        asked.sectionWith(asked.requirement === 'optional' ? 'TLS-Required: No' : 'nothing'),
      ),
    );
    return {
      requirement: asked.requirement,
      markerId: asked.markerId,
      message: message.toString('latin1'),
    };
  } catch (error) {
    if (error instanceof MessageUnfit) return String(error.reply);
    throw error;
  }
}

async function* cutAt(octets: string, places: readonly number[]): AsyncGenerator<Buffer> {
  yield* cut(octets, places);
}

const stuffed = (line: string) => `${line.replace(/^\./, '..')}\r\n`;
const fieldOf = (octets: number) => `X: ${'x'.repeat(octets - 'X: \r\n'.length)}\r\n`;

const whole = (octets: string) => passedOn(cutAt(octets, []));

const BODY = '\r\nDear Bob,\r\n..\r\n\r\nX-TLS-Required: No\r\n\u00e9\u0080\r\n';

test.each([
  ['first', `X-TLS-Required: Yes; id=K7\r\nFrom: a\r\nTo: b\r\n`],
  ['in the middle', `From: a\r\nx-tls-required:\r\n yes; id=K7\r\nTo: b\r\n`],
  ['last', `From: a\r\nTo: b\r\nX-TLS-Required: Yes; id=K7\r\n`],
])(
  'a marker that stands %s is found and taken off wherever the octets are cut',
  async (_, head) => {
    for (const message of [head + BODY, head]) {
      const expected = {
        requirement: 'required',
        markerId: 'K7',
        message: `From: a\r\nTo: b\r\n${message.slice(head.length)}`,
      };
      for (const place of everyPlace(message)) {
        expect(await passedOn(cutAt(message, [place])), `cut at ${place}`).toEqual(expected);
      }
      expect(await passedOn(cutAt(message, everyPlace(message))), 'octet by octet').toEqual(
        expected,
      );
    }
  },
);

test.each([
  ['doubled', 'X-TLS-Required: Yes\r\nX-TLS-Required: Yes\r\n'],
  ['unclear', 'From: a\r\nX-TLS-Required: perhaps\r\n'],
  ['behind a line that is no field', 'hello\r\nX-TLS-Required: Yes\r\n'],
  ['after a blank before the colon', 'X-TLS-Required : Yes\r\n'],
])('a marker that is %s is refused wherever the octets are cut', async (_, head) => {
  const message = head + BODY;
  for (const place of everyPlace(message)) {
    expect(await passedOn(cutAt(message, [place])), `cut at ${place}`).toMatch(/^554 5\.6\.0 /);
  }
});

test("RFC 8689 §3: the marker's No becomes the field wherever the octets are cut", async () => {
  const message = `From: a\r\nX-TLS-Required: No\r\n${BODY}`;
  for (const place of everyPlace(message)) {
    expect(await passedOn(cutAt(message, [place])), `cut at ${place}`).toEqual({
      requirement: 'optional',
      markerId: undefined,
      message: `From: a\r\nTLS-Required: No\r\n${BODY}`,
    });
  }
});

test('a message that asks for nothing passes octet for octet, however it is cut', async () => {
  const bodies = fc.array(lineOctets, { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(ordinaryFields, bodies, anyPlaces, async (fields, lines, places) => {
      const message = [...fields, '\r\n', ...lines.map(stuffed)].join('');
      expect(await passedOn(cutAt(message, places))).toEqual({
        requirement: 'default',
        markerId: undefined,
        message,
      });
    }),
  );
});

test.each([
  ['nothing', ''],
  ['an empty line', '\r\n'],
  ['a body alone', '\r\nX-TLS-Required: Yes\r\n'],
  ['an attached message', 'From: a\r\n\r\n--b\r\n\r\nX-TLS-Required: Yes\r\n\r\nhello\r\n'],
  ['a stuffed line in the header', 'From: a\r\n..hello\r\n\r\n..\r\n'],
  ['fields alone', 'From: a\r\nTo: b\r\n'],
])('%s asks for nothing and passes octet for octet', async (_, message) => {
  const expected = { requirement: 'default', markerId: undefined, message };
  expect(await whole(message)).toEqual(expected);
  expect(await passedOn(cutAt(message, everyPlace(message)))).toEqual(expected);
});

test('RFC 5321 §4.5.2: a stuffed dot is taken off before the marker is read', async () => {
  const message = `.From: a\r\n.X-TLS-Required: Yes\r\n${BODY}`;
  expect(await whole(message)).toMatchObject({
    requirement: 'required',
    message: `From: a\r\n${BODY}`,
  });
  expect(await whole(`..X-TLS-Required: Yes\r\n${BODY}`)).toMatch(/^554 5\.6\.0 /);
});

test('the header section is at most 256 KB, wherever its end is', async () => {
  const tooLarge = String(headerSectionTooLarge());
  const limit = 256 * 1024;

  expect(await whole(fieldOf(limit))).toMatchObject({ requirement: 'default' });
  expect(await whole(fieldOf(limit) + BODY)).toMatchObject({ requirement: 'default' });
  expect(await whole(fieldOf(limit + 1) + BODY)).toBe(tooLarge);
  expect(await whole(fieldOf(limit + 1))).toBe(tooLarge);
  expect(await whole(`${fieldOf(limit)}X-TLS-Required: Yes\r\n${BODY}`)).toBe(tooLarge);
  expect(await whole('x'.repeat(limit + 1)), 'a line without end').toBe(tooLarge);
});

test('a large body beside a small header section is no fault', async () => {
  const message = `From: a\r\n\r\n${'x'.repeat(1024 * 1024)}\r\n`;
  expect(await whole(message)).toEqual({ requirement: 'default', markerId: undefined, message });
});

test('the header section has at most 1000 fields, lines that are none included', async () => {
  const tooLarge = String(headerSectionTooLarge());
  expect(await whole('X: x\r\n'.repeat(1000))).toMatchObject({ requirement: 'default' });
  expect(await whole('X: x\r\n'.repeat(1001))).toBe(tooLarge);
  expect(await whole(`${'X: x\r\n'.repeat(1000)}X-TLS-Required: Yes\r\n`)).toBe(tooLarge);
  expect(await whole('x\r\n'.repeat(1001))).toBe(tooLarge);
});

test('the body stays where it is until it is asked for', async () => {
  let taken = 0;
  async function* octets() {
    for (const segment of ['From: a\r\n', '\r\n', 'one\r\n', 'two\r\n']) {
      taken += 1;
      yield Buffer.from(segment);
    }
  }
  const { section, withSection } = await readArrivingHeader(octets());
  expect(taken, 'up to the empty line').toBe(2);

  const message = withSection(section);
  const [first, second] = [await message.next(), await message.next()];
  expect([first, second].map(({ value }) => String(value))).toEqual(['From: a\r\n\r\n', 'one\r\n']);
  expect(taken).toBe(3);
});

test.each([
  ['in the header section', 'From: a\r\n'],
  ['in the body', 'From: a\r\n\r\nDear'],
])('a mail program that goes %s leaves no whole message', async (_, sent) => {
  async function* octets() {
    yield Buffer.from(sent);
    throw new Error('the mail program broke off the connection');
  }
  await expect(passedOn(octets())).rejects.toThrow('broke off');
});
