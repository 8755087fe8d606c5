/** As much of what another program wrote is shown. */
const MAX_QUOTED = 100;

/** What another program wrote, as text that steers no terminal and fills no screen. */
export function quoted(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_QUOTED);
}
