import { startMailPrograms } from './load.ts';
import type { Answered, Asked } from './part.ts';
import { startRoundTrip } from './round-trip.ts';
import { startSink } from './sink.ts';

/** The process of one part: its first argument is the name, the second the options as JSON. */
const [, , name = '', options = 'null'] = process.argv;
const answer = (said: Answered) => process.send?.(said);

const methods = new Map<string, unknown>(Object.entries(await started()));

process.on('message', ({ question, about }: Asked) => {
  const answering = async (): Promise<unknown> => {
    const method = methods.get(question);
    if (typeof method !== 'function') throw new Error(`nobody asks for ${question}`);
    return await method(...about);
  };
  answering().then(
    (told) => answer({ answer: JSON.stringify(told) }),
    (error: unknown) => answer({ failed: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
answer({ answer: 'true' });

async function started(): Promise<object> {
  switch (name) {
    case 'sink':
      return await startSink(JSON.parse(options));
    case 'round trip':
      return await startRoundTrip(JSON.parse(options));
    case 'mail programs':
      return startMailPrograms();
    default:
      throw new Error(`no part is called ${name}`);
  }
}
