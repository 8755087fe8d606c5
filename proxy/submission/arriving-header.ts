import {
  headerLines,
  type HeaderLines,
  type HeaderSection,
} from '../../shared/submission/header-section.ts';
import { headerSectionTooLarge } from '../../shared/submission/refusals.ts';
import { MessageUnfit } from './message-unfit.ts';

const MAX_OCTETS = 256 * 1024;
const MAX_FIELDS = 1000;

/** A message whose header section was read and whose body still streams. */
export type ArrivedHeader = {
  /** Without stuffed dots. */
  readonly section: HeaderSection;
  /** The section taken apart. */
  readonly lines: HeaderLines;
  /**
   * The message with another header section, as it goes over the wire. The body's octets pass
   * as they came. To be read once.
   */
  readonly withSection: (section: HeaderSection) => AsyncGenerator<Buffer>;
};

/**
 * Reads the header section of an arriving message and leaves the body where it is, held back by
 * the socket.
 *
 * @param octets dots still stuffed, as the mail program sent them
 * @throws MessageUnfit when the section is too large: a marker past a limit must not be missed
 */
export async function readArrivingHeader(octets: AsyncIterable<Buffer>): Promise<ArrivedHeader> {
  const blocks = octets[Symbol.asyncIterator]();
  const arrived: string[] = [];
  let octetsRead = 0;
  let tail = '\r\n'; // as if a line had ended before the first: a message may begin with its body
  let end: number | undefined;

  while (end === undefined) {
    const block = await blocks.next();
    if (block.done === true) break;
    const searched = tail + block.value.toString('latin1');
    const at = searched.indexOf('\r\n\r\n');
    if (at !== -1) end = octetsRead - tail.length + at + 2;
    arrived.push(searched.slice(tail.length));
    octetsRead += block.value.length;
    tail = searched.slice(-3);
    if ((end ?? octetsRead) > MAX_OCTETS) throw new MessageUnfit(headerSectionTooLarge());
  }
  const wire = arrived.join('');
  const section = unstuffed(wire.slice(0, end));
  const lines = headerLines(section);
  if (lines.fields.length + lines.strays.length > MAX_FIELDS)
    throw new MessageUnfit(headerSectionTooLarge());

  // RFC 5322 §2.1: without an empty line the message is its header section.
  const body = end === undefined ? '' : wire.slice(end);
  return {
    section,
    lines,
    async *withSection(changed) {
      yield Buffer.from(stuffed(changed) + body, 'latin1');
      for (let block = await blocks.next(); block.done !== true; block = await blocks.next()) {
        yield block.value;
      }
    },
  };
}

/** RFC 5321 §4.5.2: a dot at the start of a line is taken off, whatever follows it. */
function unstuffed(wire: string): string {
  return wire.replace(/(^|\r\n)\./g, '$1');
}

function stuffed(text: string): string {
  return text.replace(/(^|\r\n)\./g, '$1..');
}
