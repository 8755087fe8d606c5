import { expect, test } from 'vitest';
import { matchesDane } from '../../shared/forecast/dane.ts';
import type {
  DomainFacts,
  HostFacts,
  MtaStsFacts,
  ProbeFact,
} from '../../shared/forecast/facts.ts';
import { forecastFrom } from '../../shared/forecast/verdict.ts';
import {
  certificate,
  domainFacts,
  failed,
  found,
  host,
  keyRecord,
  none,
  NOT_PROBED,
  policy,
  presented,
  seen,
} from './forecast-facts.ts';

/*
 * Every state that the facts about a domain with one mail host can be in, and what follows: the
 * first row that fits says it. A column lists states with `|`; `*` stands for any, `!` for any but.
 *
 * mx      what DNSSEC says of the MX answer
 * policy  absent, untold (whether there is one: the resolver cannot tell), testing, withdrawn (mode
 *         none), names or omits the host (enforce), unfetched
 * dane    usable, useless (secure, but of no use to SMTP), none, unsigned (the host's addresses),
 *         untold, error
 * probe   unseen, clear (no STARTTLS), or how the certificate verifies: both, dane, pkix, neither;
 *         then whether REQUIRETLS was + offered or - not
 */
const STATES = {
  mx: ['signed', 'unsigned', 'untold'],
  policy: ['absent', 'untold', 'testing', 'withdrawn', 'names', 'omits', 'unfetched'],
  dane: ['usable', 'useless', 'none', 'unsigned', 'untold', 'error'],
  probe: [
    'unseen',
    'clear',
    'both+',
    'dane+',
    'pkix+',
    'neither+',
    'both-',
    'dane-',
    'pkix-',
    'neither-',
  ],
} as const;

/** F2 and F3: the route to the host. */
const ROUTE = `
  mx        policy                    dane                   probe               route
  ---
  Nothing vouches for the name:
  unsigned  absent|testing|withdrawn  *                      *                   will fail
  unsigned  omits                     *                      *                   will fail
  *         omits                     useless|none|unsigned  *                   will fail
  The server encrypts nothing, and its address is believed:
  *         *                         !untold                clear               will fail
  DANE applies and fails, whatever the policy says:
  *         *                         usable                 pkix+|pkix-         will fail
  *         *                         usable                 neither+|neither-   will fail
  DANE does not apply, and PKIX fails:
  *         *                         useless|none|unsigned  dane+|dane-         will fail
  *         *                         useless|none|unsigned  neither+|neither-   will fail

  From here on nothing excludes the host. What nobody can tell:
  *         *                         error                  *                   unknown
  *         *                         untold                 clear               unknown
  unsigned  untold|unfetched          *                      *                   unknown
  untold    !names                    *                      *                   unknown
  DANE admits the host, and the policy does not:
  *         omits                     *                      *                   unknown
  *         names                     usable                 dane+|dane-         unknown
  PKIX fails, and DANE may help:
  *         *                         untold                 dane+|dane-         unknown
  *         *                         untold                 neither+|neither-   unknown

  From here on the name is vouched for. The certificate is promised, or was seen:
  *         *                         usable                 *                   promised
  *         names                     *                      *                   promised
  signed    *                         *                      both+|both-         promised
  signed    *                         *                      pkix+|pkix-         promised
  signed    *                         *                      unseen              unknown
`;

/** F4: whether the host offers REQUIRETLS, told only by a server whose certificate verified. */
const OFFER = `
  mx        policy                    dane                   probe               requireTls
  ---
  *         *                         *                      unseen|clear        unknown
  *         *                         error                  *                   unknown
  *         *                         usable                 both+|dane+         observed
  *         *                         usable                 both-|dane-         will fail
  *         *                         usable                 *                   unknown
  *         *                         *                      both+|pkix+         observed
  *         *                         *                      both-|pkix-         will fail
  *         *                         *                      *                   unknown
`;

type State = { readonly [Column in keyof typeof STATES]: (typeof STATES)[Column][number] };
type Row = { readonly cells: readonly string[]; readonly answer: string };

/** The rows of a table: lines with two blanks between four columns and an answer. */
function rowsOf(table: string): readonly Row[] {
  const [, body = ''] = table.split('---');
  return body.split('\n').flatMap((line) => {
    const cells = line.trim().split(/ {2,}/);
    const answer = cells.pop();
    return cells.length === 4 && answer !== undefined ? [{ cells, answer }] : [];
  });
}

function fits({ cells }: Row, state: State): boolean {
  const values = [state.mx, state.policy, state.dane, state.probe];
  return cells.every((cell, column) => {
    const value = values[column] ?? '';
    if (cell === '*') return true;
    return cell.startsWith('!') ? cell.slice(1) !== value : cell.split('|').includes(value);
  });
}

const ALL: readonly State[] = STATES.mx.flatMap((mx) =>
  STATES.policy.flatMap((each) =>
    STATES.dane.flatMap((dane) => STATES.probe.map((probe) => ({ mx, policy: each, dane, probe }))),
  ),
);

const HOST = 'mx.example.org';
const DNSSEC = { signed: 'secure', unsigned: 'insecure', untold: 'unknown' } as const;

function factsOf(state: State): DomainFacts {
  const facts = domainFacts({ hosts: [hostOf(state)] });
  const mx = found([{ preference: 10, exchange: HOST }], DNSSEC[state.mx]);
  return { ...facts, mx, mtaSts: mtaStsOf(state.policy) };
}

function mtaStsOf(state: State['policy']): MtaStsFacts {
  const announced = found(['v=STSv1; id=a1;'], 'insecure');
  switch (state) {
    case 'absent':
      return { record: none('insecure'), policy: { kind: 'none' } };
    case 'untold':
      return { record: none('unknown'), policy: { kind: 'none' } };
    case 'testing':
      return { record: announced, policy: policy('testing', [HOST]) };
    case 'withdrawn':
      return { record: announced, policy: policy('none') };
    case 'names':
      return { record: announced, policy: policy('enforce', [HOST]) };
    case 'omits':
      return { record: announced, policy: policy('enforce', ['other.example.org']) };
    case 'unfetched':
      return { record: announced, policy: { kind: 'failed', why: 'timed out', ageMs: 0 } };
  }
}

function hostOf({ dane, probe }: State): HostFacts {
  const probed = host(HOST, { probe: probeOf(probe) });
  switch (dane) {
    case 'usable':
      return { ...probed, tlsa: found([keyRecord()]) };
    case 'useless':
      return { ...probed, tlsa: found([{ ...keyRecord(), usage: 1 }]) };
    case 'none':
      return probed;
    case 'unsigned':
      return { ...probed, addresses: found(['192.0.2.1'], 'insecure'), tlsa: undefined };
    case 'untold':
      return { ...probed, addresses: found(['192.0.2.1'], 'unknown'), tlsa: undefined };
    case 'error':
      return { ...probed, tlsa: failed() };
  }
}

function probeOf(probe: State['probe']): ProbeFact {
  if (probe === 'unseen') return NOT_PROBED;
  if (probe === 'clear') return { kind: 'no STARTTLS', ageMs: 1000 };
  const byDane = probe.startsWith('both') || probe.startsWith('dane');
  const byPkix = probe.startsWith('both') || probe.startsWith('pkix');
  const certificates = presented({
    chain: [certificate(byDane ? 'own' : 'other'), certificate('issuer')],
    pkixFault: byPkix ? undefined : 'SELF_SIGNED_CERT_IN_CHAIN',
  });
  expect(matchesDane([keyRecord()], certificates, [])).toBe(byDane ? 'yes' : 'no');
  return seen(probe.endsWith('+'), certificates);
}

function answerOf(table: string, state: State): string {
  const row = rowsOf(table).find((each) => fits(each, state));
  expect(row, `a row for ${JSON.stringify(state)}`).toBeDefined();
  return row?.answer ?? '';
}

/** F6: the weaker of the two. */
function weaker(route: string, requireTls: string): string {
  if (route === 'will fail' || requireTls === 'will fail') return 'will fail';
  if (route === 'unknown') return 'unknown';
  return requireTls === 'observed' ? 'observed' : 'promised';
}

test('F2, F3, F4, F6: each state of a domain with one host has the verdict of the tables', () => {
  expect(ALL).toHaveLength(1260);
  for (const state of ALL) {
    const forecast = forecastFrom(factsOf(state));
    const route = answerOf(ROUTE, state);
    const requireTls = answerOf(OFFER, state);
    const verdict = weaker(route, requireTls);
    // An MX answer that cannot be believed may leave out the host that would do.
    const expected =
      state.mx === 'untold' && verdict === 'will fail'
        ? { verdict: 'unknown', route: 'unknown', requireTls: 'unknown' }
        : { verdict, route, requireTls };
    expect(forecast, JSON.stringify(state)).toMatchObject(expected);
  }
});

test('F2, F3, F4: each row of the tables decides something', () => {
  for (const table of [ROUTE, OFFER]) {
    const rows = rowsOf(table);
    expect(rows.length).toBeGreaterThan(7);
    const deciding = new Set(ALL.map((state) => rows.find((row) => fits(row, state))));
    expect(rows.filter((row) => !deciding.has(row))).toEqual([]);
  }
});

test('F6: each forecast gives a reason, and the first is one of those that decided', () => {
  const excluding = new Set<string>([
    'names not vouched for',
    'MTA-STS testing',
    'MTA-STS none',
    'host not in policy',
    'no STARTTLS',
    'DANE mismatch',
    'certificate not trusted',
    'REQUIRETLS not offered',
  ]);
  for (const state of ALL) {
    const { verdict, reasons } = forecastFrom(factsOf(state));
    const [first] = reasons.map(({ code }) => code);
    const about = `${JSON.stringify(state)} ${first}`;
    expect(first, about).toBeDefined();
    if (first === undefined) continue;
    expect(excluding.has(first), about).toBe(verdict === 'will fail');
    if (verdict === 'promised') expect(first, about).toBe('REQUIRETLS not seen');
    expect(first === 'REQUIRETLS seen', about).toBe(verdict === 'observed');
  }
});
