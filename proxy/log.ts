import { pino, type Logger } from 'pino';

/** One line for each event: `key=value`, or JSON. Never a credential, never content. */
export function logTo(stream: NodeJS.WritableStream, format: 'text' | 'json'): Logger {
  const options = {
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
  };
  const lines = new GatheredLines(stream);
  const written = format === 'json' ? (line: string) => line : textLine;
  return pino(options, {
    write: (line) => lines.add(written(line), /^\{"level":"(?:error|fatal)"/.test(line)),
  });
}

/** Lines wait so long for others: each write waits for whoever reads them. */
const GATHER_MS = 5;

class GatheredLines {
  readonly #stream: NodeJS.WritableStream;
  #lines = '';

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  /** @param atOnce for what may be the last words of the process */
  add(line: string, atOnce: boolean): void {
    if (this.#lines === '') setTimeout(() => this.#flush(), GATHER_MS);
    this.#lines += line;
    if (atOnce) this.#flush();
  }

  #flush(): void {
    if (this.#lines === '') return;
    this.#stream.write(this.#lines);
    this.#lines = '';
  }
}

function textLine(json: string): string {
  const event: Readonly<Record<string, unknown>> = JSON.parse(json);
  const { time, level, ...rest } = event;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${valueText(value)}`);
  return `${[time, level, ...pairs].join(' ')}\n`;
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
