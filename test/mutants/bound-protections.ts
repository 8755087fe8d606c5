import type { Protection } from './protection.ts';

const FORECASTS = 'proxy/forecast/forecasts.ts';
const KEPT = 'proxy/forecast/kept-forecasts.ts';
const QUEUE = 'proxy/forecast/bounded-queue.ts';
const ANSWERS = 'proxy/control/forecast-answers.ts';

/** What keeps look-ups, and the forecasts from them, to their number and their time. */
export const BOUND_PROTECTIONS: readonly Protection[] = [
  {
    name: 'look-ups: a forecast says how old it is, and ends',
    tests: ['test/protocol/kept-forecasts.test.ts', 'test/shared/verdict.test.ts'],
    mutants: [
      {
        what: 'the MX answer has no age',
        edits: [
          {
            file: 'shared/forecast/verdict.ts',
            from: 'Math.max(outlook.ageMs, facts.mx.ageMs)',
            to: 'outlook.ageMs',
          },
        ],
      },
      {
        what: 'it stays as old as it was',
        edits: [
          {
            file: KEPT,
            from: 'aged(kept.forecast, Math.round(now - kept.madeMs))',
            to: 'aged(kept.forecast, 0)',
          },
        ],
      },
      {
        what: 'it counts for ever',
        edits: [{ file: KEPT, from: 'if (now < kept.freshUntilMs)', to: 'if (now >= 0)' }],
      },
      {
        what: 'all are kept',
        edits: [{ file: KEPT, from: '<= MAX_KEPT', to: '>= 0' }],
      },
    ],
  },
  {
    name: 'look-ups: they end with who began them',
    tests: [
      'test/protocol/forecast-command.test.ts',
      'test/protocol/questions.test.ts',
      'test/protocol/forecast-answers.test.ts',
    ],
    mutants: [
      {
        what: 'those under way go on',
        edits: [{ file: FORECASTS, from: '    this.#closing.abort();\n', to: '' }],
      },
      {
        what: 'a proxy that stops goes on waiting for them',
        edits: [
          {
            file: 'proxy/running-proxy.ts',
            from: '#control?.forecasts.close',
            to: '#control?.pairing.forgetCode',
          },
        ],
      },
      {
        what: 'a proxy that was stopped begins others',
        edits: [
          { file: ANSWERS, from: 'if (this.#isClosed) throw', to: 'if (false as boolean) throw' },
        ],
      },
      {
        what: 'what was wrong once stays wrong',
        edits: [{ file: ANSWERS, from: 'this.#opened = undefined;', to: '' }],
      },
    ],
  },
  {
    name: 'look-ups: no more at once, and no more in line, than are bearable',
    tests: ['test/protocol/bounded-queue.test.ts', 'test/protocol/kept-forecasts.test.ts'],
    mutants: [
      {
        what: 'all run at once',
        edits: [{ file: QUEUE, from: 'this.#running.size < this.#limits.running', to: 'true' }],
      },
      {
        what: 'all may wait',
        edits: [{ file: QUEUE, from: 'this.#waiting.length > this.#limits.waiting', to: 'false' }],
      },
    ],
  },
];
