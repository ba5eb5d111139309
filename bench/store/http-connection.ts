import type { Socket } from 'node:net';

/** One request, as far as the store looks at it. */
export interface StoreRequest {
  readonly method: string;
  /** Path and query, as on the wire. */
  readonly url: string;
  /** The request line and all headers. */
  readonly head: string;
  readonly body: string;
}

/**
 * Reads requests from a connection that is kept alive, one after another, with as little work as possible: the store must never be
 * what a benchmark measures. No chunked bodies: no client of this benchmark sends one.
 */
export function readRequests(socket: Socket, handle: (request: StoreRequest, socket: Socket) => void): void {
  let pending = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = pending === '' ? chunk.toString('latin1') : pending + chunk.toString('latin1');
    for (;;) {
      const headEnd = pending.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const bodyStart = headEnd + 4;
      const lineEnd = pending.indexOf('\r\n');
      const methodEnd = pending.indexOf(' ');
      const head = pending.slice(0, headEnd);
      const bodyLength = readBodyLength(head, pending.charCodeAt(0));
      if (pending.length < bodyStart + bodyLength) return;
      const request = {
        method: pending.slice(0, methodEnd),
        url: pending.slice(methodEnd + 1, pending.lastIndexOf(' ', lineEnd)),
        head,
        body: bodyLength === 0 ? '' : pending.slice(bodyStart, bodyStart + bodyLength),
      };
      pending = pending.length === bodyStart + bodyLength ? '' : pending.slice(bodyStart + bodyLength);
      handle(request, socket);
    }
  });
}

const P = 'P'.charCodeAt(0);

function readBodyLength(head: string, firstLetter: number): number {
  // Only PUT and POST have bodies.
  if (firstLetter !== P) return 0;
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  return match === null ? 0 : Number(match[1]);
}
