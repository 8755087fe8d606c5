import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { logTo } from '../../proxy/log.ts';
import { newSubmissionId, Receipts } from '../../proxy/submission/receipts.ts';
import type { KnownSubmission } from '../../proxy/submission/submission-facts.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { receiptsIn, stateFolder } from '../receipt-files.ts';
import { waitUntil } from '../wait-until.ts';
import { HostileServer } from './hostile-server.ts';
import { MailProgram } from './mail-program.ts';
import {
  begin,
  beginAnother,
  leaveRoomForOneFile,
  LETTER,
  limit,
  placeFor,
} from './running-proxy.ts';
import { leaf } from './server-certificates.ts';

const certificate = await leaf();
const TAKEN = new SmtpReply(250, '2.0.0', 'Ok');

// The system's limit on the size of a file cuts a write short and refuses the next one, as a full
// disk does, and can be lifted again.

test('on a full disk a message is refused before its dot, and the next one goes when there is room', async () => {
  await using server = await serverThatTakesAll();
  await using place = await placeFor(server);
  await using proxy = await place.start();
  using mailProgram = await MailProgram.connect(proxy.port);
  await begin(mailProgram);
  await limit(proxy.pid, 'fsize', 100);
  const refusal = await mailProgram.ask(`${LETTER}.`);
  expect(refusal).toMatch(/^452 4\.3\.1 .*receipt/);
  expect(server.heard.secured).not.toContain('\r\n.\r\n');

  await limit(proxy.pid, 'fsize', 'unlimited');
  using again = await MailProgram.connect(proxy.port);
  await begin(again);
  expect(await again.ask(`${LETTER}.`)).toMatch(/^250 /);
  expect(await proxy.stop()).toBe(0);
  expect(await outcomesIn(place.state)).toEqual({
    outcomes: ['refused', 'relayed'],
    unreadable: 1,
  });
});

test('an answer that finds the disk full is not lost, and nothing but the log says so, once', async () => {
  await using state = await stateFolder();
  const { log, lines } = memoryLog();
  const receipts = await Receipts.open(state.folder, { log });
  const [first, second, third] = [letter(), letter(), letter()];
  await receipts.offered(first);
  const { size } = await stat(join(state.folder, 'receipts.jsonl'));
  try {
    await limit(process.pid, 'fsize', size + 50);
    receipts.answered(first, 'relayed', TAKEN);
    await expect(receipts.offered(second)).rejects.toThrow('EFBIG');
    await expect(receipts.offered(second)).rejects.toThrow('EFBIG');
    receipts.refused(second, new SmtpReply(452, '4.3.1', 'full'));
  } finally {
    await limit(process.pid, 'fsize', 'unlimited');
  }
  await receipts.offered(third);
  await receipts.close();
  expect(await outcomesIn(state.folder)).toEqual({
    outcomes: ['relayed', 'refused', 'awaited'],
    unreadable: 1,
  });
  const told = (what: string) => lines().filter((line) => line.includes(what));
  await waitUntil(
    () => told('written=true').length > 0,
    5000,
    () => 'the log does not say that receipts can be written again',
  );
  expect([told('written=false').length, told('written=true').length]).toEqual([1, 1]);
});

test('when no file can be opened any more, who is connected already can still send', async () => {
  await using server = await serverThatTakesAll();
  await using place = await placeFor(server);
  await using proxy = await place.start();
  using connected = await MailProgram.connect(proxy.port);
  await begin(connected);
  await leaveRoomForOneFile(proxy.pid); // which is the next connection, and none upstream
  using turnedAway = await MailProgram.connect(proxy.port);
  expect(await turnedAway.reply('the connection')).toMatch(
    /^421 4\.4\.1 .* this computer has no room for one more connection\. /,
  );
  await turnedAway.end();
  expect(await connected.ask(`${LETTER}.`)).toMatch(/^250 /);

  await limit(proxy.pid, 'nofile', 1024);
  using again = await MailProgram.connect(proxy.port);
  await begin(again);
  expect(await again.ask(`${LETTER}.`)).toMatch(/^250 /);
  await beginAnother(connected);
  expect(await connected.ask(`${LETTER}.`)).toMatch(/^250 /);
  expect(await proxy.stop()).toBe(0);
  expect((await outcomesIn(place.state)).outcomes).toEqual(['relayed', 'relayed', 'relayed']);
});

async function serverThatTakesAll(): Promise<HostileServer> {
  const behaviour = { mode: 'implicit', pipelining: true, certificate } as const;
  const fault = { goesOn: true, does: () => undefined };
  return await HostileServer.start({ ...behaviour, at: 'between messages', fault });
}

async function outcomesIn(folder: string) {
  const { receipts, unreadable } = await receiptsIn(folder);
  return { outcomes: receipts.map(({ outcome }) => outcome), unreadable };
}

function letter(): KnownSubmission {
  const mail = { path: '<ada@example.org>' };
  const rcpt = [{ path: '<grace@example.net>' }];
  return { id: newSubmissionId(), server: 'smtp.example.net', envelope: { mail, rcpt } };
}

function memoryLog() {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8'); // several lines at once
      done();
    },
  });
  return { log: logTo(stream, 'text'), lines: () => text.split('\n') };
}
