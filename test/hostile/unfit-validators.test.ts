import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseResolver } from '../../proxy/forecast/dns/resolver-address.ts';
import { Resolver } from '../../proxy/forecast/look-ups/resolver.ts';
import { AD, answering, dnsServer, mx, validating } from '../protocol/dns-server.ts';
import { oneLookUp } from '../protocol/opened-resolver.ts';
import { later, stoppedClock } from '../stopped-clock.ts';
import { waitUntil } from '../wait-until.ts';

/** Asks its one question, as both programs are told to, and goes on when there is an answer. */
const ASKS = `#!${process.execPath}
const words = process.argv.slice(2);
const after = (option) => words[words.indexOf(option) + 1];
const isDelv = words.includes('-q');
const name = isDelv ? after('-q') : words.at(-1);
const configured = () => require('node:fs').readFileSync(after('-C'), 'latin1');
const port = Number(isDelv ? after('-p') : /forward-addr: .*@(\\d+)/.exec(configured())[1]);
const labels = name.split('.').filter(Boolean).map((label) => [label.length, ...Buffer.from(label)]);
const header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const type = after('-t') === 'SOA' ? 6 : 15;
const query = Buffer.from([...header, ...labels.flat(), 0, 0, type, 0, 1]);
const socket = require('node:dgram').createSocket('udp4');
socket.send(query, port, '127.0.0.1');
socket.once('message', () => {
  socket.close();
`;

const WORKING = {
  'unbound-host': `${ASKS}
  const root = '. has SOA record a. b. 1 2 3 4 5 (secure)';
  console.log(type === 6 ? root : name + ' mail is handled by 10 mx.example. (secure)');
});\n`,
  delv: `${ASKS}
  const record = type === 6 ? ". 9 IN SOA a. b. 1 2 3 4 5" : name + ' 9 IN MX 10 mx.example.';
  console.log('type: DELV_RESULT\\nquery_name: ' + name + '\\nstatus: success\\nrecords:');
  console.log("  - fully_validated:\\n    - '" + record + "'");
});\n`,
} as const;

const HANGS = '#!/bin/sh\necho $$ >> "$(dirname "$0")/runs"\nexec sleep 100\n';

/** What it does instead of its work, without having asked anybody anything. */
const UNFIT: Readonly<Record<string, string>> = {
  'finds a library missing': '#!/bin/sh\nexit 127\n',
  'was killed': '#!/bin/sh\nkill -9 $$\n',
  'prints without end': '#!/bin/sh\nexec yes\n',
  'prints how it is used': '#!/bin/sh\necho "usage: $0"\n',
  'prints nothing': '#!/bin/sh\n',
  'finds the root secure without a question':
    '#!/bin/sh\necho ". has SOA record a. b. 1 2 3 4 5 (secure)"\n',
  'is of another processor': '#!/nowhere/sh\n',
};

type Programs = { readonly [Command in 'unbound-host' | 'delv']?: string };

/** A resolver over a believed one, with these programs on the computer. */
async function resolverWith(programs: Programs) {
  const server = await dnsServer(
    validating((query) => [answering(query, { answers: [mx('a.example')], flags: AD })]),
  );
  const PATH = await mkdtemp(join(tmpdir(), 'requiretls-path-'));
  const install = async (command: keyof Programs, program: string) =>
    await writeFile(join(PATH, command), program, { mode: 0o755 });
  if (programs.delv !== undefined) await install('delv', programs.delv);
  if (programs['unbound-host'] !== undefined)
    await install('unbound-host', programs['unbound-host']);
  const resolver = await Resolver.open({
    address: parseResolver(server.address),
    trust: [],
    environment: { PATH },
  });
  return {
    server,
    install,
    /** What ran and wrote it down, one process a line. */
    runs: () => {
      const file = join(PATH, 'runs');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
    validator: () => resolver.describe().validator,
    look: async (name = 'a.example') => await resolver.look(name, 'MX', oneLookUp()),
    [Symbol.asyncDispose]: async () => {
      await resolver.close();
      await server[Symbol.asyncDispose]();
      await rm(PATH, { recursive: true, force: true });
    },
  };
}

const HERE = { kind: 'found', dnssec: 'secure', source: 'validated here' };
const BY_WORD = { kind: 'found', dnssec: 'secure', source: 'resolver' };
const BY_NOBODY = { kind: 'found', dnssec: 'unknown', source: 'nobody' };

test.for(Object.entries(UNFIT))(
  'F2: in place of an unbound-host that %s delv validates, and else the resolver is asked',
  async ([, unfit]) => {
    await using two = await resolverWith({ 'unbound-host': unfit, delv: WORKING.delv });
    expect(two.validator()).toBe('unbound-host');
    expect(await two.look()).toMatchObject(HERE);
    expect(two.validator()).toBe('delv');
    await using one = await resolverWith({ 'unbound-host': unfit });
    expect(await one.look()).toMatchObject(BY_WORD);
    expect(one.validator()).toBe('none');
  },
);

test('F2: one that hangs is given up after five seconds, and not tried again for a minute', async () => {
  await using hanging = await resolverWith({ 'unbound-host': HANGS });
  {
    using clock = stoppedClock();
    const looking = hanging.look();
    const pid = await waitUntil(
      () => hanging.runs()[0],
      10_000,
      () => 'it did not begin',
    );
    await clock.pass(5000);
    expect(await looking).toMatchObject(BY_WORD);
    await waitUntil(
      () => !existsSync(`/proc/${pid}`),
      10_000,
      () => 'it still runs',
    );
  }
  await hanging.look('b.example');
  expect(hanging.runs().length).toBe(1);
  await hanging.install('unbound-host', WORKING['unbound-host']);
  using _time = later(61_000);
  expect(await hanging.look('c.example')).toMatchObject(HERE);
});

test('F2: one that works no more is passed over, as soon as that is seen', async () => {
  await using two = await resolverWith(WORKING);
  expect(await two.look()).toMatchObject(HERE);
  expect(two.validator()).toBe('unbound-host');
  await two.install('unbound-host', '#!/bin/sh\nexit 127\n');
  using _time = later(11_000);
  expect(await two.look('b.example')).toMatchObject(HERE);
  expect(two.validator()).toBe('delv');
});

/** What it may say of the root: that counts, and is no reason to ask anybody else. */
const NOT_SECURE = [
  '. has SOA record a. b. 1 2 3 4 5 (insecure)',
  '. has SOA record a. b. 1 2 3 4 5 (BOGUS (security failure))',
  'Host . not found: 2(SERVFAIL). (error)',
] as const;

test.for(NOT_SECURE)(
  'F2: a validator that does not find the root secure is believed, and nobody in its place: %s',
  async (said) => {
    const says = `${ASKS}\n  console.log(${JSON.stringify(said)});\n});\n`;
    await using two = await resolverWith({ 'unbound-host': says, delv: WORKING.delv });
    expect(await two.look()).toMatchObject(BY_NOBODY);
    await using one = await resolverWith({ 'unbound-host': `#!/bin/sh\necho "${said}"\n` });
    expect(await one.look()).toMatchObject(BY_NOBODY);
  },
);

test('F2: what makes a validator break off is no way to have another’s word taken', async () => {
  const breaksOff = `${ASKS}\n  process.exit(134);\n});\n`;
  await using one = await resolverWith({ 'unbound-host': breaksOff });
  expect(await one.look()).toMatchObject(BY_NOBODY);
  await using two = await resolverWith({ 'unbound-host': breaksOff, delv: WORKING.delv });
  expect(await two.look()).toMatchObject(HERE);
  await using unfit = await resolverWith({
    'unbound-host': breaksOff,
    delv: '#!/bin/sh\nexit 1\n',
  });
  expect(await unfit.look()).toMatchObject(BY_NOBODY);
});
