/** Exit statuses from sysexits.h, which mail programs have used since sendmail. */
export const EX_OK = 0;
export const EX_USAGE = 64;
/** No such host, or no way to it. */
export const EX_NOHOST = 68;
/** What was asked for is not to be had: REQUIRETLS is not offered, a port is taken. */
export const EX_UNAVAILABLE = 69;
export const EX_SOFTWARE = 70;
/** What was found out could not be written. */
export const EX_IOERR = 74;
/** Nobody can tell now, or only the delivery can. */
export const EX_TEMPFAIL = 75;
/** The other side broke the protocol, or its TLS could not be verified. */
export const EX_PROTOCOL = 76;
export const EX_CONFIG = 78;
/** Ended before its end, by a person or the system: 128 and the number of SIGINT, as shells have it. */
export const STOPPED = 130;

/** Is told the exit status of a command that ran. */
export type Ended = (status: number) => void;
