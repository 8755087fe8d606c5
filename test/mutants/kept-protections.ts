import type { Mutant, Protection } from './protection.ts';

const REMOVAL = ['test/protocol/kept-no-longer.test.ts'];

function mutant(file: string, what: string, from: string, to: string): Mutant {
  return { what, edits: [{ file: `proxy/forecast/${file}`, from, to }] };
}

/** What keeps the files of the forecast to what they are for. */
export const KEPT_PROTECTIONS: readonly Protection[] = [
  {
    name: 'kept: what tells nobody anything any more is removed',
    tests: [
      ...REMOVAL,
      'test/protocol/kept-files.test.ts',
      'test/protocol/mx-probe.test.ts',
      'test/protocol/port-25.test.ts',
    ],
    mutants: [
      mutant(
        'policy/kept-policies.ts',
        'a policy stays',
        'policy.maxAgeSeconds * 1000 + CLOCK_MAY_BE_WRONG_MS',
        'Infinity',
      ),
      mutant(
        'policy/kept-policies.ts',
        'that a policy could not be fetched stays',
        'now() - failedAt > BACK_OFF_MS',
        'now() - failedAt > Infinity',
      ),
      mutant(
        'mail-server/kept-observations.ts',
        'what was seen of a mail server stays',
        'now() - lastSeenAt(kept) > VERIFIED_MS',
        'now() - lastSeenAt(kept) > Infinity',
      ),
      mutant(
        'mail-server/port-25.ts',
        'what port 25 was concluded from stays',
        '!timesOf(known).some((at) => this.#counts(at))',
        'timesOf(known).length < 0',
      ),
      mutant(
        'mail-server/port-25.ts',
        'what counts goes with what does not',
        '!timesOf(known).some((at) => this.#counts(at))',
        '!timesOf(known).every((at) => this.#counts(at))',
      ),
      mutant(
        'kept-files.ts',
        'whoever reads removes nothing',
        'void this.#sweep().catch((error: unknown) => this.#say(error));',
        '',
      ),
      mutant(
        'policy/kept-policies.ts',
        'where no policy has to be fetched no failure is removed',
        'await this.#failures.tidy();',
        '',
      ),
      mutant(
        'mail-server/mx-probe.ts',
        'where nobody is connected to, what is known of port 25 stays',
        'await this.#port25.tidy();',
        '',
      ),
    ],
  },
  {
    name: 'kept: nobody makes a policy that is enforced be forgotten',
    tests: REMOVAL,
    mutants: [
      mutant(
        'policy/kept-policies.ts',
        'one policy is as good as the other',
        "(!this.#holds(kept) ? 0 : kept.policy.mode === 'enforce' ? 2 : 1)",
        '(kept.version)',
      ),
      mutant(
        'policy/kept-policies.ts',
        'one that has ended is as good as the others',
        "(!this.#holds(kept) ? 0 : kept.policy.mode === 'enforce' ? 2 : 1)",
        "(kept.policy.mode === 'enforce' ? 2 : 1)",
      ),
    ],
  },
  {
    name: 'kept: what a person learnt in his own way does not count for the world',
    tests: ['test/protocol/kept-place.test.ts'],
    mutants: [
      mutant(
        'kept-place.ts',
        'from addresses of his own network',
        ' && !allowSpecialAddresses;',
        ';',
      ),
      mutant('kept-place.ts', 'at a port of his own', ' && port === usualPort', ''),
      mutant('kept-place.ts', 'by an authority of his own', 'trust === BUILT_IN_TRUST && ', ''),
      mutant('kept-place.ts', 'at another port of his own', '    port,\n    allow', '    allow'),
      mutant(
        'kept-place.ts',
        'from addresses of his own network, with an authority of his own',
        '    port,\n    allowSpecialAddresses,\n',
        '    port,\n',
      ),
    ],
  },
];
