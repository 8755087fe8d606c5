import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { HttpBindings } from '@hono/node-server';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { PAGE_HELLO, PAIRING_HELLO, PAIRING_PROOF } from '../../shared/control/handshake.ts';
import { SEALED_QUESTION } from '../../shared/control/sealed.ts';
import { Challenges } from './challenge.ts';
import type { PageFiles } from './page-files.ts';
import type { PageSessions } from './page-sessions.ts';
import type { PairedProfiles } from './paired-profiles.ts';
import type { Pairing } from './pairing.ts';
import type { Questions, Where } from './questions.ts';
import type { RefusalLog } from './refusal-log.ts';
import { jsonAnswer, ANSWER_HEADERS, refused, type RefusalKind } from './refused.ts';
import { isOwnUsers } from './peer-user.ts';
import { originOf } from './request-door.ts';
import { SealedQuestions } from './sealed-questions.ts';

const MAX_BODY_OCTETS = 64 * 1024;

/** What the paths of shared/control/api.ts lead to. */
export type ControlDesk = {
  readonly questions: Questions;
  readonly profiles: PairedProfiles;
  readonly pairing: Pairing;
  readonly pages: PageSessions;
  readonly files: PageFiles;
  readonly log: Logger;
};

type Env = { Bindings: HttpBindings };

/** Answers requests that passed the door (request-door.ts). */
export function controlApp(desk: ControlDesk, refusals: RefusalLog, where: Where): Hono<Env> {
  const { pairing, pages, files, log } = desk;
  const refuse = (kind: RefusalKind, triesLeft?: number) => {
    refusals.note(kind);
    return refused(kind, triesLeft);
  };
  const challenges = new Challenges();
  const sealedQuestions = new SealedQuestions({ ...desk, challenges, where });
  const app = new Hono<Env>();

  app.post('*', bodyLimit({ maxSize: MAX_BODY_OCTETS, onError: () => refuse('too large') }));

  app.post('/v1/challenge', async (c) => {
    if ((await bodyOf(c, v.strictObject({}))) === undefined) return refuse('malformed');
    return jsonAnswer({ challenge: challenges.give() });
  });

  app.post('/v1/ask', async (c) => {
    const sealed = await bodyOf(c, SEALED_QUESTION);
    if (sealed === undefined) return refuse('malformed');
    const outcome = await sealedQuestions.answer(sealed, originOf(c.env.incoming), ownOrigin(c));
    return outcome.kind === 'answered' ? jsonAnswer(outcome.sealed) : refuse(outcome.why);
  });

  app.post('/v1/pair', async (c) => {
    const said = await bodyOf(c, v.variant('step', [PAIRING_HELLO, PAIRING_PROOF]));
    if (said === undefined) return refuse('malformed');
    const from = originOf(c.env.incoming);
    if (from === ownOrigin(c)) return refuse('foreign origin');
    if (said.step === 'hello') {
      const welcome = pairing.welcome(said, from);
      return welcome === undefined ? refuse('no code is waiting') : jsonAnswer(welcome);
    }
    const outcome = await pairing.prove(said, from);
    switch (outcome.kind) {
      case 'paired':
        log.info({ event: 'paired' });
        return jsonAnswer({ proof: outcome.proof });
      case 'wrong code':
        return refuse('wrong code', outcome.triesLeft);
      case 'no code is waiting':
      case 'unknown pairing':
        return refuse(outcome.kind);
    }
  });

  app.post('/v1/page', async (c) => {
    const hello = await bodyOf(c, PAGE_HELLO);
    if (hello === undefined) return refuse('malformed');
    const own = ownOrigin(c);
    if (originOf(c.env.incoming) !== own) return refuse('foreign origin');
    // Not spent by another user who has read it in the list of processes.
    if (!(await isOwnUsers(c.env.incoming.socket))) return refuse('not allowed');
    const session = pages.open(hello.token, own);
    return session === undefined ? refuse('link spent') : jsonAnswer(session);
  });

  app.get('*', async (c) => {
    const file = await files.get(c.req.path);
    if (file === undefined) return refuse('no such question');
    return new Response(file.content, { headers: { ...ANSWER_HEADERS, ...file.headers } });
  });

  app.notFound(() => refuse('no such question'));
  app.onError((error, c) => {
    // Who was too slow with his body has heard it from the server, and who left hears nothing.
    if (!c.env.incoming.complete) return refused('too slow');
    refusals.note('fault', error);
    return refused('fault');
  });
  return app;
}

/** Of the name by which it was asked, which the door has seen to be one of ours. */
function ownOrigin(c: Context<Env>): string {
  return `http://${c.env.incoming.headers.host}`;
}

/** Undefined when it is not as the schema has it. */
async function bodyOf<Schema extends v.GenericSchema>(
  c: Context<Env>,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  const text = await c.req.text();
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return undefined; // valibot takes [] for an object without keys
    const checked = v.safeParse(schema, parsed);
    return checked.success ? checked.output : undefined;
  } catch {
    return undefined; // no JSON
  }
}
