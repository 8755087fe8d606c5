import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Account } from './config.ts';
import type { ThunderbirdFolders } from './control-config.ts';
import { ForecastAnswers } from './control/forecast-answers.ts';
import { ControlServer } from './control/control-server.ts';
import { PageFiles } from './control/page-files.ts';
import { PageSessions } from './control/page-sessions.ts';
import { PairedProfiles } from './control/paired-profiles.ts';
import { Pairing } from './control/pairing.ts';
import { Probes } from './control/probes.ts';
import { Questions } from './control/questions.ts';
import { ReceiptsView } from './control/receipts-view.ts';
import { RouteEvidence } from './control/route-evidence.ts';
import type { ServedAccount } from './control/served-account.ts';
import type { ForecastConfiguration } from './forecast-config.ts';
import { Forecasts } from './forecast/forecasts.ts';
import type { ListenAddress } from './listen-address.ts';
import type { Deadlines } from './submission/deadline.ts';
import { Listener } from './submission/listener.ts';
import { Receipts } from './submission/receipts.ts';
import type { Trust } from './submission/tls-profile.ts';
import type { Terminal } from './terminal.ts';

/** An address that cannot be listened on; `cause` says why. */
export class AddressUnusable extends Error {
  override readonly name = 'AddressUnusable';
  readonly at: ListenAddress;
  readonly flag: '--listen' | '--control';

  constructor(at: ListenAddress, flag: '--listen' | '--control', cause: unknown) {
    super(`${flag} ${at.name}:${at.port} cannot be listened on`, { cause });
    this.at = at;
    this.flag = flag;
  }
}

export type ProxyOptions = {
  readonly accounts: readonly Account[];
  readonly trust: Trust;
  readonly deadlines: Deadlines;
  readonly stateFolder: string;
  /** Undefined when nobody is to ask. */
  readonly control: ListenAddress | undefined;
  readonly thunderbird: ThunderbirdFolders;
  /** Undefined where nothing may be looked up, whoever asks. */
  readonly forecast: ForecastConfiguration | undefined;
  readonly log: Logger;
  readonly terminal: Pick<
    Terminal,
    'version' | 'commandFile' | 'thunderbirdFolders' | 'environment'
  >;
};

/** A compose window waits 5 s for a forecast, whatever mail servers do. */
const PROBE_WAIT_MS = 3500;

/** What the control API holds, while there is one. */
type Control = {
  readonly server: ControlServer;
  readonly pairing: Pairing;
  readonly profiles: PairedProfiles;
  readonly view: ReceiptsView;
  readonly forecasts: ForecastAnswers;
};

/** A proxy that runs: a listener for each account, the receipts, and the control API. */
export class RunningProxy {
  readonly #options: ProxyOptions;
  readonly #receipts: Receipts;
  readonly #served: ServedAccount[] = [];
  readonly #probes: Probes;
  #control: Control | undefined;

  private constructor(options: ProxyOptions, receipts: Receipts) {
    this.#options = options;
    this.#receipts = receipts;
    this.#probes = new Probes({ accounts: () => this.#served });
  }

  /**
   * @throws StateFolderUnfit when the state folder can never be used as it is
   * @throws AddressUnusable
   */
  static async start(options: ProxyOptions): Promise<RunningProxy> {
    const { stateFolder, log, accounts } = options;
    const receipts = await Receipts.open(stateFolder, { log });
    const proxy = new RunningProxy(options, receipts);
    try {
      for (const account of accounts) await proxy.#listenFor(account);
      await proxy.#openControl();
      await receipts.declareUnanswered();
      return proxy;
    } catch (error) {
      await proxy.stop();
      throw error;
    }
  }

  get served(): readonly ServedAccount[] {
    return this.#served;
  }

  /** Undefined without a control API. */
  get control(): { readonly port: number } | undefined {
    return this.#control?.server;
  }

  /** A code for the first profile; undefined when there is one, or nobody is to ask. */
  async firstCode(): Promise<string | undefined> {
    if (this.#control === undefined) return undefined;
    const { pairing, profiles } = this.#control;
    if ((await profiles.all()).length > 0) return undefined;
    return (await pairing.newCode())?.code;
  }

  /** Takes no more connections, and lets a message under way finish. */
  async stop(): Promise<void> {
    const stopping = this.#served.map(async ({ listener }) => await listener.stop());
    this.#control?.pairing.forgetCode();
    this.#control?.view.close();
    await this.#control?.forecasts.close();
    await this.#control?.server.stop();
    await Promise.all(stopping);
    await this.#receipts.close();
  }

  async #listenFor(account: Account): Promise<void> {
    const { trust, deadlines, log } = this.#options;
    const { listen: at, certificate, server, name } = account;
    const accountLog = log.child({ account: name });
    const listener = await Listener.open({
      at,
      door: { server, trust, deadlines },
      receipts: this.#receipts,
      probes: this.#probes.inboxOf(name),
      certificate,
      log: accountLog,
    }).catch((cause: unknown) => {
      throw new AddressUnusable(at, '--listen', cause);
    });
    this.#served.push({ account, listener });
    accountLog.info({
      event: 'listening',
      address: at.name,
      port: listener.port,
      upstream: `${server.host}:${server.port}`,
      tls: server.tls,
    });
  }

  /** Opens what makes forecasts; called when there is a question. */
  get #forecasts(): (() => Promise<Forecasts>) | undefined {
    const { forecast: configuration, stateFolder, log, terminal } = this.#options;
    if (configuration === undefined) return undefined;
    const { environment } = terminal;
    const options = { configuration, stateFolder, environment, log, probeWaitMs: PROBE_WAIT_MS };
    return async () => await Forecasts.open(options);
  }

  async #openControl(): Promise<void> {
    const { control: at, stateFolder, log, terminal, thunderbird } = this.#options;
    if (at === undefined) return;
    const profiles = await PairedProfiles.open(stateFolder);
    const pairing = new Pairing(profiles);
    const pages = new PageSessions({ key: profiles.commandLineKey });
    const view = new ReceiptsView(stateFolder, this.#receipts);
    const forecasts = new ForecastAnswers(this.#forecasts);
    const accounts = () => this.#served;
    if (typeof thunderbird !== 'string') await sayWithoutProfiles(thunderbird, log);
    const folders = thunderbird === 'the usual ones' ? terminal.thunderbirdFolders : thunderbird;
    const questions = new Questions({
      version: terminal.version,
      accounts,
      readsPreferences: folders !== 'switched off',
      routes: new RouteEvidence({ accounts, folders }),
      probes: this.#probes,
      receipts: view,
      forecasts,
      pages,
      profiles,
      pairing,
    });
    const files = new PageFiles(path.join(path.dirname(terminal.commandFile), 'extension'));
    const desk = { questions, profiles, pairing, pages, files, log };
    const server = await ControlServer.open({ at, desk, log }).catch((cause: unknown) => {
      throw new AddressUnusable(at, '--control', cause);
    });
    this.#control = { server, pairing, profiles, view, forecasts };
    log.info({ event: 'control', address: at.host, port: server.port });
  }
}

/** Whoever names a folder means one with profiles; at Send it would be late to hear of a slip. */
async function sayWithoutProfiles(folders: readonly string[], log: Logger): Promise<void> {
  for (const folder of folders) {
    await access(path.join(folder, 'profiles.ini')).catch(() => {
      log.warn({ event: 'no-profiles', folder });
    });
  }
}
