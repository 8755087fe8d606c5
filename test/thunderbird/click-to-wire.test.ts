import { expect } from 'vitest';
import { asReceived } from '../servers/delivered-message.ts';
import { startPostfix } from '../servers/postfix.ts';
import { ownCertificate } from '../servers/server-certificate.ts';
import { startWiretap } from '../wiretap.ts';
import { attachedFile } from './attached-file.ts';
import type { ComposeWindow } from './compose-window.ts';
import { Message } from './message.ts';
import { connectSecurely } from './secure-connection.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'Power of attorney',
  body: 'Dear Bob,\n\nhere is what we agreed on.\n.\nAlice',
} as const;

async function written(thunderbird: Thunderbird): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  return window;
}

test('RFC 8689 §4.1: a click on Require TLS arrives as REQUIRETLS on MAIL, and the marker is gone', async ({
  thunderbird,
  proxies,
}) => {
  await using server = await startPostfix('3.11');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
  );
  await thunderbird.sendThrough(proxy.port);
  const window = await written(thunderbird);

  await window.choose('required');
  await window.send();

  expect(await server.mailCommands()).toEqual([
    expect.stringMatching(/^MAIL FROM:<alice@sender\.example>.* REQUIRETLS( |$)/),
  ]);
  const [message] = await arrived(server);
  // Postfix 3.11 writes down that it was asked to require TLS; look again 2027-06.
  expect(tlsFields(message)).toEqual(['require-tls-esmtp']);
  expect(message?.text).toContain(`${LETTER.body}\n`);
});

test('RFC 8689 §3: a click on Deliver anyway arrives as exactly one TLS-Required: No', async ({
  thunderbird,
  proxies,
}) => {
  await using server = await startPostfix('3.11');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
  );
  await thunderbird.sendThrough(proxy.port);
  const window = await written(thunderbird);

  await window.choose('optional');
  await window.send();

  expect((await server.mailCommands()).join()).not.toMatch(/REQUIRETLS/);
  const [message] = await arrived(server);
  expect(message?.field('TLS-Required')).toEqual(['No']);
  expect(tlsFields(message)).toEqual(['tls-required']);
});

test('a Normal message arrives untouched', async ({ thunderbird, proxies }) => {
  await using server = await startPostfix('3.11');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
  );
  await thunderbird.sendThrough(proxy.port);
  const window = await written(thunderbird);

  await window.send();

  expect((await server.mailCommands()).join()).not.toMatch(/REQUIRETLS/);
  const [message] = await arrived(server);
  const kept = await thunderbird.folder('Sent').newest();
  expect(withoutFields(message, ADDED_BY_POSTFIX)).toBe(
    withoutFields(new Message(kept), ADDED_BY_THUNDERBIRD),
  );
});

test('a Normal message with a marked letter attached to it arrives untouched, without REQUIRETLS', async ({
  thunderbird,
  proxies,
}) => {
  const attached =
    'From: carol@example.net\r\nX-TLS-Required: Yes\r\nTLS-Required: No\r\n\r\nCarol\r\n';
  await using letter = await attachedFile('letter.eml', attached);
  await using server = await startPostfix('3.11');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
  );
  await using wiretap = await startWiretap(proxy.port);
  await thunderbird.sendThrough(wiretap.port);
  const window = await written(thunderbird);
  await window.attach(letter.file);

  await window.send();

  expect((await server.mailCommands()).join()).not.toMatch(/REQUIRETLS/);
  const [message] = await server.messages();
  expect(asReceived(message).toString('latin1')).toBe(String(wiretap.messages()));
  expect(String(message)).toMatch(/^Content-Type: message\/rfc822/m);
  expect(String(asReceived(message))).toContain(`\r\n\r\n${attached}`);
});

test('Thunderbird speaks TLS to a proxy with a certificate, and a click on Require TLS arrives', async ({
  thunderbird,
  proxies,
}) => {
  await using server = await startPostfix('3.11');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
    ownCertificate(server),
  );
  await using _ = await connectSecurely(thunderbird, server.caFile);
  await thunderbird.sendThrough(proxy.port);
  const window = await written(thunderbird);

  await window.choose('required');
  await window.send();

  expect((await server.mailCommands()).join()).toMatch(/ REQUIRETLS( |$)/);
  const [message] = await arrived(server);
  expect(tlsFields(message)).toEqual(['require-tls-esmtp']);
});

test('RFC 8689 §4.2.1: a server without REQUIRETLS never sees the message, and the person reads why', async ({
  thunderbird,
  proxies,
}) => {
  await using server = await startPostfix('3.7');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
  );
  await thunderbird.sendThrough(proxy.port);
  const window = await written(thunderbird);
  await window.choose('required');

  await window.clickSend();

  const text = await thunderbird.dialogs.readAndClose();
  expect(text).toContain('localhost does not offer REQUIRETLS, so this message was not sent');
  expect(await window.isLocked()).toBe(false);
  expect(await window.buttonLabel()).toBe('Require TLS');
  expect(await server.mailCommands()).toEqual([]);

  await window.choose('default');
  await window.send();

  expect(await server.mailCommands()).toHaveLength(1);
  const [message] = await arrived(server);
  expect(tlsFields(message)).toEqual([]);
});

async function arrived(server: {
  messages(): Promise<readonly Buffer[]>;
}): Promise<readonly Message[]> {
  return (await server.messages()).map((octets) => new Message(octets));
}

function tlsFields(message: Message | undefined): readonly string[] {
  return (message?.fieldNames() ?? []).filter((name) => name.includes('tls'));
}

/** Fields that Postfix puts before a message, and Thunderbird before the copy it keeps. */
const ADDED_BY_POSTFIX = /^(?:Return-Path|X-Original-To|Delivered-To|Received):/;
const ADDED_BY_THUNDERBIRD = /^X-Mozilla-Status2?:/;

/** The message from the first line on that somebody else has not put before it. */
function withoutFields(message: Message | undefined, added: RegExp): string {
  const lines = message?.text.split('\n') ?? [];
  const first = lines.findIndex((line) => !added.test(line) && !/^[ \t]/.test(line));
  return lines.slice(first).join('\n').trimEnd();
}
