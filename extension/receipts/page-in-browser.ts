import * as v from 'valibot';
import { PAGE_WELCOME } from '../../shared/control/handshake.ts';
import { fromBase64url } from '../base64url.ts';
import { controlRequest } from '../control-request.ts';
import { askSealed, type Channel, noAnswer } from '../sealed-channel.ts';
import { fetchedTexts } from './page-texts.ts';
import {
  ASK_LIMIT_MS,
  type PageAsk,
  type PageAsked,
  type PageSurroundings,
} from './page-surroundings.ts';

/** Of this tab alone, and forgotten with it; cookies are shared by all ports. */
const AGAIN = 'require-tls-page';

const TOKEN = /^[A-Za-z0-9_-]{16,128}$/;

/** The page in a browser asks with the key that it got for its one-time link. */
export async function inBrowser(): Promise<PageSurroundings> {
  const { language, text } = await fetchedTexts(navigator.languages);
  // Not in the browser's storage: a program that takes the port later could read it there.
  let session: Channel | undefined;
  return {
    language,
    text,
    async ask(question) {
      if (session === undefined) {
        const opened = await openedSession();
        if ('no' in opened) return opened;
        session = opened;
      }
      return await askedWith(session, question);
    },
    openSetup: undefined,
  };
}

async function askedWith<Ask extends PageAsk>(
  session: Channel,
  question: Parameters<typeof askSealed<Ask>>[1],
): Promise<PageAsked<Ask>> {
  const asked = await askSealed<Ask>(session, question, ASK_LIMIT_MS);
  const isOver = 'no' in asked && asked.no === 'refused' && asked.detail === 'unknown pairing';
  return isOver ? { no: 'spent', detail: asked.detail } : asked;
}

type NoSession = Extract<PageAsked<PageAsk>, { no: unknown }>;

/**
 * Exchanges the link's token, which stands in the address behind `#`, or the one that was got
 * with it in case the page is loaded anew.
 */
async function openedSession(): Promise<Channel | NoSession> {
  const linked = location.hash.slice(1);
  const token = TOKEN.test(linked) ? linked : (sessionStorage.getItem(AGAIN) ?? '');
  if (!TOKEN.test(token)) return { no: 'spent', detail: 'no link' };

  const until = AbortSignal.timeout(ASK_LIMIT_MS);
  const replied = await controlRequest(location.origin, '/v1/page', { token }, until);
  if (replied.kind !== 'said') {
    const no = noAnswer(replied);
    return no.no === 'refused' ? { no: 'spent', detail: no.detail } : no;
  }
  const welcome = v.safeParse(PAGE_WELCOME, replied.said);
  const key = welcome.success ? fromBase64url(welcome.output.key) : undefined;
  if (!welcome.success || key === undefined) return { no: 'not proved', detail: 'no welcome' };
  history.replaceState(null, '', location.pathname);
  sessionStorage.setItem(AGAIN, welcome.output.again);
  return { port: location.origin, pairing: welcome.output.session, key };
}
