import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ADD_ON_FILE } from './add-on.ts';
import { startNamedUpstream } from './named-upstream.ts';
import { startDisplay } from './display.ts';
import { eventually } from './eventually.ts';
import { PairedProxies } from './paired-proxies.ts';
import type { Identity } from './profile.ts';
import { settledPicture } from './settled-picture.ts';
import { ALICE } from './test-in-thunderbird.ts';
import { Thunderbird } from './thunderbird.ts';

const FOLDER = path.resolve('dist/pictures');

/** Of the screen, which the window fills, so that the popup has to find room inside it. */
const SIZE = { width: 960, height: 600 } as const;

const WRITER: Identity = { ...ALICE, name: 'Alice Moreau', address: 'alice@moreau.example' };

const LETTER = {
  to: 'office@hartmann-notary.example',
  subject: 'Draft of the purchase contract',
  body: [
    'Dear Ms Hartmann,',
    '',
    'here are my remarks on the draft. Please treat them',
    'as confidential.',
    '',
    '§ 4   The price is paid in two instalments.',
    '§ 7   Handover is on 1 March, not on 1 February.',
    '',
    'Kind regards',
    'Alice Moreau',
  ].join('\n'),
} as const;

/** For the README; look at them when the extension changes. */
test.for(['light', 'dark'] as const)(
  'a picture of the compose window with the choice made, %s',
  async (colours) => {
    await using display = await startDisplay(SIZE);
    await using thunderbird = await Thunderbird.start({ identities: [WRITER], display, colours });
    await thunderbird.install(ADD_ON_FILE);
    await using proxies = await PairedProxies.pair(thunderbird);
    await using upstream = await startNamedUpstream(proxies, 'smtp.moreau.example');
    await thunderbird.sendThrough(upstream.port);
    const window = await thunderbird.newMessage();
    await window.resize(SIZE.width, SIZE.height);
    await window.write(LETTER);

    await window.choose('required');
    const popup = await window.openPopup();
    await eventually('the way found out', async () =>
      popup.run(({ document }) => document.body.dataset['way'] === 'through-proxy'),
    );
    const picture = await settledPicture(display);

    const name = colours === 'light' ? 'compose-window.png' : 'compose-window-dark.png';
    await mkdir(FOLDER, { recursive: true });
    await writeFile(path.join(FOLDER, name), picture);
    expect(picture.readUInt32BE(16)).toBe(SIZE.width);
    expect(picture.readUInt32BE(20)).toBe(SIZE.height);
  },
);
