/** An MX record (RFC 5321 §5.1); the exchange is `''` in a null MX (RFC 7505). */
export type MailExchanger = {
  readonly preference: number;
  readonly exchange: string;
};
