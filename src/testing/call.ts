import type { Content } from './content.ts';
import type { CredentialsBook } from './credentials-book.ts';
import type { FaultKind } from './fault.ts';
import type { Personality } from './personality.ts';
import type { StoreRequest } from './store-request.ts';
import type { StoreState } from './store-state.ts';

/** A request on its way through an operation. */
export interface Call {
  readonly request: StoreRequest;
  readonly state: StoreState;
  /** Undefined: everybody is let in. */
  readonly credentialsBook?: CredentialsBook | undefined;
  readonly personality: Personality;
  /** Without any framing; empty where there was none. */
  readonly body: Buffer;
  /** Trailers of an `aws-chunked` body. */
  readonly trailers: Readonly<Record<string, string>>;
  readonly anonymous: boolean;
  /** The fault that strikes the request: some do so in the middle of the work. */
  readonly faultKind?: FaultKind | undefined;
}

/** What is answered. `Content-Length` follows from the body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: none. */
  readonly body?: string | Content | undefined;
}

/** An operation that is done all at once, when its time has passed. */
export type Operation = (call: Call) => Answer;

/** An operation that looks at its source when it begins, and takes effect when its time has passed. */
export interface PreparedWork {
  /** Bytes to be moved, which latencies and bandwidth may go by. */
  readonly bytes: number;
  land(): Answer;
}

/** Looks at everything the operation needs. */
export type PreparedOperation = (call: Call) => PreparedWork;
