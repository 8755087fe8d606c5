import type { Fault } from './hostile-server.ts';

/** Stands in whatever a fault says that is not right; it may not come out of the proxy as a fact. */
export const EVIL = 'EVIL';

const DRIP_MS = 10;

/** Says it again and again until the connection is gone. */
function dripping(piece: (at: number) => string): Fault {
  return {
    goesOn: false,
    does({ socket }) {
      let at = 0;
      const timer = setInterval(() => socket.write(piece(at++), 'latin1'), DRIP_MS);
      socket.once('close', () => clearInterval(timer));
    },
  };
}

/** Says something else in place of the right reply, of the same code. */
function saying(wrong: (code: string) => string): Fault {
  return {
    goesOn: true,
    does({ socket, right }) {
      const code = right === '' ? '250' : right.slice(0, 3);
      socket.write(wrong(code), 'latin1');
    },
  };
}

const MANY_LINES = 100_000;

/** What goes wrong in any state. Each by what it is called in a test that fails. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'says nothing': { goesOn: false, does: () => undefined },
  'resets the connection': { goesOn: false, does: ({ tcp }) => void tcp.resetAndDestroy() },
  'ends the connection': { goesOn: false, does: ({ socket }) => void socket.end() },
  'ends the connection inside a reply': {
    goesOn: false,
    does: ({ socket, right }) => void socket.end(right.slice(0, -2)),
  },
  'says what is no reply': saying(() => `${EVIL} \xff\x01 !\r\n`),
  'drips a line without end': dripping((at) => (at === 0 ? '250 ' : 'x')),
  'drips lines without end': dripping(() => `250-${EVIL}\r\n`),
  'drips empty lines': dripping(() => '\r\n'),
  'sends a line of 8 MB': saying((code) => `${code} ${EVIL.repeat(2 * 1024 * 1024)}\r\n`),
  'sends many lines': saying((code) => `${code}-${EVIL}\r\n`.repeat(MANY_LINES)),
  'sends a NUL in a reply': saying((code) => `${code} ${EVIL}\0\r\n`),
  'sends an ESC in a reply': saying((code) => `${code} \x1b[2J${EVIL}\r\n`),
  'sends a bare CR in a reply': saying((code) => `${code} Ok\r${code} ${EVIL}\r\n`),
  'sends a code of two digits': saying((code) => `${code.slice(0, 2)}\r\n`),
  'sends a code that is none': saying((code) => `${code.slice(0, 1)}!! ${EVIL}\r\n`),
  'sends a code of four digits': saying((code) => `${code}0 ${EVIL}\r\n`),
  'sends no blank behind the code': saying((code) => `${code}${EVIL}\r\n`),
  'sends two codes in a reply': saying((code) => `${code}-${EVIL}\r\n${Number(code) + 1} Ok\r\n`),
  'ends a line with LF alone': saying((code) => `${code} ${EVIL}\n`),
  'says the replies to come as well': {
    goesOn: false,
    does: ({ socket, right, following }) => void socket.write(right + following),
  },
};
