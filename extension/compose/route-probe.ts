import browser from 'webextension-polyfill';
import { PROBE_NAME, PROBE_SUBJECT, probeBody } from '../../shared/control/probe.ts';
import type { Identity, Route } from '../../shared/control/route.ts';
import { askProxy } from '../proxy-client.ts';
import type { Asked } from '../sealed-channel.ts';
import { thunderbird } from '../thunderbird.ts';
import { withinTime } from '../time-limit.ts';
import type { SendingIdentity } from './sending-identity.ts';

/** What the person may allow on the set-up page: sending probes, and deleting stray ones. */
export const PROBE_PERMISSIONS = ['messages.send', 'messagesDelete'] as const;

const KEY = 'probes';
const KEPT_PROBES = 20;

export async function mayProbe(): Promise<boolean> {
  return await thunderbird.permissions.contains({ permissions: [...PROBE_PERMISSIONS] });
}

/**
 * Finds out where an identity's mail goes by sending a probe to its own address, which the proxy
 * swallows when it comes by.
 *
 * @param until when the answer comes too late, on the clock of `performance.now()`
 */
export async function probedRoute(
  identity: SendingIdentity,
  until: number,
): Promise<Asked<'probed'>> {
  const leftMs = (): number => Math.max(1, until - performance.now());
  const asked = identityOnly(identity);
  const issued = await askProxy({ ask: 'probe', identity: asked }, leftMs());
  if ('no' in issued) return issued;
  const { nonce } = issued.answer;

  await noteProbe(nonce);
  try {
    await withinTime(leftMs(), sendProbe(identity, nonce));
  } catch (cause) {
    // A server that refuses it, or a password that is asked for: then the proxy has not seen it.
    console.info('The probe did not leave', cause);
    return { answer: { route: NOT_SEEN } };
  }
  return await askProxy({ ask: 'probed', nonce }, leftMs());
}

const NOT_SEEN: Route = { kind: 'unknown', why: 'probe not seen' };

function identityOnly({ id, address }: Identity): Identity {
  return { id, address };
}

async function sendProbe(
  { id, address, composesHtml }: SendingIdentity,
  nonce: string,
): Promise<void> {
  const body = probeBody(nonce);
  await thunderbird.messages.sendMessage(
    {
      identityId: id,
      to: [address],
      subject: PROBE_SUBJECT,
      // Thunderbird takes plain text for HTML where an identity composes in HTML, and joins its
      // lines (153; look again 2027-06).
      ...(composesHtml
        ? { isPlainText: false, body: asHtml(body), deliveryFormat: 'plaintext' }
        : { isPlainText: true, plainTextBody: body }),
      customHeaders: [{ name: PROBE_NAME, value: nonce }],
      overrideDefaultFccFolder: '',
    },
    { mode: 'sendNow' },
  );
}

function asHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<html><body>${escaped.replaceAll('\r\n', '<br>')}</body></html>`;
}

/** Called for new mail: deletes probes that went through another server and came back. */
export async function deleteStrayProbes(
  _folder: unknown,
  { messages }: messenger.messages.MessageList,
): Promise<void> {
  const suspected = messages.filter(({ subject }) => subject === PROBE_SUBJECT);
  if (suspected.length === 0 || !(await mayProbe())) return;
  const ours = await probesSent();
  for (const { id } of suspected) {
    const headers = await thunderbird.messages.getHeaders(id, { decodeHeaders: false });
    const nonces = headers[PROBE_NAME.toLowerCase()] ?? [];
    // Only what this extension sent: nobody else may have mail deleted here.
    if (nonces.length > 0 && nonces.every((nonce) => ours.includes(nonce.trim()))) {
      await thunderbird.messages.delete([id], { deletePermanently: true });
    }
  }
}

async function noteProbe(nonce: string): Promise<void> {
  await navigator.locks.request(KEY, async () => {
    const kept = [...(await probesSent()), nonce].slice(-KEPT_PROBES);
    await browser.storage.local.set({ [KEY]: kept });
  });
}

async function probesSent(): Promise<readonly string[]> {
  const { [KEY]: stored } = await browser.storage.local.get(KEY);
  return Array.isArray(stored) ? stored.filter((nonce) => typeof nonce === 'string') : [];
}
