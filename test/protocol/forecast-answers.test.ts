import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ForecastAnswers } from '../../proxy/control/forecast-answers.ts';
import { parseResolver } from '../../proxy/forecast/dns/resolver-address.ts';
import { Forecasts } from '../../proxy/forecast/forecasts.ts';
import { temporaryState } from '../temporary-state.ts';

const RESOLVER = { resolver: '192.0.2.53:53', inClear: true, validator: 'none' };

/** Answers, how often what makes them was opened, and what is wrong with it. */
async function answersOf() {
  const state = await temporaryState();
  const given: { opened: number; fault?: Error } = { opened: 0 };
  const answers = new ForecastAnswers(async () => {
    given.opened += 1;
    if (given.fault !== undefined) throw given.fault;
    return await Forecasts.open({
      configuration: {
        resolver: parseResolver('192.0.2.53'),
        probe: false,
        policyPort: 443,
        mxPort: 25,
        trust: [],
        rootAnchorFile: undefined,
        allowSpecialAddresses: false,
      },
      stateFolder: state.folder,
      environment: {},
      log: pino({ level: 'silent' }),
      probeWaitMs: 0,
    });
  });
  return {
    answers,
    given,
    [Symbol.asyncDispose]: async () => {
      await answers.close();
      await state[Symbol.asyncDispose]();
    },
  };
}

test('F7: nothing is opened before there is a question, and then once', async () => {
  await using of = await answersOf();
  expect(of.given.opened).toBe(0);
  const asking = [of.answers.resolver(), of.answers.resolver()];
  expect(await Promise.all(asking)).toEqual([RESOLVER, RESOLVER]);
  expect(of.given.opened).toBe(1);
});

test('what is wrong with the configuration is told, and may be mended before the next question', async () => {
  await using of = await answersOf();
  of.given.fault = new Error('the file of the root anchor is gone');
  await expect(of.answers.resolver()).rejects.toThrow('root anchor');
  delete of.given.fault;
  expect(await of.answers.resolver()).toEqual(RESOLVER);
});

test('F7: a proxy that is being stopped opens nothing any more', async () => {
  await using of = await answersOf();
  await of.answers.close();
  await expect(of.answers.resolver()).rejects.toThrow('being stopped');
  expect(of.given.opened).toBe(0);
});
