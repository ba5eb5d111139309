// A backend service: it copies on request, and shows each copy's progress as server-sent events.
//
//   curl -d '{ "key": "film.mxf" }' localhost:8080/copies     starts a copy, answers { "id": … }
//   curl -N localhost:8080/copies/ID                          progress, until `complete` or `failed`
//   curl -X DELETE localhost:8080/copies/ID                   cancels it; the upload is aborted
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type CopyTask, copyLargeObject, createLimiter, isCopyError, s3Store } from 'copy-large-object';

const store = s3Store({ endpoint: process.env['AWS_ENDPOINT_URL'] });
// One limit for all copies of this process, however many run.
const limiter = createLimiter({ maxConcurrency: 128 });
const copies = new Map<string, CopyTask>();

async function start(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { key } = JSON.parse(await text(request)) as { key?: unknown };
  if (typeof key !== 'string' || key === '') return answer(response, 400, { message: '"key" must be a text' });
  const id = randomUUID();
  const copy = copyLargeObject({
    store,
    source: { bucket: 'media', key },
    destination: { bucket: 'archive', key },
    limiter,
  });
  copies.set(id, copy);
  copy.on('warning', ({ code, message }) => console.warn(id, code, message));
  // Somebody has to hear of the failure: without a listener it is an unhandled rejection, and ends the process.
  copy.on('failed', (error) => console.error(id, JSON.stringify(error)));
  // The outcome can be asked for during ten minutes more.
  const forget = (): void => void setTimeout(() => copies.delete(id), 600_000).unref();
  copy.then(forget, forget);
  answer(response, 202, { id });
}

async function show(copy: CopyTask, response: ServerResponse): Promise<void> {
  const send = (event: string, data: unknown): unknown =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' });
  send('progress', copy.progress);
  try {
    // Each viewer has a loop of its own. Leaving it doesn't cancel the copy.
    for await (const progress of copy) {
      if (response.destroyed) return;
      send('progress', progress);
    }
    const { etag, size, verified } = await copy;
    send('complete', { etag, size, verified });
  } catch (error) {
    // A user gets the code and the message; request ids and the rest are in the log.
    send('failed', isCopyError(error) ? { code: error.code, message: error.message } : { code: 'CANCELLED' });
  }
  response.end();
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, folder, id = ''] = (request.url ?? '').split('/');
  const copy = copies.get(id);
  try {
    if (folder === 'copies' && id === '' && request.method === 'POST') await start(request, response);
    else if (folder !== 'copies' || copy === undefined) answer(response, 404, { message: 'There is no such copy' });
    else if (request.method === 'GET') await show(copy, response);
    else if (request.method === 'DELETE') {
      copy.abort(new Error('Cancelled by the user'));
      answer(response, 202, { id });
    } else answer(response, 405, { message: 'GET or DELETE' });
  } catch (error) {
    answer(response, 400, { message: error instanceof Error ? error.message : String(error) });
  }
}

const server = createServer((request, response) => void serve(request, response));
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => console.log('listening', server.address()));

// A deployment ends the process by SIGTERM: cancel what runs, and wait until the uploads are aborted.
process.once('SIGTERM', () => {
  const running = [...copies.values()];
  for (const copy of running) copy.abort(new Error('The service is shutting down'));
  void Promise.allSettled(running).then(() => server.close());
});
