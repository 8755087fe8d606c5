import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { KeptObservations } from '../../proxy/forecast/mail-server/kept-observations.ts';
import { temporaryState } from '../temporary-state.ts';

const HOUR_MS = 3_600_000;

const seen = (requireTls: boolean) => ({
  look: {
    kind: 'seen' as const,
    tls: 'TLSv1.3',
    certificates: { chain: [], dnsNames: [], pkixFault: undefined },
    requireTls,
  },
});

test('F6: what was seen earlier, and could not be written then, displaces nothing that was seen since', async () => {
  await using state = await temporaryState();
  const clock = { now: Date.now() };
  const open = () =>
    new KeptObservations({
      state: state.folder,
      within: ['observations'],
      log: pino({ level: 'silent' }),
      now: () => clock.now,
    });
  await mkdir(state.folder, { recursive: true, mode: 0o700 });
  await writeFile(join(state.folder, 'observations'), 'a file in the place of the folder');
  const [one, other] = [open(), open()];
  await one.keep('mx.example', seen(true), true);
  await rm(join(state.folder, 'observations'));

  clock.now += 3 * HOUR_MS;
  await other.keep('mx.example', seen(false), true);
  clock.now += HOUR_MS;
  await one.keep('another.example', seen(true), true);
  const { verified } = await open().sightingsOf('mx.example');
  expect(verified).toMatchObject({ requireTls: false, ageMs: HOUR_MS });
});

test('F6: what was seen in the future of a clock that was set back displaces nothing', async () => {
  await using state = await temporaryState();
  const clock = { now: Date.now() };
  const observations = new KeptObservations({
    state: state.folder,
    within: ['observations'],
    log: pino({ level: 'silent' }),
    now: () => clock.now,
  });
  await observations.keep('mx.example', seen(true), true);
  clock.now -= 24 * HOUR_MS;
  await observations.keep('mx.example', seen(false), true);
  const { verified } = await observations.sightingsOf('mx.example');
  expect(verified).toMatchObject({ requireTls: false, ageMs: 0 });
});
