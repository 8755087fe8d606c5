import type { Logger } from 'pino';
import type { RefusalKind } from './refused.ts';

/** After one line of a kind, so long only counts. */
const QUIET_MS = 60_000;

/** Tells what kinds of requests are refused, and nothing else of them. A flood fills no disk. */
export class RefusalLog {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #kinds = new Map<RefusalKind, { readonly quietUntil: number; unsaid: number }>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** @param fault why we could not, which is ours to mend */
  note(kind: RefusalKind, fault?: unknown): void {
    const now = this.#now();
    const said = this.#kinds.get(kind);
    if (said !== undefined && now < said.quietUntil) {
      said.unsaid += 1;
      return;
    }
    const others = said !== undefined && said.unsaid > 0 ? { others: said.unsaid } : {};
    const event = { event: 'control-refused', kind, ...others };
    if (fault === undefined) this.#log.info(event);
    else this.#log.error({ ...event, err: fault });
    this.#kinds.set(kind, { quietUntil: now + QUIET_MS, unsaid: 0 });
  }
}
