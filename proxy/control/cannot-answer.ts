/** A question that was proved and cannot be answered; the message is a sentence for the person. */
export class CannotAnswer extends Error {
  override readonly name = 'CannotAnswer';
}
