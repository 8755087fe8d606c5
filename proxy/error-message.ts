/** What an error of any origin says; for logs and for the reason in a reply. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Its code: the system's own where a library put another one over it; empty without one. */
export function codeOf(error: unknown): string {
  const { originalCode, code }: { originalCode?: unknown; code?: unknown } = Object(error);
  return [originalCode, code].find((value) => typeof value === 'string') ?? '';
}
