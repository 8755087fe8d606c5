import type { Answer } from '../../shared/control/api.ts';
import type { Terminal } from '../terminal.ts';

/** To the beginning of the line, and all of it away (ECMA-48 §8.3.41). */
const CLEAR = '\r\u001b[K';

/** Says on a terminal whom the domains are told, and how far the look-ups are; nothing elsewhere. */
export class ForecastProgress {
  readonly #terminal: Terminal;
  readonly #count: number;
  #known = 0;
  #isShown = false;

  constructor(terminal: Terminal, count: number) {
    this.#terminal = terminal;
    this.#count = count;
  }

  /** Before anybody is asked. */
  begin({ resolver, inClear }: Answer<'resolver'>, probe: boolean): void {
    const how = inClear ? ', which others on the way can read' : '';
    const probed = probe ? ' and connects to their mail servers' : '';
    this.#write(`Asks ${resolver}${how}, and the domains' own policy hosts${probed}.\n`);
    this.#show();
  }

  /** One more is known. */
  step(): void {
    this.#known += 1;
    if (this.#isShown) this.#show();
  }

  /** Makes room for what is told. */
  clear(): void {
    if (this.#isShown) this.#write(CLEAR);
    this.#isShown = false;
  }

  #show(): void {
    this.#isShown = true;
    this.#write(`${CLEAR}Looking … ${this.#known} of ${this.#count}`);
  }

  #write(text: string): void {
    if (this.#terminal.columns !== undefined) this.#terminal.err.write(text);
  }
}
