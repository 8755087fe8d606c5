import type { Answer } from 'dns-packet';
import type { ForecastCase } from './forecast-case.ts';
import type { Asked } from './lying-resolver.ts';
import type { ForecastWorld } from './world.ts';

const NOT_VALIDATING = { resolver: (world: ForecastWorld) => world.plain } as const;
const BELIEVING = { validator: 'none' } as const;
const NEARBY = { resolver: (world: ForecastWorld) => world.validating } as const;

/** Who is asked, and who validates. */
export const RESOLVER_CASES: readonly ForecastCase[] = [
  {
    domain: 'dane.signed.example',
    has: 'A resolver on this computer says it has validated',
    ...BELIEVING,
    ...NEARBY,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver over TLS says it has validated',
    ...BELIEVING,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver over HTTPS says it has validated',
    ...BELIEVING,
    resolver: (world) => world.doh,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver over HTTPS whose certificate is that of another',
    resolver: (world) => world.impostor,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver over HTTPS that knows only HTTP/2 says it has validated',
    ...BELIEVING,
    resolver: (world) => world.http2,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that does not validate; validation here',
    ...NOT_VALIDATING,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that does not validate; `delv` validates here',
    ...NOT_VALIDATING,
    validator: 'delv',
  },
  {
    domain: 'mail.expired.example',
    has: 'A resolver that does not validate; `delv` validates here, with signatures of yesterday',
    ...NOT_VALIDATING,
    validator: 'delv',
  },
  {
    domain: 'plain.unsigned.example',
    has: 'A resolver that does not validate; `delv` proves here that nothing is signed',
    ...NOT_VALIDATING,
    validator: 'delv',
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that does not validate; no validation here',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'plain.unsigned.example',
    has: 'A resolver that does not validate; nobody can say that nothing is signed',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'null-mx.unsigned.example',
    has: 'A resolver that does not validate; a null MX that anybody could have made up',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'enforced.unsigned.example',
    has: 'A resolver that does not validate; MTA-STS enforced, which needs no DNSSEC',
    ...NOT_VALIDATING,
    ...BELIEVING,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver whose word that it has validated is lost on the way',
    ...BELIEVING,
    resolver: liar({ stripsAuthenticData: true }),
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that drops signatures',
    resolver: liar({ stripsSignatures: true }),
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver elsewhere, asked in clear, says it has validated; no validation here',
    ...BELIEVING,
    resolver: liar({ isElsewhere: true }),
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver elsewhere, asked in clear; validation here',
    resolver: liar({ isElsewhere: true }),
  },
  {
    domain: 'plain.unsigned.example',
    has: 'A resolver elsewhere, asked in clear; validation here finds nothing signed',
    resolver: liar({ isElsewhere: true }),
  },
  {
    domain: 'enforced.unsigned.example',
    has: 'A resolver elsewhere, asked in clear; somebody on the way makes a null MX of the answer, beside MTA-STS enforced',
    resolver: liar({ isElsewhere: true, answers: forgedMx(0, '.') }),
  },
  {
    domain: 'enforced.unsigned.example',
    has: 'A resolver elsewhere, asked in clear; somebody on the way names another mail server, beside MTA-STS enforced',
    resolver: liar({ isElsewhere: true, answers: forgedMx(10, 'second-mx.unsigned.example') }),
  },
  {
    domain: 'enforced.unsigned.example',
    has: 'A resolver elsewhere, asked in clear; somebody on the way names a mail server without REQUIRETLS, beside MTA-STS enforced; with `--probe`',
    probe: true,
    resolver: liar({ isElsewhere: true, answers: forgedMx(10, 'quiet-mx.unsigned.example') }),
  },
  {
    domain: 'plain.unsigned.example',
    has: 'A resolver on this computer finds nothing signed, and may have asked in clear',
    ...BELIEVING,
    ...NEARBY,
  },
  {
    domain: 'enforced.unsigned.example',
    has: 'A resolver on this computer that validates; somebody behind it makes up a null MX, beside MTA-STS enforced',
    ...BELIEVING,
    resolver: liar({ answers: forgedMx(0, '.') }),
  },
  {
    domain: 'enforced.unsigned.example',
    has: 'The same, and validation here finds that the null MX is not signed',
    resolver: liar({ answers: forgedMx(0, '.') }),
  },
  {
    domain: 'mail.bogus.example',
    has: 'A resolver that says it has validated what is bogus; validation here',
    resolver: async (world) =>
      (await world.lying({ setsAuthenticData: true }, world.plain)).address,
  },
  {
    domain: 'mail.bogus.example',
    has: 'A resolver on this computer refuses it as bogus',
    ...BELIEVING,
    ...NEARBY,
  },
  {
    domain: 'dane.signed.example',
    has: 'A resolver that never answers',
    resolver: liar({ answers: () => 'nothing' }),
  },
  { domain: 'localhost', has: 'No domain' },
  {
    domain: '[192.0.2.1]',
    has: 'An address in brackets, for which there are neither MX nor MTA-STS',
  },
];

function liar(lies: Parameters<ForecastWorld['lying']>[0]) {
  return async (world: ForecastWorld) => (await world.lying(lies)).address;
}

/** One MX record to every question for them. */
function forgedMx(preference: number, exchange: string) {
  return ({ name, type }: Asked): readonly Answer[] | undefined =>
    type === 'MX' ? [{ name, type, ttl: 300, data: { preference, exchange } }] : undefined;
}
