import type { Protection } from './protection.ts';

const DOOR = 'proxy/control/request-door.ts';
const SEALED = 'proxy/control/sealed-questions.ts';
const CHALLENGE = 'proxy/control/challenge.ts';
const PAIRING = 'proxy/control/pairing.ts';
const KEY_FILE = 'proxy/control/key-file.ts';

const REQUESTS = ['test/hostile/control-requests.test.ts'];
const PROOFS = ['test/hostile/control-proofs.test.ts'];
const SQUATTERS = ['test/hostile/control-squatter.test.ts'];

/** What keeps others from asking the proxy, and from answering in its place. */
export const CONTROL_PROTECTIONS: readonly Protection[] = [
  {
    name: 'a page on the web asks nothing',
    tests: REQUESTS,
    mutants: [
      {
        what: 'any name may lead here',
        edits: [{ file: DOOR, from: ' || !isOurs(host)', to: '' }],
      },
      {
        what: 'any origin may ask',
        edits: [
          {
            file: DOOR,
            from: "if (origin !== undefined && !isOwn && !isExtension) return 'foreign origin';",
            to: 'void isExtension;',
          },
        ],
      },
      {
        what: 'a form is taken',
        edits: [{ file: DOOR, from: ' || !JSON_TYPE.test(type)', to: '' }],
      },
    ],
  },
  {
    name: 'a question is proved, and good once',
    tests: PROOFS,
    mutants: [
      {
        what: 'without a proof',
        edits: [
          {
            file: SEALED,
            from: '!isProofOf(asker.key, questionProofText(said), proof)',
            to: 'false',
          },
        ],
      },
      {
        what: 'again and again',
        edits: [{ file: CHALLENGE, from: 'this.#spent.has(challenge) || ', to: '' }],
      },
      {
        what: 'with a challenge from before a restart',
        edits: [
          {
            file: CHALLENGE,
            from: 'seal.length !== right.length || !timingSafeEqual(seal, right)',
            to: 'seal.length !== right.length',
          },
        ],
      },
      {
        what: 'from another extension',
        edits: [{ file: SEALED, from: 'asker.origin !== from', to: 'false' }],
      },
      {
        what: 'whoever asks it',
        edits: [
          { file: SEALED, from: '!mayAsk(asker, question.output.ask)', to: 'mayAsk === undefined' },
        ],
      },
    ],
  },
  {
    name: 'an answer is proved',
    tests: SQUATTERS,
    mutants: [
      {
        what: 'the extension believes any',
        edits: [
          {
            file: 'extension/sealed-channel.ts',
            from: '!(await isProved(key, answer.output.proof, provedText))',
            to: 'isProved === undefined || provedText === undefined',
          },
        ],
      },
      {
        what: 'a command believes any',
        edits: [
          {
            file: 'proxy/control/control-client.ts',
            from: '!isProofOf(key, answerProofText(proof, text), theirs)',
            to: 'isProofOf === undefined || theirs === undefined',
          },
        ],
      },
    ],
  },
  {
    name: 'a pairing code has three tries and one use',
    tests: ['test/protocol/pairing.test.ts'],
    mutants: [
      {
        what: 'as many tries as anybody likes',
        edits: [
          { file: PAIRING, from: 'waiting.triesLeft === 0 && ', to: 'waiting.triesLeft < -99 && ' },
        ],
      },
      {
        what: 'a second use',
        edits: [
          {
            file: PAIRING,
            from: '    this.forgetCode();\n    const created',
            to: '    const created',
          },
        ],
      },
    ],
  },
  {
    name: 'keys that others may read are not used',
    tests: ['test/hostile/control-key-file.test.ts'],
    mutants: [
      {
        what: 'whoever may read them',
        edits: [{ file: KEY_FILE, from: '(mode & 0o077) !== 0', to: '(mode & 0) !== 0' }],
      },
      {
        what: 'whoever they belong to',
        edits: [
          {
            file: KEY_FILE,
            from: 'assertOurs(uid, `its ${NAME}`, own);',
            to: 'void [assertOurs, uid, own];',
          },
        ],
      },
    ],
  },
];
