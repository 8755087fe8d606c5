import { domainOf } from '../../shared/forecast/domain.ts';
import {
  FORECAST_JSON_VERSION,
  type Forecast,
  type Verdict,
} from '../../shared/forecast/forecast.ts';
import { ConfigurationError } from '../config-file.ts';
import { forecastConfigurationFrom, type Flags } from '../config.ts';
import { EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE, EX_USAGE, STOPPED } from '../exit-status.ts';
import type { ForecastFlags } from '../forecast-config.ts';
import { askedName } from '../forecast/asked-domain.ts';
import { Forecasts } from '../forecast/forecasts.ts';
import { logTo } from '../log.ts';
import { StateFolderUnfit } from '../state-folder.ts';
import type { Terminal } from '../terminal.ts';
import { written } from '../written.ts';
import { ForecastProgress } from './forecast-progress.ts';
import { forecastText } from './forecast-table.ts';

export type ForecastCommandFlags = ForecastFlags &
  Pick<Flags, 'config' | 'state'> & { readonly self?: string; readonly json?: true };

const STATUS: Readonly<Record<Verdict, number>> = {
  observed: EX_OK,
  promised: EX_TEMPFAIL,
  unknown: EX_TEMPFAIL,
  'will fail': EX_UNAVAILABLE,
};

/** From the best exit status to the worst. */
const WORSE = [EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE];

/** As long as a look at a mail server takes at most. */
const PROBE_WAIT_MS = 25_000;
/** So many are asked for before the first of them is there. */
const AHEAD = 50;

/**
 * Says whether domains can receive a message that requires TLS, and how that is known.
 *
 * @param asked domains or addresses; what stands before an `@` goes no further than here
 * @returns the exit status of the worst, unless it was stopped before all were told
 * @throws ConfigurationError
 * @throws OutputLost
 */
export async function forecast(
  asked: readonly string[],
  flags: ForecastCommandFlags,
  terminal: Terminal,
): Promise<number> {
  const { self, json } = flags;
  if ((asked.length === 0) === (self === undefined)) {
    terminal.err.write(
      'requiretls: name one or more domains or addresses, or your own domain with --self.\n',
    );
    return EX_USAGE;
  }
  const domains = [...new Set((self === undefined ? asked : [self]).map(domainOf).map(askedName))];
  const made: Forecast[] = [];
  for await (const one of forecastsFor(domains, flags, terminal)) {
    made.push(one);
    if (json !== true) {
      const about = self === undefined ? 'messages' : 'bounces';
      const gap = made.length > 1 ? '\n' : '';
      await written(terminal.out, gap + forecastText(one, about, terminal.columns));
    }
  }
  if (made.length < domains.length) {
    terminal.err.write('requiretls: stopped before every domain was told.\n');
    return STOPPED;
  }
  if (json === true) {
    const all = { version: FORECAST_JSON_VERSION, domains: made };
    await written(terminal.out, `${JSON.stringify(all, null, 2)}\n`);
  }
  return made
    .map(({ verdict }) => STATUS[verdict])
    .reduce((worst, one) => (WORSE.indexOf(one) > WORSE.indexOf(worst) ? one : worst), EX_OK);
}

/**
 * The forecasts in the order of the domains, each as soon as those before it are there. Ends early
 * when the person says so.
 */
async function* forecastsFor(
  domains: readonly string[],
  flags: ForecastCommandFlags,
  terminal: Terminal,
): AsyncGenerator<Forecast> {
  const { forecast: configuration, stateFolder } = forecastConfigurationFrom(
    flags,
    terminal.defaultConfigFile,
  );
  const { probe } = configuration;
  const forecasts = await open();
  const progress = new ForecastProgress(terminal, domains.length);
  const stopped = terminal.stopRequested().then(() => undefined);
  try {
    progress.begin(forecasts.resolver(), probe);
    const begun: Promise<Forecast>[] = [];
    for (const at of domains.keys()) {
      for (const next of domains.slice(begun.length, at + AHEAD)) begun.push(begin(next));
      const one = await Promise.race([begun[at], stopped]);
      if (one === undefined) return;
      progress.clear();
      yield one;
      progress.show();
    }
  } finally {
    progress.clear();
    await forecasts.close();
  }

  async function open(): Promise<Forecasts> {
    try {
      const log = logTo(terminal.err, 'text');
      const { environment } = terminal;
      const probeWaitMs = PROBE_WAIT_MS;
      return await Forecasts.open({ configuration, stateFolder, environment, log, probeWaitMs });
    } catch (error) {
      if (!(error instanceof StateFolderUnfit)) throw error;
      throw new ConfigurationError(`the state folder ${stateFolder}: ${error.message}`);
    }
  }

  function begin(domain: string): Promise<Forecast> {
    const made = forecasts.one(domain, probe).finally(() => progress.step());
    // Its turn to be told may come much later, or never: until then a failure would be nobody's.
    void made.catch(() => undefined);
    return made;
  }
}
