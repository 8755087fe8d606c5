/** A TLSA record (RFC 6698 §2.1). */
export type TlsaRecord = {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  /** Certificate association data, lower case hex. */
  readonly data: string;
};
