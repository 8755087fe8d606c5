import type { ContenderName, Route } from './contenders.ts';
import type { Load } from './load.ts';

/** What is compared: the time for one message, or the messages in a time. */
export type Figure = 'latencyMs' | 'deliveredPerSecond';

/** How this proxy's figure must stand to another's. */
export type Target = { readonly to: ContenderName } & (
  { readonly atMost: number } | { readonly atLeast: number }
);

export type Measure = {
  readonly name: string;
  readonly route: Route;
  readonly load: Load;
  readonly figure: Figure;
  /** Whether each message is written in a compose window that the proxy knows of. */
  readonly composing?: boolean;
  /** Whether the others take part. A queue has no time for one message to be compared. */
  readonly withOthers: boolean;
  readonly targets: readonly Target[];
};

const LETTER = 5 * 1024;
const MB = 1_000_000;

/** What is promised; each is also in the project's issue on speed. */
export const PROMISED: readonly Measure[] = [
  ...(
    [
      ['starttls', 1, 0.85],
      ['starttls', 5, 0.68],
      ['implicit', 1, 0.83],
      ['implicit', 5, 0.58],
    ] as const
  ).map(([tls, recipients, atMost]): Measure => {
    const load = { ...oneByOne(8, LETTER), recipients };
    return { ...distant(tls, load), targets: [{ to: 'direct', atMost }] };
  }),
  ...(
    [
      ['starttls', 1, 0.32],
      ['starttls', 5, 0.24],
      ['implicit', 1, 0.38],
      ['implicit', 5, 0.28],
    ] as const
  ).map(([tls, recipients, atMost]): Measure => {
    const measure = distant(tls, { ...oneByOne(8, LETTER), recipients });
    const name = `${measure.name}, compose window open`;
    return { ...measure, name, composing: true, targets: [{ to: 'direct', atMost }] };
  }),
  {
    ...near('5 KB, reused connections, 32 at once', {
      ...oneByOne(4000, LETTER),
      atOnce: 32,
      connections: 'reused',
    }),
    targets: [{ to: 'direct', atLeast: 0.85 }],
  },
  {
    ...near('5 KB, new connections, 8 at once', { ...oneByOne(400, LETTER), atOnce: 8 }),
    withOthers: true,
    targets: [
      { to: 'direct', atLeast: 0.8 },
      { to: 'Postfix', atLeast: 1 },
    ],
  },
  { ...near('50 MB', oneByOne(4, 50 * MB)), targets: [{ to: 'direct', atLeast: 0.4 }] },
];

/** Every axis, for whoever wants to know more than whether the promises are kept. */
export const FURTHER: readonly Measure[] = [
  ...(['starttls', 'implicit'] as const).flatMap((tls) =>
    [1, 5].map((recipients): Measure => {
      const load = { ...oneByOne(16, LETTER), recipients, connections: 'reused' } as const;
      return { ...distant(tls, load), targets: [] };
    }),
  ),
  ...(['starttls', 'implicit'] as const).map((tls): Measure => {
    return { ...distant(tls, oneByOne(4, MB)), targets: [] };
  }),
  ...(['starttls', 'implicit'] as const).flatMap((tls) =>
    (['new', 'reused'] as const).flatMap((connections) =>
      [1, 5].map((recipients): Measure => {
        const load = { ...oneByOne(100, LETTER), recipients, connections };
        const name = `5 KB, ${connections} connections, ${recipientsInWords(recipients)}`;
        return { ...near(name, load, tls), figure: 'latencyMs', targets: [] };
      }),
    ),
  ),
  {
    ...near(
      '5 KB, new connections, 8 at once',
      { ...oneByOne(400, LETTER), atOnce: 8 },
      'implicit',
    ),
    withOthers: true,
    targets: [],
  },
  { ...near('1 MB', oneByOne(40, MB)), withOthers: true, targets: [] },
  { ...near('50 MB', oneByOne(2, 50 * MB), 'implicit'), withOthers: true, targets: [] },
  {
    ...near('5 KB, Require TLS, reused connections, 32 at once', {
      ...oneByOne(4000, LETTER),
      atOnce: 32,
      connections: 'reused',
      letter: { octets: LETTER, fields: 'X-TLS-Required: Yes\r\n' },
    }),
    targets: [],
  },
];

export function oneByOne(messages: number, octets: number): Load {
  return { messages, atOnce: 1, connections: 'new', recipients: 1, letter: { octets } };
}

/** Over a wire of 50 ms, where the round trips decide. */
function distant(tls: Route['tls'], load: Load): Omit<Measure, 'targets'> {
  const size = load.letter.octets >= MB ? `${load.letter.octets / MB} MB` : '5 KB';
  const name = `${size}, ${load.connections} connection, ${recipientsInWords(load.recipients)}`;
  return { name, route: { tls, roundTripMs: 50 }, load, figure: 'latencyMs', withOthers: false };
}

/** On this machine, where the work decides. */
function near(name: string, load: Load, tls: Route['tls'] = 'starttls'): Omit<Measure, 'targets'> {
  const route = { tls, roundTripMs: 0 };
  return { name, route, load, figure: 'deliveredPerSecond', withOthers: false };
}

function recipientsInWords(recipients: number): string {
  return recipients === 1 ? '1 recipient' : `${recipients} recipients`;
}
