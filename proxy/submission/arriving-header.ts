import { headerLines, type HeaderSection } from '../../shared/submission/header-section.ts';
import { headerSectionTooLarge } from '../../shared/submission/refusals.ts';
import { MessageUnfit } from './arriving-data.ts';

const MAX_OCTETS = 256 * 1024;
const MAX_FIELDS = 1000;
const EMPTY_LINE = '\r\n';

/** A message whose header section was read and whose body still streams. */
export type ArrivedHeader = {
  /** Without stuffed dots. */
  readonly section: HeaderSection;
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
  let wire = '';
  let end: number | undefined;

  while (end === undefined) {
    const block = await blocks.next();
    if (block.done === true) break;
    const searched = Math.max(0, wire.length - 3);
    wire += block.value.toString('latin1');
    end = sectionEnd(wire, searched);
    if ((end ?? wire.length) > MAX_OCTETS) throw new MessageUnfit(headerSectionTooLarge());
  }
  const section = unstuffed(wire.slice(0, end));
  const { fields, strays } = headerLines(section);
  if (fields.length + strays.length > MAX_FIELDS) throw new MessageUnfit(headerSectionTooLarge());

  // RFC 5322 §2.1: without an empty line the message is its header section.
  const body = end === undefined ? '' : wire.slice(end);
  return {
    section,
    async *withSection(changed) {
      yield Buffer.from(stuffed(changed) + body, 'latin1');
      for (let block = await blocks.next(); block.done !== true; block = await blocks.next()) {
        yield block.value;
      }
    },
  };
}

/** Index of the empty line, once it has arrived. */
function sectionEnd(wire: string, from: number): number | undefined {
  if (wire.startsWith(EMPTY_LINE)) return 0;
  const at = wire.indexOf(`\r\n${EMPTY_LINE}`, from);
  return at === -1 ? undefined : at + 2;
}

/** RFC 5321 §4.5.2: a dot at the start of a line is taken off, whatever follows it. */
function unstuffed(wire: string): string {
  return wire.replace(/(^|\r\n)\./g, '$1');
}

function stuffed(text: string): string {
  return text.replace(/(^|\r\n)\./g, '$1..');
}
