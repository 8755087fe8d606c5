import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { CHALLENGE, type Answer, type Question } from '../../shared/control/api.ts';
import { REFUSAL } from '../../shared/control/refusal.ts';
import {
  answerProofText,
  openedAnswer,
  questionProofText,
  SEALED_ANSWER,
} from '../../shared/control/sealed.ts';
import type { ListenAddress } from '../listen-address.ts';
import { StateFolderUnfit } from '../state-folder.ts';
import { readKeyFile } from './key-file.ts';
import { COMMAND_LINE } from './paired-profiles.ts';
import { isProofOf, proofOf } from './proof.ts';

const LIMIT_MS = 10_000;
const MAX_ANSWER_OCTETS = 4 * 1024 * 1024;

/** Why the running proxy gave no answer; the message is a sentence with the cure. */
export class NoProxyAnswer extends Error {
  override readonly name = 'NoProxyAnswer';
}

/** Where the running proxy is asked, and where the key to ask with lies. */
export type ProxyToAsk = {
  readonly control: ListenAddress;
  readonly stateFolder: string;
};

/**
 * Asks the running proxy as a command on this computer. Nothing is believed that is not proved
 * with the key of the state folder: another program may have taken the port.
 *
 * It does not ask again, as the extension does, after a proxy that was started anew in between: no
 * message waits, and a command is typed again.
 *
 * @throws NoProxyAnswer
 */
export async function askRunningProxy<Ask extends Question['ask']>(
  proxy: ProxyToAsk,
  question: Extract<Question, { ask: Ask }>,
): Promise<Answer<Ask>> {
  const key = await commandLineKey(proxy);
  const challenged = v.safeParse(CHALLENGE, await post(proxy, '/v1/challenge', {}));
  if (!challenged.success) throw otherProgram(proxy);

  const nonce = randomBytes(16).toString('base64url');
  const said = JSON.stringify({ ...challenged.output, nonce, question });
  const proof = proofOf(key, questionProofText(said));
  const sealed = { pairing: COMMAND_LINE, said, proof };
  const answered = v.safeParse(SEALED_ANSWER, await post(proxy, '/v1/ask', sealed));
  if (!answered.success) throw otherProgram(proxy);
  const { said: text, proof: theirs } = answered.output;
  if (!isProofOf(key, answerProofText(proof, text), theirs)) throw otherProgram(proxy);
  return opened(question.ask, text);
}

/** Reads an answer that is proved. */
function opened<Ask extends Question['ask']>(ask: Ask, text: string): Answer<Ask> {
  const answer = openedAnswer(ask, text);
  switch (answer.kind) {
    case 'answered':
      return answer.answer;
    case 'failed':
      throw new NoProxyAnswer(answer.reason);
    case 'strange':
      throw new NoProxyAnswer(
        'the running proxy is of another version than this command. Start it anew.',
      );
  }
}

async function commandLineKey({ stateFolder }: ProxyToAsk): Promise<Uint8Array> {
  try {
    const content = await readKeyFile(stateFolder);
    if (content !== undefined) return content.commandLine;
  } catch (error) {
    if (!(error instanceof StateFolderUnfit)) throw error;
    throw new NoProxyAnswer(`the state folder ${stateFolder}: ${error.message}`);
  }
  throw new NoProxyAnswer(
    `no proxy with a control API was started with the state folder ${stateFolder} yet, or its control.json was removed since. Start it, or start it anew (requiretls run), or name its folder with --state.`,
  );
}

async function post(proxy: ProxyToAsk, path: string, body: unknown): Promise<unknown> {
  const { host, port } = proxy.control;
  const name = host.includes(':') ? `[${host}]` : host;
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(`http://${name}:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    text = await boundedText(response);
  } catch (cause) {
    throw noAnswer(proxy, cause);
  }
  const said = text === undefined ? undefined : parsedJson(text);
  if (response.ok) return said;
  const refusal = v.safeParse(REFUSAL, said);
  if (!refusal.success) throw otherProgram(proxy);
  throw keyDoesNotFit(proxy, refusal.output.refused);
}

/** Undefined when there is more than a proxy says. */
async function boundedText({ body }: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let octets = 0;
  for await (const part of body ?? []) {
    octets += part.length;
    if (octets > MAX_ANSWER_OCTETS) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsedJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined; // whoever said it is not our proxy
  }
}

function addressOf({ control }: ProxyToAsk): string {
  return `${control.name}:${control.port}`;
}

function noAnswer(proxy: ProxyToAsk, cause: unknown): NoProxyAnswer {
  const { cause: reason }: { cause?: unknown } = Object(cause);
  const { code }: { code?: unknown } = Object(reason);
  return new NoProxyAnswer(
    code === 'ECONNREFUSED'
      ? `no proxy is running at ${addressOf(proxy)}. Start it (requiretls run), or say with --control where it is asked.`
      : `who listens at ${addressOf(proxy)} does not answer as the proxy does, or not in time. Say with --control where the proxy is asked.`,
    { cause },
  );
}

function otherProgram(proxy: ProxyToAsk): NoProxyAnswer {
  return new NoProxyAnswer(
    `another program listens at ${addressOf(proxy)}; what it says is not believed. Start the proxy at another port with --control, and say so here and in Thunderbird.`,
  );
}

/** What a refusal says is not proved: it may come from another program as well. */
function keyDoesNotFit(proxy: ProxyToAsk, refused: string): NoProxyAnswer {
  return new NoProxyAnswer(
    `who listens at ${addressOf(proxy)} does not accept the key in ${proxy.stateFolder} (${refused}). It is a proxy with another state folder, which --state can name, or another program.`,
  );
}
