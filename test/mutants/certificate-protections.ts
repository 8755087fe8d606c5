import type { Mutant, Protection } from './protection.ts';

const PATHS = ['test/hostile/dane-paths.test.ts'];

function mutant(what: string, from: string, to: string, file = 'certificate-path.ts'): Mutant {
  return { what, edits: [{ file: `proxy/forecast/mail-server/${file}`, from, to }] };
}

/** What keeps DANE from vouching for what relays refuse. */
export const CERTIFICATE_PROTECTIONS: readonly Protection[] = [
  {
    name: 'certificates: an anchor vouches for paths that hold, and for no others',
    tests: PATHS,
    mutants: [
      mutant(
        'dates do not count',
        "if (now < Date.parse(validFrom) || now > Date.parse(validTo)) return 'no';",
        '',
      ),
      mutant('a server may issue', "if (!certificate.ca) return 'no';", ''),
      mutant(
        'who does not say that it is an authority is one',
        "if (constraints === undefined) return 'unknown';",
        "if (constraints === undefined) return 'yes';",
      ),
      mutant(
        'a path may be as long as it likes',
        "? 'yes' : 'no';\n}\n\nfunction valueOf",
        "? 'yes' : 'yes';\n}\n\nfunction valueOf",
      ),
      mutant(
        'any purpose will do',
        "includes(one)) ? 'unknown' : 'no'",
        "includes(one)) ? 'yes' : 'yes'",
      ),
      mutant(
        'a purpose that some take is one',
        "includes(one)) ? 'unknown' : 'no'",
        "includes(one)) ? 'yes' : 'no'",
      ),
      mutant(
        'a key for certificates is one for TLS',
        "(bits & FOR_TLS) !== 0 ? 'yes' : 'no'",
        "(bits & FOR_TLS) !== 0 ? 'yes' : 'yes'",
      ),
      mutant(
        'what is not known may be critical',
        ' && (!isCritical || MAY_BE_CRITICAL.has(id))',
        '',
      ),
      mutant('names that are excluded do not count', '!NOT_READ.has(id) && ', ''),
      mutant(
        'any signature will do',
        'STRONG_SIGNATURE.test(parts.signatureAlgorithm)',
        "parts.signatureAlgorithm !== ''",
      ),
      mutant(
        'any key on the path will do',
        ' && isStrong && hasStrongKey(certificate)',
        ' && isStrong',
      ),
      mutant(
        'any key of the server will do',
        "path.every(hasStrongKey) ? 'yes' : 'unknown'",
        "'yes'",
      ),
      mutant(
        'one that has expired is taken though it was renewed',
        'isOver(one, now) - isOver(other, now)',
        'isOver(one, now) - isOver(one, now)',
        'presented-certificates.ts',
      ),
    ],
  },
];
