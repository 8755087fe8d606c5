import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { openFiles } from '../bench/process-usage.ts';
import { startPart } from '../bench/part.ts';
import { table } from '../bench/table.ts';
import { startProxy } from '../proxy-process.ts';
import { CA_FILE, writeServerCertificate } from '../servers/server-certificate.ts';
import { Accounts } from './accounts.ts';
import { growth, isGrown } from './growth.ts';
import { observeAtRest, OBSERVATION_FILE, type Rest } from './observation.ts';
import { plannedVisit } from './planned-visit.ts';
import { toldReceipts } from './told-receipts.ts';
import { visit } from './visit.ts';

const MESSAGES_A_SECOND = 20;

/** So often the load stops for a moment, and the proxy is looked at. */
const RESTS = 20;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write('npm run soak -- [--minutes N]\n');
  process.exit(64);
}
const MB = 1_000_000;
const tell = (text: string) => process.stdout.write(`${text}\n`);
await using temporary = await temporaryFolder();
const folder = temporary.path;
const state = join(folder, 'state');
const observations = join(folder, 'observation.json');

await writeServerCertificate(folder);
await using sink = await startPart('sink', {
  tls: 'starttls',
  certificateFolder: folder,
  recorded: true,
});
const upstream = `submission://127.0.0.1:${await sink.ask('port')}`;
await using proxy = await startObserved();
const way = { port: proxy.port, tls: 'none', login: true, ca: '' } as const;
const accounts = new Accounts();
const faults: string[] = [];
const rests: Rest[] = [];
const filesAtFirst = openFiles(proxy.pid);

let visits = 0;
let messages = 0;
for (let number = 1; number <= RESTS; number += 1) {
  await sendFor((minutes * 60_000) / RESTS);
  const rest = await observeAtRest(proxy.pid, observations, number, filesAtFirst);
  rests.push(rest);
  accounts.arrived(await sink.ask('messages'));
  accounts.receipts(await toldReceipts(state));
  tell(
    `${number}/${RESTS}: ${messages} messages, heap ${(rest.heapUsed / MB).toFixed(1)} MB, ` +
      `resident ${(rest.rss / MB).toFixed(1)} MB, ${rest.files} files, ${rest.handles.length} handles`,
  );
}
faults.push(...accounts.faults());
const grown = growth(rests);
const rows = grown.map((one) => [
  one.name,
  one.from.toFixed(1),
  one.to.toFixed(1),
  `+${one.limit}`,
  isGrown(one) ? 'GROWN' : 'steady',
]);
tell(`\n${table([['at rest', 'early', 'late', 'limit', ''], ...rows])}`);
tell(table([...accounts.fates()].map(([fate, count]) => [fate, String(count)])));
tell(`${accounts.relayed} arrived; ${faults.length} faults`);
for (const fault of faults.slice(0, 20)) tell(`  ${fault}`);
process.exitCode = faults.length === 0 && !grown.some(isGrown) ? 0 : 1;

/** It goes when all else has ended, also where something throws. */
async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'requiretls-soak-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Sends at a steady pace, and comes back when the last visit is over. */
async function sendFor(durationMs: number): Promise<void> {
  const start = performance.now();
  const sentBefore = messages;
  const under: Promise<void>[] = [];
  for (;;) {
    const dueMs = (1000 * (messages - sentBefore)) / MESSAGES_A_SECOND;
    if (dueMs >= durationMs) break;
    await pause(Math.max(0, start + dueMs - performance.now()));
    const planned = plannedVisit(visits, messages);
    visits += 1;
    messages += planned.length;
    under.push(
      visit(way, planned).then(
        (begun) => accounts.sent(begun),
        (error: unknown) => void faults.push(`${planned[0]?.messageId}: ${String(error)}`),
      ),
    );
  }
  await Promise.all(under);
}

/** The proxy with an observer in its process, who speaks only when asked. */
async function startObserved() {
  const observer = resolve(process.argv[1] ?? '', '../observed.js');
  process.env['NODE_OPTIONS'] = `--import ${pathToFileURL(observer).href}`;
  process.env[OBSERVATION_FILE] = observations;
  try {
    return await startProxy(upstream, join(folder, CA_FILE), ['--state', state]);
  } finally {
    delete process.env['NODE_OPTIONS'];
  }
}
