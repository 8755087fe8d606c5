import type { Answer } from '../../shared/control/api.ts';
import type { Terminal } from '../terminal.ts';
import { broken } from './columns.ts';

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
    const these = this.#count === 1 ? 'this domain' : 'these domains';
    const how = inClear ? ' (in clear: others on the way can read it)' : '';
    const probed = probe ? ', and to its mail servers' : '';
    const told = `Asks ${resolver}${how} about ${these}, and connects to the policy host that a domain announces${probed}.`;
    const { columns } = this.#terminal;
    if (columns !== undefined) this.#write(`${broken(told, columns, '  ').join('\n')}\n`);
    this.show();
  }

  /** One more is known. */
  step(): void {
    this.#known += 1;
    if (this.#isShown) this.show();
  }

  /** Unless all are known. */
  show(): void {
    if (this.#known === this.#count) {
      this.clear();
      return;
    }
    this.#isShown = true;
    this.#write(`${CLEAR}Looking … ${this.#known} of ${this.#count}`);
  }

  /** Makes room for what is told. */
  clear(): void {
    if (this.#isShown) this.#write(CLEAR);
    this.#isShown = false;
  }

  #write(text: string): void {
    if (this.#terminal.columns !== undefined) this.#terminal.err.write(text);
  }
}
