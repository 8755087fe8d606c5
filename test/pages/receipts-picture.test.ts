import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ReceiptEvent } from '../../shared/submission/receipt.ts';
import { answered, offered, proxyWithPage } from './receipts-in-browser.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../dist/pictures');

const SIZE = { width: 960, height: 880 } as const;

const TEXT = 'Ok: queued as 4Ct8Yz2LQlz9vN3';

const ALICE = {
  sender: 'alice@moreau.example',
  server: 'smtp.moreau.example',
  tls: {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    fingerprint:
      '7C:1E:5B:0F:93:D2:44:A8:6E:BB:21:90:3D:F7:58:C4:0A:E6:72:1D:95:4B:38:CF:A1:60:8E:27:D3:5C:F9:14',
  },
} as const;

const NORMAL = { requirement: 'default', adding: 'nothing', by: undefined } as const;

/** A morning's messages. */
const MORNING: readonly ReceiptEvent[] = [
  offered('m1', {
    ...ALICE,
    ...NORMAL,
    time: '2026-11-20T07:58:12.000Z',
    domains: ['post.example'],
  }),
  answered('m1', 'relayed', { text: TEXT, time: '2026-11-20T07:58:13.000Z' }),
  offered('m2', {
    ...ALICE,
    time: '2026-11-20T08:21:40.000Z',
    domains: ['hartmann-notary.example'],
    messageId: '<8f0c2b1e-57d4@moreau.example>',
  }),
  answered('m2', 'relayed', { text: TEXT, time: '2026-11-20T08:21:41.000Z' }),
  offered('m3', {
    ...ALICE,
    requirement: 'optional',
    adding: 'TLS-Required: No',
    time: '2026-11-20T08:47:03.000Z',
    recipients: 3,
    domains: ['choir.example', 'school.example'],
  }),
  answered('m3', 'relayed', { text: TEXT, time: '2026-11-20T08:47:04.000Z' }),
  {
    ...offered('m4', {
      ...ALICE,
      sender: 'a.moreau@museum.example',
      server: 'mail.museum.example',
      time: '2026-11-20T09:05:55.000Z',
      domains: ['hartmann-notary.example'],
      requireTlsOffered: false,
    }),
    adding: undefined,
    event: 'refused',
    reply: {
      code: 550,
      enhancedCode: '5.7.30',
      text: 'REQUIRETLS support required: mail.museum.example does not offer REQUIRETLS, so this message was not sent. Send it as Normal, or ask your provider for RFC 8689 support.',
    },
  },
  offered('m5', {
    ...ALICE,
    ...NORMAL,
    time: '2026-11-20T09:31:26.000Z',
    domains: ['post.example'],
  }),
  answered('m5', 'unknown', {
    text: 'smtp.moreau.example took the whole message but did not say whether it accepted it. It may have been delivered: check before sending it again.',
    time: '2026-11-20T09:32:26.000Z',
  }),
];

/** For the README; look at them when the page changes. */
test.for(['light', 'dark'] as const)(
  'a picture of the page of receipts, %s',
  async (colorScheme) => {
    await using proxy = await proxyWithPage({ receipts: MORNING });
    const how = { viewport: SIZE, locale: 'en-GB', timezoneId: 'Europe/Paris' };
    const page = await proxy.open({ ...how, colorScheme, reducedMotion: 'reduce' });
    await page.locator('[data-id=m2] summary').click();
    await page.locator('[data-id=m2] dl').waitFor();
    await page.mouse.move(0, 0);
    await page.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    });

    const name = colorScheme === 'light' ? 'receipts-page.png' : 'receipts-page-dark.png';
    await mkdir(FOLDER, { recursive: true });
    const picture = await page.screenshot({ path: path.join(FOLDER, name) });
    expect(picture.readUInt32BE(16)).toBe(SIZE.width);
    expect(picture.readUInt32BE(20)).toBe(SIZE.height);
  },
);
