import { expect } from 'vitest';
import { asReceived } from '../servers/delivered-message.ts';
import { startPostfix } from '../servers/postfix.ts';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { type GnupgUser, startGnupgUser } from './gnupg.ts';
import { Message } from './message.ts';
import { acceptKey, makeOwnKey } from './openpgp-keys.ts';
import { identityKey } from './profile.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'Power of attorney',
  body: 'Dear Bob,\n\nthe code is 4711.\n.\nAlice',
} as const;

type Correspondents = {
  /** The fingerprint of the key with which Alice signs in Thunderbird. */
  readonly alice: string;
  readonly bob: GnupgUser;
};

/** Alice and Bob have compared their keys before. */
const test = testInThunderbird().extend<{ correspondents: Correspondents }>({
  correspondents: [
    async ({ thunderbird }, use) => {
      await using bob = await startGnupgUser(`Bob <${LETTER.to}>`);
      await acceptKey(thunderbird.mainWindow, await bob.publicKey());
      const publicKey = await makeOwnKey(thunderbird.mainWindow, identityKey(0));
      await use({ alice: await bob.takeKey(publicKey), bob });
    },
    { scope: 'file' },
  ],
});

/** What is on the wire behind the proxy, and what became of what Thunderbird wrote. */
const CHOICES = [
  {
    choice: 'required',
    marker: /^X-TLS-Required: Yes; id=\S+\r\n/im,
    mail: / REQUIRETLS( |$)/,
    received: (said: string, marker: RegExp) =>
      said.replace(marker, '').replace('\r\n\r\n', '\r\nRequire-TLS-ESMTP: yes\r\n\r\n'),
  },
  {
    choice: 'optional',
    marker: /^X-TLS-Required: No; id=\S+\r\n/im,
    mail: /^(?!.*REQUIRETLS)/,
    received: (said: string, marker: RegExp) => said.replace(marker, 'TLS-Required: No\r\n'),
  },
] as const;

for (const { choice, marker, mail, received } of CHOICES) {
  test(`a message that is encrypted, signed and marked ${choice} loses the outer marker and nothing else`, async ({
    thunderbird,
    proxies,
    correspondents: { alice, bob },
  }) => {
    await using server = await startPostfix('3.11');
    await using proxy = await proxies.start(
      `submissions://localhost:${server.tlsPort}`,
      server.caFile,
    );
    await thunderbird.sendThrough(proxy.port);
    const window = await encrypted(thunderbird);

    await window.choose(choice);
    await window.send();

    expect(await server.mailCommands()).toEqual([expect.stringMatching(mail)]);
    const said = await copyOfSent(thunderbird);
    expect(new Message(said).field('X-TLS-Required')).toHaveLength(1);
    const delivered = asReceived(onlyOne(await server.messages())).toString('latin1');
    expect(delivered.trimEnd()).toBe(received(said, marker).trimEnd());
    expect(new Message(delivered).field('X-TLS-Required')).toEqual([]);

    expect(delivered).not.toMatch(/4711|attorney/);
    const letter = await bob.decrypt(encryptedPart(delivered));
    expect(letter.signedBy).toEqual([alice]);
    expect(letter.text).toContain('the code is 4711.\r\n.\r\nAlice\r\n');
    expect(new Message(letter.text).field('Subject')).toEqual([LETTER.subject]);
    // Thunderbird protects a copy of each field inside (RFC 9788), our marker too, which nobody
    // can take out any more; it asks for nothing there (153; look again 2027-06).
    expect(letter.text.match(new RegExp(marker, 'gim'))).toHaveLength(1);
  });
}

test('a message that is only signed keeps its signature when its marker is taken out', async ({
  thunderbird,
  proxies,
  correspondents: { alice, bob },
}) => {
  await using server = await startPostfix('3.11');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
  );
  await thunderbird.sendThrough(proxy.port);
  const window = await thunderbird.newMessage();
  await window.write(LETTER);

  await window.click('#button-encryption-options');
  await window.click('#menu_securitySign_Toolbar');
  await window.choose('required');
  await window.send();

  expect(await server.mailCommands()).toEqual([expect.stringMatching(/ REQUIRETLS( |$)/)]);
  const delivered = asReceived(onlyOne(await server.messages())).toString('latin1');
  expect(new Message(delivered).field('X-TLS-Required')).toEqual([]);
  const [signed, signature] = signedPart(delivered);
  // A copy of it was signed with everything else.
  expect(new Message(signed).field('X-TLS-Required')).toHaveLength(1);
  expect(await bob.verify(signed, signature)).toEqual([alice]);
});

test('an encrypted draft that requires TLS is sent so after it was opened again', async ({
  thunderbird,
  proxies,
  correspondents: { alice, bob },
}) => {
  await using server = await startPostfix('3.11');
  await using proxy = await proxies.start(
    `submissions://localhost:${server.tlsPort}`,
    server.caFile,
  );
  await thunderbird.sendThrough(proxy.port);
  const window = await encrypted(thunderbird);
  await window.choose('required');
  await window.saveAndClose('cmd_saveAsDraft');
  expect(await thunderbird.folder('Drafts').newest()).not.toContain('4711');

  const [subject = ''] = await thunderbird.folder('Drafts').subjects();
  const reopened = await thunderbird.open('Drafts', subject, 'cmd_editDraftMsg');
  await eventually(
    'the button to say Require TLS',
    async () => (await reopened.buttonLabel()) === 'Require TLS',
  );
  await reopened.send();

  expect(await server.mailCommands()).toEqual([expect.stringMatching(/ REQUIRETLS( |$)/)]);
  const delivered = asReceived(onlyOne(await server.messages())).toString('latin1');
  const letter = await bob.decrypt(encryptedPart(delivered));
  expect(letter.signedBy).toEqual([alice]);
  expect(letter.text).toContain('the code is 4711.');
});

/** A letter with a click on Encrypt, which signs as well. */
async function encrypted(thunderbird: Thunderbird): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await window.click('#button-encryption');
  return window;
}

/** What Thunderbird sent, as it keeps it, with CRLF and without its own two fields before it. */
async function copyOfSent(thunderbird: Thunderbird): Promise<string> {
  const kept = await thunderbird.folder('Sent').newest();
  return kept.replace(/^(?:X-Mozilla-Status2?: .*\r?\n)+/, '').replace(/\r?\n/g, '\r\n');
}

function onlyOne<One>(found: readonly One[]): One {
  const [one, ...others] = found;
  if (one === undefined || others.length > 0) throw new Error(`${found.length} instead of one`);
  return one;
}

/** RFC 3156 §4: the second part, in ASCII armour. */
function encryptedPart(message: string): string {
  return (
    /^-----BEGIN PGP MESSAGE-----$[^]*?^-----END PGP MESSAGE-----\r$/m.exec(message)?.[0] ?? ''
  );
}

/** RFC 3156 §5: what was signed, octet for octet, and the signature. */
function signedPart(message: string): readonly [signed: string, signature: string] {
  const [, boundary = ''] =
    /^Content-Type: multipart\/signed;[^]*?boundary="([^"]*)"/m.exec(message) ?? [];
  const [, signed = '', signature = ''] = message.split(`\r\n--${boundary}`);
  return [signed.replace(/^\r\n/, ''), signature.slice(signature.indexOf('-----BEGIN'))];
}
