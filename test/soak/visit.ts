import { MailProgram, type Way } from '../bench/mail-program.ts';
import type { Fate, PlannedMessage } from './planned-visit.ts';

const SENDER = 'ada@example.org';

/**
 * They may be refused when the server has begun to take the message already. Then only a closed
 * session keeps it from being delivered, and the mail program connects again, as they all do.
 */
const MAY_COST_THE_SESSION: readonly Fate[] = ['a recipient is refused', 'it has a bare line feed'];

/**
 * Connects, sends the messages one after the other, and quits; or vanishes, where that is
 * planned.
 *
 * @returns the messages that were begun
 * @throws Error when the proxy answers something else than it should
 */
export async function visit(
  way: Way,
  messages: readonly PlannedMessage[],
): Promise<readonly PlannedMessage[]> {
  let program = await MailProgram.connected(way);
  const begun: PlannedMessage[] = [];
  try {
    for (const message of messages) {
      const previous = begun.at(-1);
      if (previous !== undefined && MAY_COST_THE_SESSION.includes(previous.fate)) {
        program.quit();
        program = await MailProgram.connected(way);
      }
      begun.push(message);
      const isThere = await send(program, message);
      if (!isThere) return begun;
    }
    program.quit();
    return begun;
  } finally {
    program.vanishUnlessQuit();
  }
}

/** @returns whether the mail program is still there afterwards */
async function send(program: MailProgram, message: PlannedMessage): Promise<boolean> {
  const { fate, wire, recipients } = message;
  await program.beginData({ mail: SENDER, recipients });
  switch (fate) {
    case 'its mail program vanishes in the message':
      await program.write(wire.subarray(0, wire.length / 2));
      return false;
    case 'its mail program vanishes after the final dot':
      await program.write(wire);
      await program.finish('.\r\n');
      return false;
    case 'relayed':
    case 'a recipient is refused':
    case 'its marker is unclear':
    case 'it has a bare line feed':
      await program.write(wire);
      await program.say('.', REPLIES[fate]);
      return true;
  }
}

const REPLIES = {
  relayed: '250',
  'a recipient is refused': '550',
  'its marker is unclear': '554',
  'it has a bare line feed': '554',
} as const satisfies Partial<Record<Fate, string>>;
