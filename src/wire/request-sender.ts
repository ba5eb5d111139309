import type { Client } from 'undici';
import { DeadlineQueue } from './deadline-queue.ts';
import {
  Exchange,
  type HttpDispatcher,
  PortableExchange,
  type WireRequest,
  type WireResponse,
} from './send-request.ts';

/** Idle connections are dropped after this long; many servers and load balancers do so after 5 s or more. */
const KEEP_ALIVE_TIMEOUT_MS = 4000;
const CONNECT_TIMEOUT_MS = 10_000;

const CONNECTION_OPTIONS = {
  pipelining: 1,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  keepAliveMaxTimeout: 60_000,
  connect: { timeout: CONNECT_TIMEOUT_MS },
} as const;

type Connect = (origin: string) => Client;

/**
 * Sends requests through undici's lowest layer, and sees that each one ends: by its answer, an error, its deadline or its signal.
 *
 * There is a connection for each request in flight, kept for the next ones. An undici `Pool` does that too, but it takes a connection
 * for busy until the turn of the event loop after its answer, and opens another one meanwhile: 260 of them for 64 requests at a
 * time. Here the next request waits that turn on the connection that has just become free.
 */
export class RequestSender {
  readonly deadlines: DeadlineQueue = new DeadlineQueue();
  readonly #given: HttpDispatcher | undefined;
  readonly #idle = new Map<string, Client[]>();
  #connect: Connect | undefined;

  /** @param dispatcher - the caller's own; left out, there are as many connections as requests in flight. */
  constructor(dispatcher: HttpDispatcher | undefined) {
    this.#given = dispatcher;
  }

  /** Sends one request. @throws TransportError if no whole answer came; the signal's reason if it fired */
  send(request: WireRequest): Promise<WireResponse> {
    if (this.#given === undefined && this.#connect === undefined) {
      return this.#loadUndici().then(() => this.send(request));
    }
    return new Promise((resolve, reject) => {
      if (request.cancelledBy?.aborted === true) {
        reject(request.cancelledBy.reason);
      } else if (this.#given !== undefined) {
        // A dispatcher of the caller's may be of another undici version, which may know only the newer handler methods.
        new PortableExchange(request, this, undefined, resolve, reject).sendThrough(this.#given);
      } else {
        const connection = this.#take(request.origin);
        new Exchange(request, this, connection, resolve, reject).sendThrough(connection);
      }
    });
  }

  /** Takes back the connection of a request that has ended; one that `isBroken` has to connect anew. */
  giveBack(origin: string, connection: Client, isBroken: boolean): void {
    const idle = this.#idle.get(origin);
    if (idle === undefined) this.#idle.set(origin, [connection]);
    else if (isBroken) idle.unshift(connection);
    else idle.push(connection);
  }

  /** The connection that was used last, as it is the likeliest to be still open; else a new one. */
  #take(origin: string): Client {
    return this.#idle.get(origin)?.pop() ?? (this.#connect as Connect)(origin);
  }

  async #loadUndici(): Promise<void> {
    // Loading undici takes longer than loading all of this library: only who sends a request pays for it.
    const { Client: UndiciClient } = await import('undici');
    this.#connect = (origin) => new UndiciClient(origin, CONNECTION_OPTIONS);
  }
}
