import * as v from 'valibot';
import { REFUSAL, type Refusal } from '../shared/control/refusal.ts';

/** Receipts come in parts that are smaller; nothing else comes near. */
const ANSWER_LIMIT_OCTETS = 4 * 1024 * 1024;

/** The detail of `none` where the time ran out. */
export const TOO_SLOW = 'too slow';

/** What came back from whatever program has the proxy's port. */
export type Heard =
  | { readonly kind: 'said'; readonly said: unknown }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** An answer such as the proxy never gives. */
  | { readonly kind: 'strange'; readonly detail: string }
  /** Nobody listens, or nobody answers in time. */
  | { readonly kind: 'none'; readonly detail: string };

/** A port of 127.0.0.1; or the whole origin, for a page that the proxy itself has served. */
export type WhereAsked = number | string;

/**
 * Posts JSON to the proxy's control port. What is answered is not believed yet: any program may
 * have taken the port while the proxy was not running.
 *
 * @param path  as shared/control/api.ts has it, beginning with `/v1/`
 * @param until when nobody waits any longer
 */
export async function controlRequest(
  where: WhereAsked,
  path: string,
  body: unknown,
  until: AbortSignal,
): Promise<Heard> {
  const origin = typeof where === 'number' ? `http://127.0.0.1:${where}` : where;
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: until,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
    text = await boundedBody(response);
  } catch (cause) {
    return { kind: 'none', detail: until.aborted ? TOO_SLOW : String(cause) };
  }
  const said = text === undefined ? undefined : parsedJson(text);
  if (said === undefined) return { kind: 'strange', detail: `not JSON: status ${response.status}` };
  if (response.ok) return { kind: 'said', said };

  const refusal = v.safeParse(REFUSAL, said);
  return refusal.success
    ? { kind: 'refused', refusal: refusal.output }
    : { kind: 'strange', detail: `status ${response.status}` };
}

/** Undefined when it is too large. */
async function boundedBody(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  let octets = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    octets += value.length;
    if (octets > ANSWER_LIMIT_OCTETS) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Undefined when it is no JSON: whoever wrote it is not the proxy. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
