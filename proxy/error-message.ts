/** What an error of any origin says; for logs and for the reason in a reply. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Its code, as the system or a library gives one; empty without one. */
export function codeOf(error: unknown): string {
  const { code }: { code?: unknown } = Object(error);
  return typeof code === 'string' ? code : '';
}
