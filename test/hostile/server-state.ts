/** Where a session with a submission server can stand, in their order. */
export const STATES = [
  'greeting',
  'EHLO before TLS',
  'STARTTLS',
  'handshake',
  'greeting inside TLS',
  'EHLO',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'body',
  'final dot',
  'between messages',
  'QUIT',
] as const;
export type State = (typeof STATES)[number];

/** The right replies of a server in each state; empty where it has nothing to say. */
export function rightReply(state: State, pipelining: boolean): string {
  switch (state) {
    case 'greeting':
    case 'greeting inside TLS':
      return '220 submission.example ESMTP\r\n';
    case 'EHLO before TLS':
      return '250-submission.example\r\n250 STARTTLS\r\n';
    case 'STARTTLS':
      return '220 2.0.0 go ahead\r\n';
    case 'EHLO':
      return `250-submission.example\r\n${pipelining ? '250-PIPELINING\r\n' : ''}250-AUTH PLAIN\r\n250 REQUIRETLS\r\n`;
    case 'AUTH':
      return '235 2.7.0 welcome\r\n';
    case 'MAIL':
      return '250 2.1.0 Ok\r\n';
    case 'RCPT':
      return '250 2.1.5 Ok\r\n';
    case 'DATA':
      return '354 go ahead\r\n';
    case 'final dot':
      return '250 2.0.0 queued\r\n';
    case 'QUIT':
      return '221 2.0.0 bye\r\n';
    case 'handshake':
    case 'body':
    case 'between messages':
      return '';
  }
}
