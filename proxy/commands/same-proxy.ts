import { DEFAULT_CONTROL_PORT } from '../../shared/control/api.ts';
import type { Flags } from '../config.ts';

/**
 * The options by which another command finds the same proxy, with a blank in front of each; to be
 * shown behind what to type next.
 *
 * @param controlPort where it is really asked; undefined says nothing of it
 */
export function sameProxy({ config, state }: Flags, controlPort: number | undefined): string {
  const isUsual = controlPort === undefined || controlPort === DEFAULT_CONTROL_PORT;
  return [
    ...(config === undefined ? [] : [` --config ${word(config)}`]),
    ...(state === undefined ? [] : [` --state ${word(state)}`]),
    ...(isUsual ? [] : [` --control 127.0.0.1:${controlPort}`]),
  ].join('');
}

/** As one word for a shell. */
function word(text: string): string {
  return /^[\w./:=@+,\\-]+$/.test(text) ? text : `"${text}"`;
}
