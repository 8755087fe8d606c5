import type { Terminal } from '../terminal.ts';
export type DemoFlags = { readonly listen?: string; readonly send?: true };
export async function demo(_f: DemoFlags, t: Terminal): Promise<number> {
  t.out.write('demo\n');
  return 0;
}
