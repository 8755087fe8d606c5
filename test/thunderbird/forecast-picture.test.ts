import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ADD_ON_FILE } from './add-on.ts';
import { startDisplay } from './display.ts';
import { eventually } from './eventually.ts';
import { domainsIn, questionIn } from './forecast-popup.ts';
import { switchForecast } from './forecast-switch.ts';
import { forecasting } from './forecasting-upstream.ts';
import { startNamedUpstream } from './named-upstream.ts';
import { startOfferingServer } from './offering-server.ts';
import { PairedProxies } from './paired-proxies.ts';
import type { Identity } from './profile.ts';
import { scriptedResolver } from './scripted-resolver.ts';
import { settledPicture } from './settled-picture.ts';
import { ALICE } from './test-in-thunderbird.ts';
import { Thunderbird } from './thunderbird.ts';

const FOLDER = path.resolve('dist/pictures');

/**
 * Of the screen, which the window fills, so that the popup has to find room inside it. Without a
 * window manager Thunderbird closes at once a popup that would cover half of it (153; look again
 * 2027-06).
 */
const SIZE = { width: 1000, height: 760 } as const;

const WRITER: Identity = { ...ALICE, name: 'Alice Moreau', address: 'alice@moreau.example' };

const LETTER = {
  to: 'office@hartmann-notary.example, info@harbour-office.example',
  subject: 'Draft of the purchase contract',
  body: 'Dear all,\n\nhere are my remarks on the draft.\n\nKind regards\nAlice Moreau',
} as const;

/** For the README; look at them when the extension changes. */
test.for(['light', 'dark'] as const)(
  'pictures of the forecast and of the question at Send, %s',
  async (colours) => {
    await using display = await startDisplay(SIZE);
    await using thunderbird = await Thunderbird.start({ identities: [WRITER], display, colours });
    const addOn = await thunderbird.install(ADD_ON_FILE);
    await using proxies = await PairedProxies.pair(thunderbird);
    await using server = await startOfferingServer();
    await using resolver = await scriptedResolver({
      'hartmann-notary.example': server,
      'harbour-office.example': 'unprotected',
    });
    await using how = await forecasting({ address: resolver.address, mxPort: server.port });
    await using upstream = await startNamedUpstream(proxies, 'smtp.moreau.example', how);
    await thunderbird.sendThrough(upstream.port);
    await using _on = await switchForecast({ thunderbird, addOn }, { probe: true });
    const keep = async (name: string) => {
      const picture = await settledPicture(display);
      await mkdir(FOLDER, { recursive: true });
      const file = colours === 'light' ? `${name}.png` : `${name}-dark.png`;
      await writeFile(path.join(FOLDER, file), picture);
      expect(picture.readUInt32BE(16)).toBe(SIZE.width);
      expect(picture.readUInt32BE(20)).toBe(SIZE.height);
    };
    const window = await thunderbird.newMessage();
    await window.resize(SIZE.width, SIZE.height);
    await window.write(LETTER);
    await window.choose('required');

    const popup = await window.openPopup();
    const shown = await domainsIn(popup);
    expect(shown.map(({ verdict }) => verdict)).toEqual(['will fail', 'observed']);
    await eventually('the way found out', async () =>
      popup.run(({ document }) => document.body.dataset['way'] === 'through-proxy'),
    );
    await keep('forecast');
    await popup.clickToClose('#done');

    await window.clickSend();
    await questionIn(window);
    await keep('forecast-question');
  },
);
