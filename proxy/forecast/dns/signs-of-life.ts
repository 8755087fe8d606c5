import type { Socket } from 'node:net';

/** Who waited less long hardly gave it time to answer. */
const SILENT_MS = 1000;

/**
 * Whether a connection that nobody ended still leads anywhere. In another network, after a sleep,
 * or where a firewall forgot it, it does not, and nobody says so: the system would go on trying for
 * a quarter of an hour. So a question without an answer makes it suspect when nothing else came
 * meanwhile either. Who is only slow with one answer gives others.
 */
export class SignsOfLife {
  readonly #socket: Pick<Socket, 'bytesRead'>;
  #patience: number;

  /** @param isAfterSilence whether it takes the place of one that was given up for this */
  constructor(socket: Pick<Socket, 'bytesRead'>, isAfterSilence: boolean) {
    this.#socket = socket;
    // It may be the server that answers nothing, and not the way there: then each of the two tries
    // of a question would connect anew.
    this.#patience = isAfterSilence ? 2 : 1;
  }

  /** Then no further question is to go there. */
  get areMissing(): boolean {
    return this.#patience === 0;
  }

  /** Waits for the answer to a question that was just written. */
  async awaiting<T>(answer: Promise<T>): Promise<T> {
    const { bytesRead } = this.#socket;
    const askedAt = performance.now();
    try {
      const answered = await answer;
      if (!this.areMissing) this.#patience = 1;
      return answered;
    } catch (error) {
      const isSilent =
        this.#socket.bytesRead === bytesRead && performance.now() >= askedAt + SILENT_MS;
      if (isSilent && !this.areMissing) this.#patience -= 1;
      throw error;
    }
  }
}
