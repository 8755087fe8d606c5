import { PAGE_ASKS, type Answer, type Question } from '../../shared/control/api.ts';
import { CannotAnswer } from './cannot-answer.ts';
import type { ForecastAnswers } from './forecast-answers.ts';
import { MAX_PAIRINGS } from './key-file.ts';
import type { PageSessions } from './page-sessions.ts';
import type { Asker, PairedProfiles } from './paired-profiles.ts';
import type { Pairing } from './pairing.ts';
import type { Probes } from './probes.ts';
import type { ReceiptsView } from './receipts-view.ts';
import type { RouteEvidence } from './route-evidence.ts';
import type { ServedAccount } from './served-account.ts';

/** All that questions are answered from. */
export type Desk = {
  readonly version: string;
  readonly accounts: () => readonly ServedAccount[];
  readonly readsPreferences: boolean;
  readonly routes: RouteEvidence;
  readonly probes: Probes;
  readonly receipts: ReceiptsView;
  readonly forecasts: ForecastAnswers;
  readonly pages: PageSessions;
  readonly profiles: PairedProfiles;
  readonly pairing: Pairing;
};

type Ask = Question['ask'];

const FOR_PAGES: readonly Ask[] = PAGE_ASKS;
const FOR_COMMANDS: readonly Ask[] = ['pairing code', 'pairings', 'remove pairing', 'page link'];

/** Whether somebody may ask this at all, whatever the answer. */
export function mayAsk({ kind }: Pick<Asker, 'kind'>, ask: Ask): boolean {
  switch (kind) {
    case 'command line':
      return ask !== 'unpair';
    case 'profile':
      return !FOR_COMMANDS.includes(ask);
    case 'page':
      return FOR_PAGES.includes(ask);
  }
}

/** Where the server is asked. */
export type Where = {
  readonly port: number;
  /** Whether no other program listens where the names of pages lead to. */
  readonly isAlone: () => Promise<boolean>;
};

/** Answers what was proved, and may be asked. */
export class Questions {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** @throws CannotAnswer */
  async answer(question: Question, asker: Asker, where: Where): Promise<object> {
    const { routes, probes, receipts, forecasts, pages, profiles } = this.#desk;
    switch (question.ask) {
      case 'hello':
        return this.#hello();
      case 'probe':
        return this.#probe(question, asker);
      case 'probed':
        return { route: await probes.outcomeOf(asker.pairing, question.nonce) };
      case 'offer':
        return await this.#offer(question.account);
      case 'route': {
        const { identity, identities } = question;
        const route = await routes.routeOf(identity, identities, asker.origin);
        const seen = await receipts.lastFrom(identity.address);
        return { route, ...(seen && { seen }) };
      }
      case 'compose':
        await this.#compose(question, asker);
        return {};
      case 'outcomes':
        return await receipts.outcomes(question.markerIds);
      case 'forecast':
        return await forecasts.forecast(question);
      case 'resolver':
        return await forecasts.resolver();
      case 'unpair':
        await profiles.remove(asker.pairing);
        return {};
      case 'receipts':
        return await receipts.changedAfter(question.after);
      case 'storage':
        return await receipts.storage();
      case 'delete receipts':
        await receipts.deleteAll();
        return {};
      case 'pairing code':
        return await this.#pairingCode();
      case 'pairings':
        return await this.#pairings();
      case 'remove pairing':
        return { removed: await profiles.remove(question.pairing) };
      case 'page link':
        if (!(await where.isAlone())) throw otherLoopbackTaken(where);
        return { link: pages.link(where.port) };
    }
  }

  #hello(): Answer<'hello'> {
    const { version, accounts, readsPreferences } = this.#desk;
    return {
      version,
      readsPreferences,
      accounts: accounts().map(({ account, listener }) => ({
        name: account.name,
        host: account.listen.name,
        port: listener.port,
        tls: account.certificate !== undefined,
        server: `${account.server.host}:${account.server.port}`,
      })),
    };
  }

  #probe({ identity }: Extract<Question, { ask: 'probe' }>, asker: Asker): Answer<'probe'> {
    const { probes, accounts } = this.#desk;
    const nonce = probes.issue(asker.pairing, identity);
    // Over a connection from before the probe would tell nothing.
    for (const { listener } of accounts()) listener.closeBetweenMessages();
    return { nonce };
  }

  async #offer(name: string): Promise<Answer<'offer'>> {
    const served = this.#desk.accounts().find(({ account }) => account.name === name);
    if (served !== undefined) return await served.listener.warm.offer();
    throw new CannotAnswer(`The proxy has no account of the name "${name}".`);
  }

  /**
   * Keeps the way warm that a window's message will take, and no other. Where it leads cannot
   * always be told; with a single account there is one way through here anyway.
   */
  async #compose(asked: Extract<Question, { ask: 'compose' }>, asker: Asker): Promise<void> {
    const accounts = this.#desk.accounts();
    const window = `${asker.pairing}/${asked.window}`;
    const leadsTo = asked.open ? await this.#accountFor(asked, asker) : undefined;
    for (const { account, listener } of accounts) {
      if (account.name === leadsTo) listener.warm.want(window);
      else listener.warm.unwant(window);
    }
  }

  async #accountFor(
    { identity, identities }: Extract<Question, { ask: 'compose' }>,
    { origin }: Asker,
  ) {
    const route = await this.#desk.routes.routeOf(identity, identities, origin);
    const [only, ...others] = this.#desk.accounts();
    switch (route.kind) {
      case 'through-proxy':
        return route.account;
      case 'elsewhere':
        return undefined;
      case 'unknown':
        return others.length === 0 ? only?.account.name : undefined;
    }
  }

  async #pairingCode(): Promise<Answer<'pairing code'>> {
    const made = await this.#desk.pairing.newCode();
    if (made !== undefined) return made;
    throw new CannotAnswer(
      `${MAX_PAIRINGS} profiles are paired, and more are not kept. Remove one first (requiretls pair --list, requiretls pair --remove ID).`,
    );
  }

  async #pairings(): Promise<Answer<'pairings'>> {
    // In this order: a code that waits no more has paired one of those that are read then, or none.
    const codeWaits = this.#desk.pairing.isCodeWaiting;
    const all = await this.#desk.profiles.all();
    return {
      codeWaits,
      pairings: all.map(({ pairing, name, created }) => ({ pairing, name, created })),
    };
  }
}

function otherLoopbackTaken({ port }: Where): CannotAnswer {
  return new CannotAnswer(
    `another program listens at [::1]:${port}, where browsers look first, and it would be handed the link. End it, or start the proxy with another --control.`,
  );
}
