import { createHash } from 'node:crypto';
import { BUILT_IN_TRUST, type Trust } from '../submission/tls-profile.ts';

/** What decides whom a fact was learnt from. */
export type LearntBy = {
  readonly trust: Trust;
  /** Of policy hosts or of mail servers. */
  readonly port: number;
  readonly usualPort: number;
  readonly allowSpecialAddresses: boolean;
};

/**
 * The folders, within the state folder, of what was learnt with these options. What a person found
 * out once with an authority of his own, or from addresses of his own network, must not count where
 * they are not trusted; nor take the place of what the world says.
 */
export function keptPlace(what: string, learntBy: LearntBy): readonly string[] {
  const { trust, port, usualPort, allowSpecialAddresses } = learntBy;
  const isUsual = trust === BUILT_IN_TRUST && port === usualPort && !allowSpecialAddresses;
  if (isUsual) return ['forecast', 'public', what];
  const options = JSON.stringify([
    trust === BUILT_IN_TRUST ? 'built in' : trust,
    port,
    allowSpecialAddresses,
  ]);
  const digest = createHash('sha256').update(options).digest('hex').slice(0, 16);
  return ['forecast', digest, what];
}
