import type { Protection } from './protection.ts';

const COMMAND = 'proxy/commands/forecast.ts';
const FORECASTS = 'proxy/forecast/forecasts.ts';
const ASKED = 'proxy/forecast/asked-domain.ts';
const HOST = 'proxy/forecast/host-facts.ts';
const ADDRESSES = 'proxy/forecast/addresses-of.ts';

const FACTS = ['test/protocol/domain-facts.test.ts'];

/** What keeps look-ups to what was asked for, and their facts honest. */
export const LOOK_UP_PROTECTIONS: readonly Protection[] = [
  {
    name: 'look-ups: only domains, and only such as mail goes to',
    tests: ['test/protocol/asked-domain.test.ts', 'test/protocol/forecast-command.test.ts'],
    mutants: [
      {
        what: 'what stands before the @ is kept',
        edits: [{ file: COMMAND, from: '.map(domainOf)', to: '.slice()' }],
      },
      {
        what: 'anything that a URL can hold is a domain',
        edits: [{ file: ASKED, from: 'LETTERS.test(text)', to: 'LETTERS.test("a")' }],
      },
      {
        what: 'names of Tor and of this computer are asked for',
        edits: [{ file: ASKED, from: '!NOT_IN_THE_DNS.test(domain)', to: 'true' }],
      },
    ],
  },
  {
    name: 'look-ups: no domain keeps others from being told',
    tests: ['test/protocol/forecast-command.test.ts'],
    mutants: [
      {
        what: 'what comes to nothing before its turn ends the command',
        edits: [
          {
            file: FORECASTS,
            from: "return made ?? inOrder(unknownForecast(domain, 'no answer in time'));",
            to: "if (made === undefined) throw new Error('none');\n    return made;",
          },
          { file: COMMAND, from: 'void made.catch(() => undefined);', to: '' },
        ],
      },
      {
        what: 'all have one time together',
        edits: [
          {
            file: FORECASTS,
            from: 'await this.#forecastOf(domain, { probe, waitMs: Number.POSITIVE_INFINITY });',
            to: 'await before(60_000, Promise.resolve(this.#forecastOf(domain, { probe, waitMs: 60_000 })));',
          },
        ],
      },
    ],
  },
  {
    name: 'look-ups: the exit status of an answer is given with the answer only',
    tests: ['test/protocol/forecast-command.test.ts'],
    mutants: [
      {
        what: 'who stopped it is told that nobody can tell',
        edits: [{ file: COMMAND, from: 'return STOPPED;', to: 'return EX_TEMPFAIL;' }],
      },
      {
        what: 'a disk that is full is not noticed',
        edits: [
          {
            file: 'proxy/written.ts',
            from: 'if (error === undefined || error === null || READER_GONE.includes(codeOf(error))) return;',
            to: 'if (error !== 0) return;',
          },
        ],
      },
      {
        what: 'a reader that went away is a fault',
        edits: [
          { file: 'proxy/written.ts', from: "['EPIPE', 'ERR_STREAM_DESTROYED']", to: "['']" },
        ],
      },
    ],
  },
  {
    name: 'look-ups: mail servers are connected to when that was allowed',
    tests: FACTS,
    mutants: [
      {
        what: 'they always are',
        edits: [{ file: HOST, from: 'if (!probe) return', to: 'if (false as boolean) return' }],
      },
    ],
  },
  {
    name: 'look-ups: a failure is not "none"',
    tests: FACTS,
    mutants: [
      {
        what: 'SERVFAIL at the end of a chain of aliases leads to its beginning',
        edits: [{ file: HOST, from: "tlsa.kind === 'failed' || ", to: '' }],
      },
      {
        what: 'a family that failed has no addresses',
        edits: [
          {
            file: ADDRESSES,
            from: "if (v6.kind === 'failed') return v6;\n  return",
            to: "if (v6.kind === 'failed') return v4;\n  return",
          },
        ],
      },
      {
        what: 'secure and insecure addresses together are secure',
        edits: [{ file: ADDRESSES, from: '< DNSSEC_ORDER', to: '> DNSSEC_ORDER' }],
      },
      {
        what: 'who denies one family speaks for both',
        edits: [
          {
            file: ADDRESSES,
            from: 'v6.isNameAbsent,\n    dnssec: weaker(v4.dnssec, v6.dnssec)',
            to: 'v6.isNameAbsent,\n    dnssec: v4.dnssec',
          },
        ],
      },
      {
        what: 'who denies the other family speaks for both',
        edits: [
          {
            file: ADDRESSES,
            from: 'v6.isNameAbsent,\n    dnssec: weaker(v4.dnssec, v6.dnssec)',
            to: 'v6.isNameAbsent,\n    dnssec: v6.dnssec',
          },
        ],
      },
    ],
  },
];
