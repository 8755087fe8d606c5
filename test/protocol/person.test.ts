import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askPerson } from '../../proxy/person.ts';
import { waitUntil } from '../wait-until.ts';

const QUESTION = 'Delete all? [y/N] ';

/** What is typed at a terminal, and what it shows. */
function terminalEnds(isTTY: boolean) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  let shown = '';
  output.on('data', (part: Buffer) => (shown += part.toString()));
  return { input, output, shown: () => shown };
}

/** Asks, and types once the question stands there. */
async function asked(typed: string) {
  const ends = terminalEnds(true);
  const saying = askPerson(QUESTION, ends);
  await waitUntil(() => ends.shown().includes(QUESTION), 5000, ends.shown);
  ends.input.write(typed);
  return await saying;
}

test('a person who types a line has said it, an empty one too', async () => {
  expect(await asked('yes\r')).toEqual({ kind: 'line', line: 'yes' });
  expect(await asked('\r')).toEqual({ kind: 'line', line: '' });
});

test.each([
  ['Ctrl+C', '\u0003'],
  ['Ctrl+D', '\u0004'],
  ['Ctrl+C behind half a word', 'ye\u0003'],
])('a person who breaks off with %s is not nobody, and has said nothing', async (_keys, typed) => {
  expect(await asked(typed)).toEqual({ kind: 'broken off' });
});

test('a terminal that is closed breaks the question off', async () => {
  const ends = terminalEnds(true);
  const saying = askPerson(QUESTION, ends);
  ends.input.end();
  expect(await saying).toEqual({ kind: 'broken off' });
});

test('where nobody sits, nothing is asked and nothing waited for', async () => {
  const ends = terminalEnds(false);
  expect(await askPerson(QUESTION, ends)).toEqual({ kind: 'nobody' });
  expect(ends.shown()).toBe('');
});
