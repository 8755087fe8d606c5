import type { Mutant, Protection } from './protection.ts';

const LIES = ['test/hostile/dns-lies.test.ts'];
const MOVED = ['test/hostile/dns-moved.test.ts'];
const ENCRYPTED = ['test/hostile/dns-encrypted.test.ts'];
const DEAD = ['test/hostile/dns-dead-connections.test.ts'];
const MESSAGES = ['test/protocol/dns-messages.test.ts'];
const RESOLVER = ['test/protocol/dns-resolver.test.ts'];
const QUEUE = ['test/protocol/dns-fair-queue.test.ts'];
const UNFIT = ['test/hostile/unfit-validators.test.ts'];
const VALIDATORS = ['test/protocol/dns-validators.test.ts'];

function mutant(file: string, what: string, from: string, to: string): Mutant {
  return { what, edits: [{ file: `proxy/forecast/${file}`, from, to }] };
}

/** What keeps resolvers, and those who answer for them, from saying what is not so. */
export const RESOLVER_PROTECTIONS: readonly Protection[] = [
  {
    name: 'dns: what answers another question is no answer',
    tests: LIES,
    mutants: [
      mutant('dns/dns-message.ts', 'any id will do', ' || octets.readUInt16BE(0) !== id', ''),
      mutant('dns/dns-message.ts', 'a query is an answer', '!isResponse || opcode', 'opcode'),
      mutant('dns/dns-message.ts', 'any name will do', 'asked.name === name &&', ''),
      mutant(
        'dns/dns-message.ts',
        'any type will do',
        'octets.readUInt16BE(asked.end) === type &&',
        '',
      ),
      mutant(
        'dns/dns-message.ts',
        'any class will do',
        'octets.readUInt16BE(asked.end + 2) === CLASS_IN',
        'true',
      ),
      mutant(
        'dns/dns-message.ts',
        'any number of questions will do',
        'questions === 1 ? endOfQuestion(octets, question) : undefined',
        'endOfQuestion(octets, question)',
      ),
      mutant(
        'dns/dns-over-udp.ts',
        'each question has the same id',
        'const id = randomInt(0x10000);\n  const query = queryOctets(question, id, false);',
        'const id = 7;\n  const query = queryOctets(question, id, false);',
      ),
      mutant('dns/dns-answer.ts', 'any record of the type counts', 'record.name === end', 'true'),
    ],
  },
  {
    name: 'dns: what is broken is a fault',
    tests: [...LIES, ...MESSAGES],
    mutants: [
      mutant(
        'dns/dns-message.ts',
        'octets may follow the last record',
        'if (reader.at !== octets.length)',
        'if (reader.at < 0)',
      ),
      mutant(
        'dns/dns-message.ts',
        'whoever looks nothing up knows that there is none',
        'if (!isRecursive && ',
        'if (id < 0 && ',
      ),
      mutant(
        'dns/dns-message.ts',
        'the upper half of an error does not count',
        '(extendedRcode(additional) << 4) | ',
        '',
      ),
      mutant(
        'dns/dns-message.ts',
        'records of any class are read',
        'isIn || type',
        'dataAt > 0 || type',
      ),
      mutant(
        'dns/dns-name.ts',
        'a name may point on for ever',
        'if (pointers > MOST_POINTERS)',
        'if (pointers < 0)',
      ),
      mutant(
        'dns/dns-name.ts',
        'a name may have any length',
        'octets > LONGEST_NAME_OCTETS || ',
        '',
      ),
      mutant(
        'dns/dns-name.ts',
        'a dot in a label is a dot',
        '/[^a-z0-9_*-]/g',
        '/[^a-z0-9_*. -]/g',
      ),
      mutant(
        'dns/dns-answer.ts',
        'aliases go on and on',
        'passed.has(end) || aliases.length > MOST_ALIASES',
        'aliases.length > 1000',
      ),
      mutant(
        'dns/dns-answer.ts',
        'a name that is absent has records',
        'if (rcode === RCODES.NXDOMAIN) {',
        'if (rcode < 0) {',
      ),
      mutant(
        'dns/dns-answer.ts',
        'a name may have two aliases',
        'alias !== undefined && others',
        'alias === undefined && others',
      ),
      mutant(
        'dns/dns-answer.ts',
        'a name may have an alias and records',
        'if (records.length > 0) throw',
        'if (records.length < 0) throw',
      ),
      mutant(
        'dns/dns-answer.ts',
        'any error is "none"',
        'if (rcode !== RCODES.NOERROR && rcode !== RCODES.NXDOMAIN) {\n    throw',
        'if (rcode < 0) {\n    throw',
      ),
      mutant(
        'dns/dns-stream.ts',
        'what is cut off over TCP is whole',
        'if (message.isTruncated)',
        'if (id < 0)',
      ),
      mutant(
        'dns/dns-over-udp.ts',
        'what is cut off over UDP is whole',
        'answer.isTruncated ? await askOverTcp(server, question, signal) : answer',
        'answer',
      ),
      mutant(
        'dns/dns-over-udp.ts',
        'a network without a way there ends the program',
        'socket.connect(port, address);',
        'socket.connect(port, address, () => socket.send(query));',
      ),
    ],
  },
  {
    name: 'dns: a resolver is believed when nobody could speak for it, and it says AD of the root',
    tests: [...LIES, ...RESOLVER],
    mutants: [
      mutant(
        'dns/name-server.ts',
        'one that is asked in clear is believed',
        "if (this.inClear) return 'not believed';",
        '',
      ),
      mutant(
        'dns/resolver-address.ts',
        'all addresses are of this computer',
        "LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');",
        "LOOPBACK.addSubnet('0.0.0.0', 0, 'ipv4');",
      ),
      mutant(
        'dns/name-server.ts',
        'one that says nothing of the root is believed',
        "return 'not known';",
        "return 'believed';",
      ),
      mutant(
        'dns/resolver-word.ts',
        'what nobody vouches for is kept as long as anything',
        'Math.min(answered.ttlSeconds, longest)',
        'Math.max(answered.ttlSeconds, longest)',
      ),
      mutant(
        'dns/dns-exchange.ts',
        'a refusal is an answer',
        'message.rcode !== RCODES.REFUSED && ',
        '',
      ),
      mutant(
        'dns/resolver-word.ts',
        'what one on this computer was told was told to nobody else',
        'source, inClear, sizeOctets',
        'source, inClear: false, sizeOctets',
      ),
      mutant('dns/canary.ts', 'no AD bit is needed', 'isAuthentic && rcode', 'rcode'),
      mutant('dns/canary.ts', 'no SOA record is needed', ' && isThere', ''),
      mutant(
        'dns/resolver-word.ts',
        'what it does not believe itself is only a failure',
        "throw new NoAnswer('bogus'",
        "throw new NoAnswer('server failure'",
      ),
      mutant(
        'dns/canary.ts',
        'a silent resolver holds up the end',
        'withinMs(TRY_MS, this.#closed,',
        'withinMs(TRY_MS, new AbortController().signal,',
      ),
    ],
  },
  {
    name: 'dns: what was so in another network is not so in this one',
    tests: MOVED,
    mutants: [
      mutant(
        'dns/name-server.ts',
        'its word of minutes ago makes what lacks the AD bit unsigned',
        ' : JUST_NOW_MS;',
        ' : BELIEVED_MS;',
      ),
      mutant(
        'dns/name-server.ts',
        'the root is asked for again with each answer',
        ' : JUST_NOW_MS;',
        ' : 0;',
      ),
      mutant(
        'dns/dns-exchange.ts',
        'what was believed before a fault is believed after it',
        'server.canary.forget();',
        '',
      ),
      mutant(
        'dns/dns-exchange.ts',
        'the resolvers of the system are read once',
        'now - this.#readAt < SYSTEM_MS',
        'true',
      ),
    ],
  },
  {
    name: 'dns: an encrypted resolver proves who it is, and answers with DNS',
    tests: ENCRYPTED,
    mutants: [
      {
        what: 'the question goes to anybody who speaks TLS',
        edits: [
          {
            file: 'proxy/forecast/dns/secure-connection.ts',
            from: "import type tls from 'node:tls';",
            to: "import tls from 'node:tls';",
          },
          {
            file: 'proxy/forecast/dns/secure-connection.ts',
            from: 'connectTls(tcp, host, trust, protocols)',
            to: 'tls.connect({ socket: tcp, rejectUnauthorized: false, ALPNProtocols: [...protocols] })',
          },
        ],
      },
      mutant(
        'dns/dns-over-https.ts',
        'the length of a question tells of the name',
        'queryOctets(question, ID, true)',
        'queryOctets(question, ID, false)',
      ),
      mutant(
        'dns/http-answer.ts',
        'any status will do',
        'if (status !== 200)',
        'if (status === 0)',
      ),
      mutant(
        'dns/http-answer.ts',
        'any type will do',
        '?.trim().toLowerCase() !== MEDIA_TYPE',
        "?.trim() === ''",
      ),
      mutant(
        'dns/http-answer.ts',
        'an answer may have any size',
        'if (octets > LONGEST_MESSAGE_OCTETS)',
        'if (octets < 0)',
      ),
    ],
  },
  {
    name: 'dns: a connection that died without a word is left, and no other',
    tests: DEAD,
    mutants: [
      mutant('dns/signs-of-life.ts', 'silence means nothing', 'patience -= 1;', 'patience -= 0;'),
      mutant(
        'dns/signs-of-life.ts',
        'what comes meanwhile is no sign of life',
        'this.#socket.bytesRead === bytesRead && ',
        '',
      ),
      mutant(
        'dns/signs-of-life.ts',
        'who gives up at once has met silence',
        'askedAt + SILENT_MS',
        'askedAt',
      ),
      mutant(
        'dns/signs-of-life.ts',
        'each try connects anew to a server that answers nothing',
        'isAfterSilence ? 2 : 1',
        '1',
      ),
      mutant(
        'dns/dns-stream.ts',
        'a dead one over TLS is held',
        'if (this.isSilent) this.close();\n    else ',
        '',
      ),
      mutant(
        'dns/dns-stream.ts',
        'who waits on a silent one over TLS is given up',
        'if (this.#asked.size > 0 ||',
        'if ((this.#asked.size > 0 && !this.isSilent) ||',
      ),
      mutant(
        'dns/doh-session.ts',
        'a dead one over HTTPS is held',
        'if (this.#waiting === 0 && this.isSilent) this.close();',
        '',
      ),
      mutant(
        'dns/doh-session.ts',
        'who waits on a silent one over HTTPS is given up',
        'this.#waiting === 0 && ',
        '',
      ),
    ],
  },
  {
    name: 'dns: validators are understood, or not believed',
    tests: VALIDATORS,
    mutants: [
      mutant(
        'validation/unbound-host.ts',
        'lines may differ',
        'ofLine !== status',
        'ofLine === undefined',
      ),
      mutant(
        'validation/unbound-host.ts',
        'it may speak of another name',
        'if (!isAbout(said, name)) throw',
        "if (said === '') throw",
      ),
      mutant(
        'validation/delv.ts',
        'what it did not validate is insecure',
        'trusts.length === 0 || trusts.includes(undefined)',
        'trusts.length < 0',
      ),
      mutant(
        'validation/delv.ts',
        'it may speak of another name',
        'if (queryName !== name)',
        "if (queryName === '-')",
      ),
      mutant(
        'validation/delv.ts',
        'records of another name count',
        'if (record.name !== end)',
        "if (record.name === '-')",
      ),
    ],
  },
  {
    name: 'dns: another word is taken only in place of a validator that does not work',
    tests: [...UNFIT, ...VALIDATORS],
    mutants: [
      mutant(
        'validation/root-state.ts',
        'what makes one break off leads to the word of the resolver',
        "if (said === 'broke off') isUnfit = false;",
        '',
      ),
      mutant(
        'validation/root-state.ts',
        'one that does not find the root secure is passed over',
        "if (said === 'not secure') return { kind: 'not secure' };",
        '',
      ),
      mutant(
        'validation/root-state.ts',
        'one that asks nothing finds the root secure',
        "return bridge.asked.length > 0 ? 'secure' : 'unfit';",
        "return 'secure';",
      ),
      mutant(
        'validation/root-state.ts',
        'one that hangs is waited for',
        'if (bridge.asked.length === 0) patience',
        'if (bridge.asked.length < 0) patience',
      ),
      mutant(
        'validation/unbound-host.ts',
        'whatever it prints is its word on the root',
        "if (!isAbout(said, ''))",
        "if (said === '-')",
      ),
      mutant(
        'look-ups/resolver.ts',
        'one that works no more is asked on and on',
        "['bogus', 'malformed']",
        "['bogus']",
      ),
    ],
  },
  {
    name: 'dns: look-ups are few, shared, kept for a while and forgotten',
    tests: [...RESOLVER, ...QUEUE],
    mutants: [
      mutant(
        'look-ups/fair-queue.ts',
        'one domain may have all that there is',
        'if (share >= this.#limits.each) continue;',
        '',
      ),
      mutant(
        'look-ups/fair-queue.ts',
        'what nobody waits for is begun',
        '({ isWanted }) => !isWanted()',
        '({ isWanted }) => isWanted === undefined',
      ),
      mutant(
        'look-ups/look-ups.ts',
        'a domain may cause any number',
        'if (!budget.spend())',
        'if (name === "")',
      ),
      mutant(
        'look-ups/look-ups.ts',
        'equal ones are not shared',
        'this.#underWay.get(name) ?? ',
        '',
      ),
      mutant(
        'look-ups/look-ups.ts',
        'a denial is kept as long as anything',
        "kind === 'none' ? LONGEST_DENIAL_SECONDS : LONGEST_LIFE_SECONDS",
        'LONGEST_LIFE_SECONDS',
      ),
      mutant(
        'look-ups/resolver.ts',
        'any number is under way',
        'running: 40, each: 10,',
        'running: 400, each: 400,',
      ),
      mutant(
        'dns/look-up-cache.ts',
        'what is kept has no limit',
        'if (this.#octets <= this.#limitOctets) return;',
        'if (this.#octets > 0) return;',
      ),
    ],
  },
];
