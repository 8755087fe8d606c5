import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { askSealed } from '../../extension/sealed-channel.ts';
import { pairWithProxy } from '../../extension/setup/pair.ts';
import { RecordingServer } from './recording-server.ts';
import { request, sayHttp } from './raw-http.ts';
import { placeFor } from './running-proxy.ts';
import { challengeFrom, provedQuestion } from './sealed-question.ts';

const COMMAND = resolve(import.meta.dirname, '../../dist/requiretls.js');

test('no key, no code, no proof and no challenge stands in the log', async () => {
  await using server = await RecordingServer.start();
  await using place = await placeFor(server);
  await using proxy = await place.start();
  const { controlPort } = proxy;
  const shown = await proxy.pairingCode();
  await pairWithProxy(controlPort, '000000000000', 'Kanarienvogel');
  const end = await pairWithProxy(controlPort, shown.replaceAll('-', ''), 'Kanarienvogel');
  if (end.kind !== 'paired') throw new Error(`it ended as ${end.kind}`);
  const { pairing } = end;
  await askSealed(pairing, { ask: 'hello' }, 5000);
  await askSealed(pairing, { ask: 'outcomes', markerIds: ['Kanarienvogel'] }, 5000);
  const challenge = await challengeFrom(controlPort);
  const question = await provedQuestion(controlPort, pairing, { ask: 'Kanarienvogel' });
  const spoiled = { ...question, proof: question.proof.toLowerCase() };
  for (const said of [question, question, spoiled, { Kanarienvogel: question }]) {
    const body = JSON.stringify(said);
    await sayHttp(controlPort, request(controlPort, { target: '/v1/ask', body }));
  }
  const words = [COMMAND, 'pair', '--list', '--state', place.state];
  const listed = await promisify(execFile)(process.execPath, [
    ...words,
    '--control',
    `127.0.0.1:${controlPort}`,
  ]);
  expect(listed.stdout).toContain('Kanarienvogel');
  expect(await proxy.stop()).toBe(0);

  const { mode } = await stat(join(place.state, 'control.json'));
  expect(mode & 0o777).toBe(0o600);
  const file: { commandLine: string } = JSON.parse(
    await readFile(join(place.state, 'control.json'), 'utf8'),
  );
  const log = proxy
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .join('\n');
  expect(log).toContain('"event":"paired"');
  expect(log).toContain('"kind":"not proved"');
  const canaries = {
    'the key': Buffer.from(pairing.key).toString('base64url'),
    'the key of the commands': file.commandLine,
    'the code': shown,
    'the code as it is typed': shown.replaceAll('-', ''),
    'the pairing': pairing.pairing,
    'a challenge': challenge,
    'a proof': question.proof,
    'a name': 'Kanarienvogel',
  };
  const found = Object.entries(canaries).filter(([, canary]) => log.includes(canary));
  expect(found.map(([what]) => what)).toEqual([]);
  expect(listed.stdout + listed.stderr).not.toContain(canaries['the key']);
});
