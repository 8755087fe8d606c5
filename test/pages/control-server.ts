import { createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as v from 'valibot';
import { type Answer, type Question, SAID_QUESTION } from '../../shared/control/api.ts';
import { PAIRING_HELLO, PAIRING_PROOF } from '../../shared/control/handshake.ts';
import {
  KEY_ITERATIONS,
  KEY_OCTETS,
  keySalt,
  PAIRING_PROOF_TEXTS,
  PAIRING_TRIES,
  typedPairingCode,
} from '../../shared/control/pairing-code.ts';
import {
  answerProofText,
  questionProofText,
  SEALED_QUESTION,
} from '../../shared/control/sealed.ts';
import { listeningPort } from '../listening-port.ts';

type Ask = Question['ask'];

/** What it answers to each question; a function is asked each time. */
export type Answers = {
  readonly [A in Ask]?:
    | Answer<A>
    | ((question: Extract<Question, { ask: A }>) => Answer<A> | Promise<Answer<A>>)
    | { readonly failed: string };
};

/**
 * How it behaves.
 *
 * - `answers`: as the proxy does
 * - `hangs`: takes the request and says nothing, until it is closed
 * - `squats`: has not the key, and gives a proof of its own
 * - `forgot`: does not know the pairing any more
 */
export type Manner = 'answers' | 'hangs' | 'squats' | 'forgot';

export type ControlServer = AsyncDisposable & {
  readonly port: number;
  /** The pairing, as the extension stores it. */
  readonly stored: { readonly port: number; readonly pairing: string; readonly key: string };
  /** The questions that were proved, in order. */
  readonly asked: Question[];
  /** The bodies of all requests, as they came. */
  readonly heard: string[];
  /** The bodies of all its answers. */
  readonly said: string[];
  answers: Answers;
  manner: Manner;
  /** The code that pairs, three times or until it was right. */
  code: string | undefined;
};

const PAIRING = 'pairing-of-the-test';

/** The proxy's control port with scripted answers and real proofs (shared/control/sealed.ts). */
export async function controlServer(
  answers: Answers,
  manner: Manner = 'answers',
): Promise<ControlServer> {
  let key: Uint8Array = randomBytes(32);
  let pairing = PAIRING;
  let tries = PAIRING_TRIES;
  let salt = '';
  const heard: string[] = [];
  const spoken: string[] = [];
  const say = (response: ServerResponse, status: number, said: object): void => {
    const text = JSON.stringify(said);
    spoken.push(text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  const asked: Question[] = [];
  const http = createServer((request, response) => {
    void answerRequest(request, response).catch((cause: unknown) => {
      response.writeHead(500).end(String(cause));
    });
  });
  const answerRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await bodyOf(request);
    heard.push(text);
    const body: unknown = JSON.parse(text);
    if (scripted.manner === 'hangs') return;
    if (request.url === '/v1/challenge') {
      say(response, 200, { challenge: randomBytes(16).toString('base64url') });
      return;
    }
    if (request.url === '/v1/pair') {
      say(response, ...pair(body));
      return;
    }
    const sealed = v.parse(SEALED_QUESTION, body);
    if (scripted.manner === 'forgot' || sealed.pairing !== pairing) {
      say(response, 403, { refused: 'unknown pairing' });
      return;
    }
    const isProved = hmac(key, questionProofText(sealed.said)) === sealed.proof;
    if (!isProved && scripted.manner === 'answers') {
      say(response, 403, { refused: 'not proved' });
      return;
    }
    const { question } = v.parse(SAID_QUESTION, JSON.parse(sealed.said));
    asked.push(question);
    const said = JSON.stringify(await answerTo(question, scripted.answers));
    const hisKey = scripted.manner === 'squats' ? randomBytes(32) : key;
    say(response, 200, { said, proof: hmac(hisKey, answerProofText(sealed.proof, said)) });
  };
  const pair = (body: unknown): [number, object] => {
    if (scripted.code === undefined) return [403, { refused: 'no code is waiting' }];
    const said = v.parse(v.variant('step', [PAIRING_HELLO, PAIRING_PROOF]), body);
    if (said.step === 'hello') {
      const nonce = randomBytes(16).toString('base64url');
      pairing = randomBytes(16).toString('base64url');
      salt = keySalt(pairing, said.nonce, nonce);
      return [200, { pairing, nonce }];
    }
    const code = typedPairingCode(scripted.code) ?? '';
    const derived = pbkdf2Sync(code, salt, KEY_ITERATIONS, KEY_OCTETS, 'sha256');
    const isRight = hmac(derived, PAIRING_PROOF_TEXTS.extension) === said.proof;
    if (!isRight && scripted.manner === 'answers') {
      tries -= 1;
      if (tries === 0) scripted.code = undefined;
      return [403, { refused: 'wrong code', triesLeft: tries }];
    }
    key = derived;
    return [200, { proof: hmac(derived, PAIRING_PROOF_TEXTS.proxy) }];
  };
  const port = await listeningPort(http);
  const scripted: ControlServer = {
    port,
    stored: { port, pairing: PAIRING, key: Buffer.from(key).toString('base64url') },
    asked,
    heard,
    said: spoken,
    code: undefined,
    answers,
    manner,
    [Symbol.asyncDispose]: async () => {
      if (!http.listening) return;
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
  return scripted;
}

async function answerTo(question: Question, answers: Answers): Promise<object> {
  const scripted: unknown = answers[question.ask];
  if (scripted === undefined) return { failed: `Nothing is scripted for ${question.ask}` };
  const answer: unknown = typeof scripted === 'function' ? await scripted(question) : scripted;
  return typeof answer === 'object' && answer !== null && 'failed' in answer ? answer : { answer };
}

function hmac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}
