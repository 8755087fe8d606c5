import * as v from 'valibot';
import browser from 'webextension-polyfill';
import { KEY_OCTETS } from '../shared/control/pairing-code.ts';
import { fromBase64url, toBase64url } from './base64url.ts';
import type { Pairing } from './sealed-channel.ts';

const KEY = 'pairing';

const STORED = v.strictObject({
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  pairing: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  key: v.pipe(v.string(), v.maxLength(100)),
});

/** The pairing with the proxy, if there is one. What is not surely one is none. */
export async function storedPairing(): Promise<Pairing | undefined> {
  const { [KEY]: stored } = await browser.storage.local.get(KEY);
  return parsePairing(stored);
}

function parsePairing(stored: unknown): Pairing | undefined {
  const parsed = v.safeParse(STORED, stored);
  if (!parsed.success) return undefined;
  const key = fromBase64url(parsed.output.key);
  return key?.length === KEY_OCTETS ? { ...parsed.output, key } : undefined;
}

export async function storePairing({ port, pairing, key }: Pairing): Promise<void> {
  await browser.storage.local.set({ [KEY]: { port, pairing, key: toBase64url(key) } });
}

export async function forgetPairing(): Promise<void> {
  await browser.storage.local.remove(KEY);
}
