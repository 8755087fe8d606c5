/**
 * The beginning of a command line whose process has mount and process namespaces of its own.
 *
 * No mount that it makes is seen outside or left behind. It ends when this process does,
 * whatever ends this one, and takes with it all that it has started: it is process 1 of its
 * namespace, as long as it does not change its user, for then the kernel forgets to end it.
 */
export const IN_NAMESPACES = [
  'setpriv',
  '--pdeathsig',
  'KILL',
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
] as const;
