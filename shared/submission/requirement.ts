/**
 * What the sender asks of TLS for one message, in the words of RFC 8689 §4.2:
 * `required` is the REQUIRETLS parameter, `optional` is the field `TLS-Required: No`, and
 * `default` is neither. "Off" is `default` and must never be read as `optional`.
 */
export type TlsRequirement = 'default' | 'required' | 'optional';

/** A requirement that a person made, so that it can be written into a message. */
export type MarkedRequirement = Exclude<TlsRequirement, 'default'>;

/** In the order in which they are shown and cycled through. */
export const TLS_REQUIREMENTS: readonly TlsRequirement[] = ['default', 'required', 'optional'];
