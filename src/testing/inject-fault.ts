import type { Answer } from './call.ts';
import type { CredentialsBook } from './credentials-book.ts';
import { Content, Origin } from './content.ts';
import { digestContent } from './content-digest.ts';
import { readCopySource } from './copy-source.ts';
import type { Exchange } from './exchange.ts';
import type { Fault, FaultKind } from './fault.ts';
import { ServiceError } from './service-error.ts';
import { MAX_HASHED_SIZE, type StoreState } from './store-state.ts';
import { dialectHeader } from './store-request.ts';

const DEFAULT_DELAY_MS = 1000;
const DEFAULT_SKEW_MS = 60 * 60 * 1000;
const GIB = 1024 * 1024 * 1024;

const GARBAGE = '<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n';

/** What faults reach into. */
export interface FaultContext {
  readonly exchange: Exchange;
  readonly state: StoreState;
  readonly credentialsBook: CredentialsBook | undefined;
}

const delaying: ReadonlySet<FaultKind> = new Set(['delay', 'qosDelay', 'errorBeforeWork', 'resetBeforeWork']);

/** Milliseconds that a fault adds to the time of the work. */
export function addedLatencyMs(fault: Fault | undefined): number {
  return fault !== undefined && delaying.has(fault.kind) ? (fault.delayMs ?? DEFAULT_DELAY_MS) : 0;
}

/**
 * Lets a fault strike before the work.
 *
 * @returns whether the request is over by that
 */
export async function injectBeforeWork(fault: Fault, context: FaultContext): Promise<boolean> {
  const { exchange, state, credentialsBook } = context;
  switch (fault.kind) {
    case 'error':
      await exchange.answerError(errorOf(fault));
      return true;
    case 'reset':
      exchange.cut();
      return true;
    case 'stall':
      exchange.ignore();
      return true;
    case 'redirect':
      await exchange.answerError(redirectOf(fault));
      return true;
    case 'errorIn200':
    case 'garbageIn200':
    case 'emptyIn200':
    case 'hugeBody':
    case 'xmlBomb':
    case 'deepXml':
      if (fault.afterWork === true) return false;
      await answerOddBody(fault, exchange);
      return true;
    case 'skewedClock':
      state.clockOffsetMs = fault.skewMs ?? DEFAULT_SKEW_MS;
      return false;
    case 'expiredToken':
      credentialsBook?.expireCurrent();
      return false;
    case 'loseUpload': {
      const upload = state.uploads.get(exchange.request.query.get('uploadId') ?? '');
      if (upload?.state === 'open') upload.state = 'aborted';
      return false;
    }
    case 'replaceSource':
      replaceSource(fault, context);
      return false;
    default:
      return false;
  }
}

/** Ends the exchange where the fault has the work go on behind it. */
export async function answerBeforeWork(fault: Fault, exchange: Exchange): Promise<void> {
  if (fault.kind === 'errorBeforeWork') await exchange.answerError(errorOf(fault));
  else if (fault.kind === 'resetBeforeWork') exchange.cut();
}

/** Answers as the fault has it, the work being done. */
export async function answerWithFault(
  fault: Fault | undefined,
  answer: Answer,
  { exchange }: FaultContext,
): Promise<void> {
  const delayMs = fault?.delayMs ?? DEFAULT_DELAY_MS;
  switch (fault?.kind) {
    case 'errorAfterWork':
      return exchange.answerError(errorOf(fault));
    case 'resetAfterWork':
      exchange.cut();
      return undefined;
    case 'stallAfterWork':
      exchange.ignore();
      return undefined;
    case 'truncate':
      return exchange.answerHalf(answer);
    case 'errorIn200':
    case 'garbageIn200':
    case 'emptyIn200':
    case 'hugeBody':
    case 'xmlBomb':
    case 'deepXml':
      return answerOddBody(fault, exchange);
    case 'noEtagIn200':
      return exchange.answer(withEtag(answer, () => undefined));
    case 'wrongEtag':
      return exchange.answer(withEtag(answer, otherEtag));
    case 'slowDrip':
      return exchange.answerSlowly(answer, delayMs);
    case 'whitespace': {
      if (answer.status !== 200 || typeof answer.body !== 'string') return exchange.answer(answer);
      const error = fault.code === undefined ? undefined : `<Error><Code>${fault.code}</Code></Error>`;
      const body = error === undefined ? answer.body : answer.body.replace(/\?>\s*[^]*$/, () => `?>\n${error}`);
      return exchange.answerAfterBlanks(delayMs, body);
    }
    case 'qosDelay':
      exchange.extraHeaders['x-obs-qos-delay-time'] = String(delayMs);
      return exchange.answer(answer);
    default:
      return exchange.answer(answer);
  }
}

function errorOf(fault: Fault): ServiceError {
  const headers: Record<string, string> = {};
  if (fault.retryAfterSeconds !== undefined) headers['retry-after'] = String(fault.retryAfterSeconds);
  return new ServiceError(fault.code ?? 'InternalError', fault.message, { status: fault.status ?? 500, headers });
}

function redirectOf(fault: Fault): ServiceError {
  const status = fault.status ?? 307;
  const headers: Record<string, string> = {};
  if (fault.location !== undefined) headers['location'] = fault.location;
  if (fault.region !== undefined) headers['x-amz-bucket-region'] = fault.region;
  const code = fault.code ?? (status === 301 ? 'PermanentRedirect' : 'TemporaryRedirect');
  const details: Record<string, string> = {};
  if (fault.endpoint !== undefined) details['Endpoint'] = fault.endpoint;
  return new ServiceError(code, fault.message, { status, headers, details });
}

async function answerOddBody(fault: Fault, exchange: Exchange): Promise<void> {
  const status = fault.status ?? 200;
  const xml = { 'content-type': 'application/xml' };
  switch (fault.kind) {
    case 'errorIn200':
      return exchange.answerErrorDocument(errorOf(fault), status, fault.suffix ?? '');
    case 'garbageIn200':
      return exchange.answer({ status, headers: { 'content-type': 'text/html' }, body: GARBAGE });
    case 'hugeBody':
      return exchange.answerBlanks(status, fault.bytes ?? GIB);
    case 'xmlBomb':
      return exchange.answer({ status, headers: xml, body: xmlBomb() });
    case 'deepXml':
      return exchange.answer({ status, headers: xml, body: '<a>'.repeat(100_000) + '</a>'.repeat(100_000) });
    default:
      return exchange.answer({ status, headers: {} });
  }
}

/** A document of a kilobyte that is gigabytes once its entities are expanded. */
function xmlBomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`);
  return `<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY e0 "boom">${levels.join('')}]><CopyPartResult><ETag>&e9;</ETag></CopyPartResult>`;
}

function withEtag(answer: Answer, change: (etag: string) => string | undefined): Answer {
  const { etag, ...headers } = answer.headers;
  const changed = etag === undefined ? undefined : change(etag);
  const body =
    typeof answer.body === 'string'
      ? answer.body.replace(/<ETag>([^<]*)<\/ETag>/, (_, text: string) => {
          const value = change(text);
          return value === undefined ? '' : `<ETag>${value}</ETag>`;
        })
      : answer.body;
  return { ...answer, headers: changed === undefined ? headers : { ...headers, etag: changed }, body };
}

/** Swaps each hexadecimal digit for another, so that the form stays that of an ETag. */
function otherEtag(etag: string): string {
  return etag.replace(/[0-9a-f]{32}/, (digits) =>
    digits
      .split('')
      .map((digit) => ((Number.parseInt(digit, 16) + 1) % 16).toString(16))
      .join(''),
  );
}

function replaceSource(fault: Fault, { exchange, state }: FaultContext): void {
  const header = dialectHeader(exchange.request, 'copy-source');
  const source = fault.source ?? (header === undefined ? undefined : readCopySource(header, 1));
  const bucket = source === undefined ? undefined : state.buckets.get(source.bucket);
  const current = source === undefined ? undefined : bucket?.current(source.key);
  if (bucket === undefined || current === undefined || current.deleteMarker) return;
  const content = Content.of(Origin.fromSeed(state.newId('replacement'), current.content.size, MAX_HASHED_SIZE));
  state.putObject({
    ...current,
    versionId: state.newVersionId(bucket),
    content,
    etag: digestContent(content, 'MD5').toString('hex'),
    lastModifiedMs: state.now(),
    parts: undefined,
    uploadId: undefined,
    checksums: {},
    checksumType: undefined,
  });
}
