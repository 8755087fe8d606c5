import { pino, type Logger } from 'pino';

/** One line for each event: `key=value`, or JSON. Never a credential, never content. */
export function logTo(stream: NodeJS.WritableStream, format: 'text' | 'json'): Logger {
  const options = {
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
  };
  if (format === 'json') return pino(options, stream);
  return pino(options, { write: (line) => void stream.write(`${textLine(line)}\n`) });
}

function textLine(json: string): string {
  const event: Readonly<Record<string, unknown>> = JSON.parse(json);
  const { time, level, ...rest } = event;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${valueText(value)}`);
  return [time, level, ...pairs].join(' ');
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
