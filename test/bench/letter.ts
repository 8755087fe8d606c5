const LINE = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/abcdefghijkl\r\n';

/** A tenth of the lines; a printed poem has fewer, a list of dotted names more. */
const STUFFED_EVERY = 10;

export type LetterOptions = {
  /** About so many octets on the wire. */
  readonly octets: number;
  /** Whether many lines begin with a stuffed dot. Their number changes no length. */
  readonly stuffedDots?: boolean;
  /** Whole lines of the header section, each with its CRLF. */
  readonly fields?: string;
  readonly messageId?: string;
};

/** A letter as it goes over the wire: dots stuffed, the final dot not included. */
export function letter(options: LetterOptions): Buffer {
  const { octets, stuffedDots = false, fields = '', messageId = 'letter@example.org' } = options;
  const header = Buffer.from(
    'From: Ada <ada@example.org>\r\nTo: Grace <r0@example.net>\r\nSubject: a letter\r\n' +
      `Message-ID: <${messageId}>\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n${fields}` +
      'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n',
    'latin1',
  );
  const lines = Math.max(1, Math.ceil((octets - header.length) / LINE.length));
  const wire = Buffer.alloc(header.length + lines * LINE.length, LINE);
  // `alloc` began the pattern at the header, which is written over it.
  wire.fill(LINE, header.length);
  header.copy(wire);
  if (stuffedDots) {
    for (let line = 0; line < lines; line += STUFFED_EVERY) {
      wire.write('..', header.length + line * LINE.length, 'latin1');
    }
  }
  return wire;
}
