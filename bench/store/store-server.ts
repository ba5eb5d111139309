import { createServer, type Socket } from 'node:net';

import { createRandom } from '../../test/simulator/random.ts';
import { readRequests, type StoreRequest } from './http-connection.ts';
import { RealClock } from './real-clock.ts';
import { InFlightRecord, type StoreReport } from './run-report.ts';
import { STORE_MODELS, type StoreModelName } from './store-models-by-name.ts';
import { SmallObjects } from './small-objects.ts';
import { computeObjectEtag, findFault, formatPartEtag, type Upload } from './uploads.ts';

/** How a store is to behave. */
export interface StoreServerOptions {
  readonly model: StoreModelName;
  /** How long everything but a part takes. */
  readonly controlMs: number;
  /** Bytes of the source, whatever its key. */
  readonly size: number;
  /** Small objects that are listed, to be copied one by one. */
  readonly objects: number;
  readonly seed: number;
}

const SOURCE_ETAG = '"0123456789abcdef0123456789abcdef"';
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const TIME = '2026-01-02T03:04:05.000Z';

/**
 * A store that only keeps books: which part has which range, and whether the object comes out right. It speaks enough of S3, OBS
 * and OSS for the clients that are compared.
 */
class StoreServer {
  readonly #options: StoreServerOptions;
  readonly #clock = new RealClock();
  readonly #model: (bytes: number, answer: (outcome: { readonly kind: string }) => void) => void;
  readonly #uploads = new Map<string, Upload>();
  readonly #objects = new Map<string, string>();
  readonly #inFlight = new InFlightRecord();
  #firstAt: number | undefined;
  #completedAt = 0;
  #requests = 0;
  #partRequests = 0;
  #copied = 0;
  #connections = 0;
  #uploadsBegun = 0;
  readonly #small: SmallObjects;
  #fault: string | undefined;

  constructor(options: StoreServerOptions) {
    this.#options = options;
    this.#small = new SmallObjects(options.objects, options.size);
    this.#model = STORE_MODELS[options.model]({ clock: this.#clock, random: createRandom(options.seed + 1) });
  }

  listen(): void {
    const server = createServer((socket) => {
      this.#connections++;
      readRequests(socket, (request) => this.#handle(request, socket));
    });
    server.listen(0, '127.0.0.1', 4096, () => {
      process.send?.({ port: (server.address() as { port: number }).port });
    });
    process.on('message', () => process.send?.(this.#report()));
    process.on('disconnect', () => process.exit());
  }

  #report(): StoreReport {
    const wallMs = this.#completedAt - (this.#firstAt ?? 0);
    return {
      wallMs,
      requests: this.#requests,
      partRequests: this.#partRequests,
      wastedRequests: this.#partRequests - this.#copied,
      partsCopied: this.#copied,
      connections: this.#connections,
      objects: this.#objects.size + this.#small.copied,
      openUploads: this.#uploads.size,
      fault: this.#fault,
      averageInFlight: this.#inFlight.average(wallMs),
      peakInFlight: this.#inFlight.peak,
      inFlight: this.#inFlight.sample(300),
    };
  }

  #handle(request: StoreRequest, socket: Socket): void {
    this.#requests++;
    this.#firstAt ??= this.#clock.now;
    const { method, url } = request;
    const queryStart = url.indexOf('?');
    const partNumber = method === 'PUT' && queryStart !== -1 ? readNumber(url, 'partNumber=', queryStart) : undefined;
    if (partNumber !== undefined) {
      this.#copyPart(partNumber, request, socket);
      return;
    }
    if (method === 'PUT' && queryStart === -1 && this.#small.count > 0) {
      this.#copySmall(request, socket);
      return;
    }
    const { controlMs } = this.#options;
    if (controlMs === 0) this.#answerControl(request, queryStart, socket);
    else this.#clock.at(this.#clock.now + controlMs, () => this.#answerControl(request, queryStart, socket));
  }

  #copySmall({ url }: StoreRequest, socket: Socket): void {
    this.#partRequests++;
    this.#inFlight.change(this.#clock.now, 1);
    this.#model(this.#options.size, (outcome) => {
      this.#inFlight.change(this.#clock.now, -1);
      this.#completedAt = this.#clock.now;
      if (outcome.kind === 'throttled') return send(socket, '503 Slow Down', formatError('SlowDown'));
      if (outcome.kind === 'failed') return send(socket, '500 Internal Server Error', formatError('InternalError'));
      const etag = this.#small.copy(url);
      if (etag === undefined) return send(socket, '404 Not Found', formatError('NoSuchKey'));
      this.#copied = this.#small.copied;
      const result = `<LastModified>${TIME}</LastModified><ETag>&quot;${etag}&quot;</ETag>`;
      send(socket, '200 OK', `${XML}<CopyObjectResult>${result}</CopyObjectResult>`);
    });
  }

  #copyPart(partNumber: number, { head, url }: StoreRequest, socket: Socket): void {
    this.#partRequests++;
    const upload = this.#uploads.get(readText(url, 'uploadId='));
    const range = /copy-source-range: *bytes=(\d+)-(\d+)/i.exec(head);
    if (upload === undefined || range === null) {
      send(socket, '404 Not Found', formatError('NoSuchUpload'));
      return;
    }
    const start = Number(range[1]);
    const end = Number(range[2]);
    this.#inFlight.change(this.#clock.now, 1);
    this.#model(end - start + 1, (outcome) => {
      this.#inFlight.change(this.#clock.now, -1);
      if (outcome.kind === 'throttled') send(socket, '503 Slow Down', formatError('SlowDown'));
      else if (outcome.kind === 'failed') send(socket, '500 Internal Server Error', formatError('InternalError'));
      else {
        const before = upload.parts.get(partNumber);
        if (before === undefined) this.#copied++;
        upload.parts.set(partNumber, { start, end, copies: (before?.copies ?? 0) + 1 });
        const etag = formatPartEtag(partNumber);
        const body = `${XML}<CopyPartResult><LastModified>${TIME}</LastModified><ETag>&quot;${etag}&quot;</ETag></CopyPartResult>`;
        send(socket, '200 OK', body, `etag: "${etag}"\r\n`);
      }
    });
  }

  #answerControl({ method, url, body }: StoreRequest, queryStart: number, socket: Socket): void {
    const path = queryStart === -1 ? url : url.slice(0, queryStart);
    const query = queryStart === -1 ? '' : url.slice(queryStart + 1);
    const upload = this.#uploads.get(readText(url, 'uploadId='));
    if (this.#small.count > 0 && method === 'GET' && !url.includes('uploadId=') && !query.includes('tagging')) {
      this.#completedAt = this.#clock.now;
      send(socket, '200 OK', XML + this.#small.list(new URLSearchParams(query)));
    } else if (method === 'HEAD') this.#answerHead(path, socket);
    else if (method === 'PUT') {
      // CopyObject.
      this.#objects.set(path, SOURCE_ETAG);
      const result = `<LastModified>${TIME}</LastModified><ETag>${SOURCE_ETAG.replaceAll('"', '&quot;')}</ETag>`;
      send(socket, '200 OK', `${XML}<CopyObjectResult>${result}</CopyObjectResult>`);
    } else if (method === 'POST' && /(^|&)uploads(=|&|$)/.test(query)) {
      const uploadId = `upload-${++this.#uploadsBegun}`;
      this.#uploads.set(uploadId, { key: path, parts: new Map() });
      const [, bucket, key] = /^\/([^/]*)\/(.*)$/.exec(path) ?? [];
      const names = `<Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${uploadId}</UploadId>`;
      send(socket, '200 OK', `${XML}<InitiateMultipartUploadResult>${names}</InitiateMultipartUploadResult>`);
    } else if (method === 'GET' && query.includes('tagging')) {
      send(socket, '200 OK', `${XML}<Tagging><TagSet></TagSet></Tagging>`);
    } else if (upload === undefined) {
      send(socket, '404 Not Found', formatError('NoSuchUpload'));
    } else if (method === 'POST') {
      this.#complete(upload, url, body, socket);
    } else if (method === 'DELETE') {
      this.#uploads.delete(readText(url, 'uploadId='));
      send(socket, '204 No Content', '');
    } else {
      send(socket, '200 OK', formatParts(upload, readNumber(url, 'part-number-marker=', queryStart) ?? 0));
    }
  }

  #answerHead(path: string, socket: Socket): void {
    const isSource = path.includes('/source');
    const small = this.#small.etagAt(path);
    const etag = small === undefined ? (isSource ? SOURCE_ETAG : this.#objects.get(path)) : `"${small}"`;
    if (etag === undefined) {
      socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-length: ${this.#options.size}\r\netag: ${etag}\r\nlast-modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n` +
        'content-type: application/octet-stream\r\naccept-ranges: bytes\r\nx-amz-request-id: 1\r\n\r\n',
    );
  }

  #complete(upload: Upload, url: string, body: string, socket: Socket): void {
    const { fault, partNumbers } = findFault(upload, body, this.#options.size);
    this.#completedAt = this.#clock.now;
    if (fault !== undefined) {
      this.#fault ??= fault;
      send(socket, '400 Bad Request', formatError('InvalidPart'));
      return;
    }
    this.#uploads.delete(readText(url, 'uploadId='));
    const etag = `"${computeObjectEtag(partNumbers)}"`;
    this.#objects.set(upload.key, etag);
    const [, bucket, key] = /^\/([^/]*)\/(.*)$/.exec(upload.key) ?? [];
    const names = `<Location>http://localhost${upload.key}</Location><Bucket>${bucket}</Bucket><Key>${key}</Key>`;
    const result = `${names}<ETag>${etag.replaceAll('"', '&quot;')}</ETag>`;
    send(socket, '200 OK', `${XML}<CompleteMultipartUploadResult>${result}</CompleteMultipartUploadResult>`);
  }
}

function send(socket: Socket, status: string, body: string, headers = ''): void {
  const type = body === '' ? '' : 'content-type: application/xml\r\n';
  const length = status.startsWith('204') ? '' : `content-length: ${body.length}\r\n`;
  socket.write(`HTTP/1.1 ${status}\r\n${headers}${type}x-amz-request-id: 1\r\n${length}\r\n${body}`, 'latin1');
}

function readText(url: string, name: string): string {
  const at = url.indexOf(name);
  if (at === -1) return '';
  const end = url.indexOf('&', at);
  return url.slice(at + name.length, end === -1 ? undefined : end);
}

function readNumber(url: string, name: string, from: number): number | undefined {
  return url.indexOf(name, from) === -1 ? undefined : Number(readText(url, name));
}

function formatError(code: string): string {
  return `${XML}<Error><Code>${code}</Code><Message>${code}</Message><RequestId>1</RequestId></Error>`;
}

function formatParts(upload: Upload, marker: number): string {
  const numbers = [...upload.parts.keys()].filter((number) => number > marker).sort((a, b) => a - b);
  const page = numbers.slice(0, 1000);
  const parts = page.map((number) => {
    const { start, end } = upload.parts.get(number) as { start: number; end: number };
    const etag = `&quot;${formatPartEtag(number)}&quot;`;
    return `<Part><PartNumber>${number}</PartNumber><LastModified>${TIME}</LastModified><ETag>${etag}</ETag><Size>${end - start + 1}</Size></Part>`;
  });
  const isTruncated = page.length < numbers.length;
  const next = isTruncated ? `<NextPartNumberMarker>${page.at(-1)}</NextPartNumberMarker>` : '';
  return `${XML}<ListPartsResult><IsTruncated>${isTruncated}</IsTruncated>${next}${parts.join('')}</ListPartsResult>`;
}

new StoreServer(JSON.parse(process.argv[2] as string) as StoreServerOptions).listen();
