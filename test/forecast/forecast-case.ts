import type { ForecastWorld } from './world.ts';

/** A forecast that README has a row for. */
export type ForecastCase = {
  readonly domain: string;
  /** What the domain has, and what else matters, in README's words. */
  readonly has: string;
  readonly probe?: true;
  /** The validating resolver, asked over TLS, unless it is said. */
  readonly resolver?: (world: ForecastWorld) => string | Promise<string>;
  /** The program that validates on this computer; where there is none, the resolver's word counts. */
  readonly validator?: 'none' | 'delv';
  /** Whether it may connect to addresses that are none of the public Internet, as all of this world are. */
  readonly specialAddresses?: 'refused';
  /**
   * What happened before the forecast that counts; the command was run then too.
   *
   * @returns the resolver from now on
   */
  readonly before?: (world: ForecastWorld, forecast: () => Promise<unknown>) => Promise<string>;
};
