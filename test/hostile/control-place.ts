import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { ForecastAnswers } from '../../proxy/control/forecast-answers.ts';
import { COMMAND_LINE, PairedProfiles } from '../../proxy/control/paired-profiles.ts';
import { ControlServer, type ControlLimits } from '../../proxy/control/control-server.ts';
import { PageFiles } from '../../proxy/control/page-files.ts';
import { PageSessions } from '../../proxy/control/page-sessions.ts';
import { Pairing } from '../../proxy/control/pairing.ts';
import { Probes } from '../../proxy/control/probes.ts';
import { Questions } from '../../proxy/control/questions.ts';
import { ReceiptsView } from '../../proxy/control/receipts-view.ts';
import { RouteEvidence } from '../../proxy/control/route-evidence.ts';
import type { ListenAddress } from '../../proxy/listen-address.ts';
import { Receipts } from '../../proxy/submission/receipts.ts';
import { LOOPBACK } from '../protocol/relayed-session.ts';

/** Who can ask, and with what. */
export type Key = { readonly pairing: string; readonly key: Uint8Array<ArrayBuffer> };

/** The real control server, which serves no account, with a state folder of its own. */
export type ControlPlace = AsyncDisposable & {
  readonly port: number;
  readonly control: ListenAddress;
  readonly stateFolder: string;
  readonly pairing: Pairing;
  readonly pages: PageSessions;
  readonly profiles: PairedProfiles;
  /** The key of the commands on this computer. */
  readonly commandLine: Key;
  /** All lines of the log, of every level. */
  log(): string;
  /** Another process in its place: nothing in memory stays, the folder does. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/** @param wanted a port that is known to be free */
export async function controlPlace(
  limits: Partial<ControlLimits> = {},
  wanted = 0,
): Promise<ControlPlace> {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-control-'));
  const lines: string[] = [];
  let running = await runningControl(folder, { ...LOOPBACK, port: wanted }, limits, lines);
  const { port } = running.server;
  return {
    port,
    control: { ...LOOPBACK, port },
    stateFolder: folder,
    get pairing() {
      return running.pairing;
    },
    get pages() {
      return running.pages;
    },
    get profiles() {
      return running.profiles;
    },
    commandLine: {
      pairing: COMMAND_LINE,
      key: new Uint8Array(running.profiles.commandLineKey),
    },
    log: () => lines.join(''),
    async restart() {
      await running.stop();
      running = await runningControl(folder, { ...LOOPBACK, port }, limits, lines);
    },
    stop: async () => await running.stop(),
    async [Symbol.asyncDispose]() {
      await running.stop();
      await rm(folder, { recursive: true });
    },
  };
}

const accounts = () => [];

async function runningControl(
  folder: string,
  at: ListenAddress,
  limits: Partial<ControlLimits>,
  lines: string[],
) {
  const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
  const receipts = await Receipts.open(folder, { log });
  const view = new ReceiptsView(folder, receipts);
  const profiles = await PairedProfiles.open(folder);
  const pairing = new Pairing(profiles);
  const pages = new PageSessions({ key: profiles.commandLineKey });
  const questions = new Questions({
    version: '0.0.0',
    accounts,
    readsPreferences: false,
    routes: new RouteEvidence({ accounts, folders: 'switched off' }),
    probes: new Probes({ accounts }),
    receipts: view,
    forecasts: new ForecastAnswers(undefined),
    pages,
    profiles,
    pairing,
  });
  const files = new PageFiles(path.resolve(import.meta.dirname, '../../dist/extension'));
  const desk = { questions, profiles, pairing, pages, files, log };
  const server = await ControlServer.open({ at, desk, log, limits });
  const stop = async () => {
    pairing.forgetCode();
    view.close();
    await server.stop();
    await receipts.close();
  };
  return { server, profiles, pairing, pages, stop };
}
