import type { RootRecipe } from './debian-root.ts';

const POSTFIX_PACKAGES = ['postfix', 'libsasl2-modules', 'libsasl2-modules-db', 'sasl2-bin'];

/**
 * Debian 12's Postfix, which knows nothing of REQUIRETLS, and a later one, which offers it. That
 * one comes with the next Debian, which still moves: 3.11 in November 2026; look again 2027-06.
 */
export const POSTFIX_ROOTS = {
  '3.7': { name: 'postfix-3.7', suite: 'bookworm', packages: POSTFIX_PACKAGES },
  '3.11': { name: 'postfix-3.11', suite: 'forky', packages: POSTFIX_PACKAGES },
} as const satisfies Record<string, RootRecipe>;

/** Debian 12's Exim, which knows nothing of REQUIRETLS. */
export const EXIM_ROOT: RootRecipe = {
  name: 'exim-4.96',
  suite: 'bookworm',
  packages: ['exim4-daemon-light'],
};

/** Debian 12's Dovecot, whose submission server hands mail on to one behind it and hides what that one offers. */
export const DOVECOT_ROOT: RootRecipe = {
  name: 'dovecot-2.3',
  suite: 'bookworm',
  packages: ['dovecot-submissiond'],
};

/** Debian 12's BIND 9.18 and Unbound 1.17: the name servers and the resolvers of `test/forecast/`. */
export const DNS_ROOT: RootRecipe = {
  name: 'bind-9.18-unbound-1.17',
  suite: 'bookworm',
  packages: ['bind9', 'bind9-utils', 'unbound'],
};
