/** A message as it arrived, for questions about its header section (RFC 5322 §2.2). */
export class Message {
  readonly text: string;

  constructor(octets: Buffer | string) {
    this.text = octets.toString('latin1').replaceAll('\r\n', '\n');
  }

  /** The values of all fields of that name, unfolded, in their order. */
  field(name: string): readonly string[] {
    return this.#fields()
      .filter((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      .map((field) => field.slice(name.length + 1).trim());
  }

  /** All field names in lower case, in their order. */
  fieldNames(): readonly string[] {
    return this.#fields().map((field) => field.slice(0, field.indexOf(':')).toLowerCase());
  }

  #fields(): readonly string[] {
    const [headerSection = ''] = this.text.split('\n\n', 1);
    return headerSection.replace(/\n(?=[ \t])/g, '').split('\n');
  }
}
