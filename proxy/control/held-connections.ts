import type { Socket } from 'node:net';

/**
 * The connections to the control server, of which only so many are held at once. Who only holds
 * one makes room for the next, the oldest first: a flood of them must not keep the extension out.
 */
export class HeldConnections {
  readonly #max: number;
  /** In the order they came. Those that wait for an answer of ours are not idle. */
  readonly #idle = new Set<Socket>();
  readonly #waiting = new Set<Socket>();

  constructor(max: number) {
    this.#max = max;
  }

  admit(socket: Socket): void {
    if (this.#idle.size + this.#waiting.size >= this.#max) this.#makeRoom(socket);
    if (socket.destroyed) return;
    this.#idle.add(socket);
    socket.once('close', () => {
      this.#idle.delete(socket);
      this.#waiting.delete(socket);
    });
  }

  /** All of its request has come, and it is our turn; the connection ends with our answer. */
  waits(socket: Socket): void {
    if (this.#idle.delete(socket)) this.#waiting.add(socket);
  }

  closeAll(): void {
    for (const socket of [...this.#idle, ...this.#waiting]) socket.destroy();
  }

  #makeRoom(newcomer: Socket): void {
    const [oldest = newcomer] = this.#idle;
    oldest.destroy();
    this.#idle.delete(oldest);
  }
}
