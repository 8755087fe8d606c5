/**
 * A function's own text, to be run somewhere else: inside Thunderbird, or inside a page that it
 * shows. There it has nothing but its arguments.
 */
export function textOf(script: (...given: never[]) => unknown): string {
  return script.toString();
}
