import type { Mutant, Protection } from './protection.ts';

const FETCHING = ['test/hostile/policy-host.test.ts'];
const POLICIES = ['test/protocol/mta-sts-facts.test.ts'];
const KEPT = ['test/protocol/kept-files.test.ts'];
const SESSION = ['test/hostile/mx-probe.test.ts'];
const LOOKS = ['test/protocol/mx-probe.test.ts'];

function mutant(file: string, what: string, from: string, to: string): Mutant {
  return { what, edits: [{ file: `proxy/forecast/${file}`, from, to }] };
}

/** What keeps policy hosts and mail servers from misleading, or misusing, who looks at them. */
export const HOST_PROTECTIONS: readonly Protection[] = [
  {
    name: 'hosts: only addresses of the public Internet',
    tests: ['test/protocol/special-addresses.test.ts', ...FETCHING, ...SESSION],
    mutants: [
      mutant(
        'checked-connection.ts',
        'an address is connected to unchecked',
        'allowSpecialAddresses || isPublicAddress(one)',
        'true',
      ),
      mutant(
        'special-addresses.ts',
        'what the library does not know is public',
        'address.match(GLOBAL_UNICAST) && ',
        '',
      ),
      mutant(
        'special-addresses.ts',
        'NAT64 makes an address public',
        'return isPublicIpv4(embeddedIn(address));',
        'return true;',
      ),
    ],
  },
  {
    name: 'hosts: what a policy host says is bounded, and followed nowhere',
    tests: FETCHING,
    mutants: [
      mutant(
        'policy/policy-host.ts',
        'another status than 200 will do',
        'if (statusCode !== 200)',
        'if (statusCode === undefined)',
      ),
      mutant(
        'policy/policy-host.ts',
        'any type will do',
        "type.trim().toLowerCase() !== 'text/plain'",
        "type === ''",
      ),
      mutant(
        'policy/policy-host.ts',
        'a policy may end with its connection',
        'if (transfer === undefined ? length === undefined : !isChunked) {',
        "if (headers['content-type'] === undefined && isChunked) {",
      ),
      mutant(
        'policy/policy-host.ts',
        'a policy may be of any size',
        'if (octets > POLICY_LIMIT_OCTETS)',
        'if (octets < 0)',
      ),
      mutant('policy/policy-host.ts', 'octets that are no text are read', 'fatal: true, ', ''),
      mutant(
        'policy/policy-host.ts',
        'a fetch takes as long as it takes',
        "await within(this.#options.fetchMs ?? FETCH_MS, 'policy', fetching)",
        'await fetching',
      ),
    ],
  },
  {
    name: 'hosts: a policy that was fetched is not forgotten',
    tests: [...POLICIES, ...KEPT],
    mutants: [
      mutant(
        'policy/mta-sts-facts.ts',
        'a failed fetch takes a policy away',
        "if (fetched.kind === 'policy' || kept === undefined) return fetched;",
        'return fetched;',
      ),
      mutant(
        'policy/mta-sts-facts.ts',
        'a record that vanished takes a policy away',
        '    if (kept !== undefined) {\n',
        "    if (kept !== undefined && record.kind === 'found') {\n",
      ),
      mutant(
        'policy/kept-policies.ts',
        'a clock that was set back makes a policy hold for ever',
        'Math.abs(this.#now() - fetchedAt)',
        '(this.#now() - fetchedAt)',
      ),
      mutant(
        'policy/kept-policies.ts',
        'a failed fetch is repeated at once',
        'ageMs < 0 || ageMs > BACK_OFF_MS',
        'ageMs >= 0',
      ),
      mutant(
        'policy/kept-policies.ts',
        'the policy of one domain is that of another',
        'kept.domain !== domain || ',
        '',
      ),
      mutant(
        'kept-files.ts',
        'an older content takes the place of a newer one',
        'if (former !== undefined && !replaces(former)) return;',
        '',
      ),
      mutant(
        'kept-files.ts',
        'a policy that is enforced makes room for any other',
        'one.worth - other.worth || ',
        '',
      ),
      mutant(
        'kept-files.ts',
        'what could not be written at once never is',
        'if (isKept) await this.#keepHeld();',
        'void isKept;',
      ),
      mutant(
        'kept-files.ts',
        'what was held for long takes the place of what is newer',
        'former !== undefined && !held.replaces(former.content);',
        'false;',
      ),
      mutant(
        'kept-folder.ts',
        'in a folder that was deleted nothing is kept any more',
        "if (codeOf(error) !== 'ENOENT') throw error;",
        'throw error;',
      ),
      mutant(
        'kept-folder.ts',
        'a folder that could not be made once is never tried again',
        'if ((await this.#prepared) === false) this.#prepared = undefined;',
        '',
      ),
    ],
  },
  {
    name: 'hosts: only what a mail server says inside TLS counts',
    tests: SESSION,
    mutants: [
      mutant(
        'mail-server/mx-session.ts',
        'an offer is searched for',
        'offersRequireTls(ehloKeywords(offer.asSent))',
        "offer.text.includes('REQUIRETLS')",
      ),
      mutant(
        'mail-server/mx-session.ts',
        'whoever greets with an error has no STARTTLS',
        'if (greeting.code !== 220) return refusedBy(greeting);',
        '',
      ),
      mutant(
        'mail-server/mail-servers.ts',
        'a look takes as long as it takes',
        "await within(sessionMs, 'end of the session', lookAt(wire, server))",
        'await lookAt(wire, server)',
      ),
      mutant(
        'mail-server/presented-certificates.ts',
        'a name of an authority is enough for the chain',
        ' && certificate.verify(issuer.publicKey)',
        '',
      ),
      mutant(
        'mail-server/presented-certificates.ts',
        'a certificate for another name is trusted',
        'chainFault ?? (nameFault && codeOf(nameFault))',
        'chainFault',
      ),
      mutant(
        'mail-server/presented-certificates.ts',
        'keys of 1024 bits are trusted',
        'SECLEVEL=2',
        'SECLEVEL=0',
      ),
    ],
  },
  {
    name: 'hosts: what was seen is told as long as it says something',
    tests: [...LOOKS, 'test/protocol/port-25.test.ts'],
    mutants: [
      mutant(
        'mail-server/mx-probe.ts',
        'a server that cannot be reached was never seen',
        "looked.kind === 'not seen' ? (verified ?? looked) : looked",
        'looked',
      ),
      mutant(
        'mail-server/mx-probe.ts',
        'PKIX verifies what fails DANE',
        "if (said !== 'does not apply') return said;",
        "if (said !== 'does not apply' && certificates.pkixFault !== undefined) return said;",
      ),
      mutant(
        'mail-server/mx-probe.ts',
        'what was verified goes on counting when the records have changed',
        "(await verification(verified.certificates, lookedAtFor)) === 'no'",
        "(await verification(verified.certificates, lookedAtFor)) === 'yes' && false",
      ),
      mutant(
        'mail-server/kept-observations.ts',
        'a certificate that has expired goes on counting',
        ' || now > currentUntil',
        '',
      ),
      mutant(
        'kept-place.ts',
        'what others trust counts here',
        "trust === BUILT_IN_TRUST ? 'built in' : trust,",
        '',
      ),
      mutant(
        'mail-server/kept-observations.ts',
        'what anybody can show takes the place of what was verified',
        'isVerified ? seen : former?.host === host ? former.verified : undefined',
        'isVerified ? seen : undefined',
      ),
      mutant(
        'mail-server/kept-observations.ts',
        'what anybody can show is told for a week',
        'this.#counting(kept.unverified, UNVERIFIED_MS)',
        'this.#counting(kept.unverified, VERIFIED_MS + UNVERIFIED_MS)',
      ),
      mutant(
        'mail-server/port-25.ts',
        'port 25 is closed though a server has answered',
        'const isOpen = known.answeredAt !== undefined;',
        'const isOpen = known.answeredAt === 0;',
      ),
      mutant(
        'mail-server/mx-probe.ts',
        'port 25 that was found closed meanwhile is tried all the same',
        'its turn\n    if (known !== undefined) return known;',
        "its turn\n    if (known?.why === 'no address') return known;",
      ),
      mutant(
        'mail-server/port-25.ts',
        'one domain says for all that port 25 is closed',
        ' && weight >= ENOUGH_WEIGHT',
        '',
      ),
    ],
  },
];
