import type { Client } from 'undici';

/** Makes a connection to an origin. */
export type Connect = (origin: string) => Client;

/**
 * Connections, one for each request in flight and kept for the next ones. An undici `Pool` does that too, but it takes a connection
 * for busy until the turn of the event loop after its answer, and opens another one meanwhile: 260 of them for 64 requests at a
 * time. Here the next request waits that turn on the connection that has just become free.
 */
export class Connections {
  readonly #connect: Connect;
  readonly #idle = new Map<string, Client[]>();

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /** The connection that was used last, as it is the likeliest to be still open; else a new one. */
  take(origin: string): Client {
    return this.#idle.get(origin)?.pop() ?? this.#connect(origin);
  }

  /** Gives it back when its request has ended, in whatever way: a broken one connects anew. */
  give(origin: string, connection: Client): void {
    const idle = this.#idle.get(origin);
    if (idle === undefined) this.#idle.set(origin, [connection]);
    else idle.push(connection);
  }
}
