import type { Protection } from './protection.ts';

const IN_USE = 'proxy/submission/session-in-use.ts';
const RELAY = 'proxy/submission/relay.ts';
const REST = 'proxy/submission/rest.ts';
const WARM = 'proxy/submission/warm-upstream.ts';
const SESSION = 'proxy/submission/upstream-session.ts';

const SCRIPTS = ['test/protocol/warm-session.test.ts'];
const LIVES = ['test/hostile/warm-upstream.test.ts'];

/** What keeps a session that was ready before the message from costing one, or saying too much. */
export const WARM_PROTECTIONS: readonly Protection[] = [
  {
    name: 'a login is said again only where nothing was answered',
    tests: SCRIPTS,
    mutants: [
      {
        what: 'it is said again whatever was answered',
        edits: [
          { file: IN_USE, from: 'if (wire.heardOctets !== heardOctets) throw error;', to: '' },
        ],
      },
      {
        what: 'it is said again in any session',
        edits: [
          {
            file: IN_USE,
            from: "if (opened.kind === 'unproved' || !this.#isStale) return",
            to: "if (opened.kind === 'unproved') return",
          },
        ],
      },
      {
        what: 'it is never said again',
        edits: [
          {
            file: IN_USE,
            from: 'if (wire.heardOctets !== heardOctets) throw error;',
            to: "if (line !== '') throw error;",
          },
        ],
      },
    ],
  },
  {
    name: 'a new session decides by its own offer',
    tests: SCRIPTS,
    mutants: [
      {
        what: 'a login is said whatever it offers',
        edits: [
          {
            file: IN_USE,
            from: "return login.kind === 'refuse' ? login.reply : await opened.session.login(login.line, limitMs);",
            to: "return await opened.session.login(login.kind === 'refuse' ? line : login.line, limitMs);",
          },
        ],
      },
      {
        what: 'an envelope is said whatever it offers',
        edits: [
          {
            file: RELAY,
            from: 'if (missing !== undefined) return record.refused(offerChanged(this.host, missing));',
            to: 'void missing, offerChanged;',
          },
        ],
      },
    ],
  },
  {
    name: 'an envelope waits until a warm session has answered',
    tests: SCRIPTS,
    mutants: [
      {
        what: 'nobody asks',
        edits: [
          {
            file: IN_USE,
            from: 'if (this.#isStale && session !== undefined && !session.isLost) {',
            to: 'if (session === undefined) {',
          },
        ],
      },
      {
        what: 'a goodbye is taken for an answer',
        edits: [
          {
            file: SESSION,
            from: 'if (reply !== undefined && reply.code !== 421) return true;',
            to: 'if (reply !== undefined) return true;',
          },
        ],
      },
    ],
  },
  {
    name: "a session that was taken is nobody else's",
    tests: LIVES,
    mutants: [
      {
        what: 'two mail programs get the same',
        edits: [
          {
            file: WARM,
            from: 'this.#session = undefined;\n    clearTimeout(this.#asking);\n    this.#rest.end();',
            to: 'clearTimeout(this.#asking);\n    this.#rest.end();',
          },
        ],
      },
      {
        what: 'it is handed over while it is asked',
        edits: [
          {
            file: WARM,
            from: 'return this.#session !== undefined && this.#session !== this.#asked;',
            to: 'return this.#session !== undefined;',
          },
        ],
      },
    ],
  },
  {
    name: 'a server that closes is not hammered',
    tests: LIVES,
    mutants: [
      {
        what: 'a lost session is opened again at once',
        edits: [{ file: REST, from: 'this.#for(this.#ms);', to: 'this.end(), this.#whenOver();' }],
      },
      {
        what: 'each rest is as short as the first',
        edits: [
          {
            file: REST,
            from: 'this.#ms = Math.min(2 * this.#ms, LONGEST_MS);',
            to: 'void LONGEST_MS;',
          },
        ],
      },
      {
        what: 'windows that open and close cost a session each',
        edits: [{ file: WARM, from: '    this.#rest.begin();\n', to: '' }],
      },
      {
        what: 'a fault is asked for again and again',
        edits: [
          {
            file: WARM,
            from: 'if (this.#fault !== undefined) return unproved',
            to: 'if (this.#fault === undefined && this.#isClosed) return unproved',
          },
        ],
      },
    ],
  },
];
