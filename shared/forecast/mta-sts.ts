/** An MTA-STS policy (RFC 8461 §3.2). */
export type MtaStsPolicy = {
  /** Of the record by which it was announced when it was fetched. */
  readonly id: string;
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Patterns of host names, in A-label form and lower case. */
  readonly mx: readonly string[];
  readonly maxAgeSeconds: number;
};
