import { eventually } from './eventually.ts';
import { installOtherAddOn, type OtherAddOn } from './other-add-on.ts';
import type { Thunderbird } from './thunderbird.ts';

const MAKE_LIST = `
  (async () => {
    const { contacts, mailingLists, create } = messenger.addressBooks;
    const book = await create({ name: 'Club' });
    const list = await mailingLists.create(book, { name: 'Friends', description: 'Friends' });
    for (const name of ['dora', 'emil']) {
      const card = ['BEGIN:VCARD', 'VERSION:4.0', 'FN:' + name, 'EMAIL:' + name + '@notary.example', 'END:VCARD'];
      await mailingLists.addMember(list, await contacts.create(book, card.join('\\r\\n')));
    }
  })();`;

/** Lets another add-on put the list `Friends`, of Dora and Emil, into an address book. */
export async function makeMailingList(thunderbird: Thunderbird): Promise<OtherAddOn> {
  const other = await installOtherAddOn(thunderbird, {
    manifest: { permissions: ['addressBooks'] },
    script: MAKE_LIST,
  });
  await eventually('the list', async () =>
    thunderbird.mainWindow.run(({ MailServices: { ab } }) => {
      return ab.getMailListFromName('Friends')?.childCards.length === 2;
    }),
  );
  return other;
}
