import { EMPTY_ANSWER } from '../store/classify-failure.ts';
import type {
  CopyPartResult,
  CopyStore,
  ObjectChecksums,
  RequestOf,
  ResultOf,
  StoreOperation,
} from '../store/copy-store.ts';
import { listenToCancellations } from '../store/request-cancellation.ts';
import type { StoreError } from '../store/store-error.ts';
import { type OpenTrace, traceRequest } from '../store/trace-request.ts';
import type { Dialect } from './dialect.ts';
import { OPERATIONS, type WireOperation } from './operations.ts';
import { draftOf } from './operation-draft.ts';
import { type Draft, DraftWriter } from './request-draft.ts';
import { errorOfContent, readErrorDocument, readRequestId } from './response-error.ts';
import type { WireResponse } from './send-request.ts';

/** What carries requests to a store: this library's own HTTP client, or a vendor's. */
export interface Carrier<Answer extends WireResponse> {
  /**
   * Sends a request, once, and gives the whole answer, whatever its status.
   *
   * @throws StoreError if no whole answer came; the signal's own reason
   */
  send(draft: Draft, request: RequestOf<StoreOperation>): Promise<Answer>;
  errorOf(draft: Draft, answer: Answer): StoreError;
  secretsOf(draft: Draft, answer: Answer): readonly string[];
  /** The dialect of an answer, if it isn't that of the request. */
  dialectOf?(answer: Answer): Dialect;
}

/** A part that was copied. Few ask for the id of its request, which takes as long to read as the rest of the answer. */
class CopiedPart implements CopyPartResult {
  readonly etag: string;
  readonly lastModified: Date | undefined;
  readonly checksums: ObjectChecksums | undefined;
  readonly qosDelayMs: number | undefined;
  readonly #readId: () => string | undefined;

  constructor({ etag, lastModified, checksums, qosDelayMs }: CopyPartResult, readId: () => string | undefined) {
    this.etag = etag;
    this.lastModified = lastModified;
    this.checksums = checksums;
    this.qosDelayMs = qosDelayMs;
    this.#readId = readId;
  }

  get requestId(): string | undefined {
    return #readId in this ? this.#readId() : undefined;
  }
}

export type StoreFacts = Pick<CopyStore, 'name' | 'limits' | 'traits'>;

/**
 * Makes a store that speaks by the table of operations.
 *
 * @param facts - becomes the store; its `traits` may be a getter
 */
export function createOperationStore<Answer extends WireResponse>(
  facts: StoreFacts,
  dialect: Dialect,
  carrier: Carrier<Answer>,
): Required<CopyStore> {
  let writer = new DraftWriter(dialect, facts);
  // Hitachi Content Platform, which speaks S3, demands a slash in front of the source.
  let isSourceFormKnown = dialect.isObs;

  /** Sends a draft; a copy whose source may have been refused for its form once more with a slash in front. */
  const send = async <Operation extends StoreOperation>(
    name: Operation,
    request: RequestOf<Operation>,
    draft: Draft,
  ): Promise<Answer> => {
    const answer = await carrier.send(draft, request);
    if (isSourceFormKnown || !('source' in request)) return answer;
    if (mayDislikeSource(answer)) {
      const slashed = new DraftWriter(dialect, facts, '/');
      const second = await carrier.send(draftOf(name, request, slashed), request).catch(() => {
        draft.signal?.throwIfAborted();
      });
      // Only a slash that helps says anything: else the first answer was about something else.
      if (second === undefined || second.statusCode >= 300) return answer;
      writer = slashed;
      isSourceFormKnown = true;
      return second;
    }
    isSourceFormKnown = answer.statusCode < 300;
    return answer;
  };
  /** A HEAD is refused without a reason: a GET of one byte is refused for the same one, and says it. */
  const askWhy = async (draft: Draft, request: RequestOf<StoreOperation>, answer: Answer): Promise<Answer> => {
    const isBare = draft.operation === 'headObject' && [400, 403].includes(answer.statusCode);
    if (!isBare || readErrorDocument(answer, []).code !== undefined) return answer;
    const oneByte = { ...(request as RequestOf<'headObject'>), start: 0, end: 0 };
    const asking = draftOf('getObject', oneByte, writer);
    writer.addEncryption(asking, oneByte.sse);
    const second = await carrier.send(asking, oneByte).catch(() => {
      draft.signal?.throwIfAborted();
    });
    return second?.statusCode === answer.statusCode && second.body !== '' ? second : answer;
  };
  const run = async <Operation extends StoreOperation>(
    name: Operation,
    request: RequestOf<Operation>,
    trace: OpenTrace | undefined,
  ): Promise<ResultOf<Operation>> => {
    const operation: WireOperation<Operation> = OPERATIONS[name];
    const draft = draftOf(name, request, writer);
    const answer = await send(name, request, draft);
    const requestId = (): string | undefined => readRequestId(answer, () => carrier.secretsOf(draft, answer));
    if (trace !== undefined) {
      trace.status = answer.statusCode;
      trace.readIdBy(requestId);
    }
    if (answer.statusCode >= 300) throw carrier.errorOf(draft, await askWhy(draft, request, answer));
    const read = operation.read(answer, carrier.dialectOf?.(answer) ?? dialect, request);
    if (read === 'error') throw carrier.errorOf(draft, answer);
    if (typeof read === 'object') {
      if (name !== 'copyPart') return read.result;
      return new CopiedPart(read.result as CopyPartResult, requestId) as CopyPartResult as ResultOf<Operation>;
    }
    const code = read === 'empty' ? EMPTY_ANSWER : undefined;
    throw errorOfContent(draft, answer, operation.problem, carrier.secretsOf(draft, answer), code);
  };
  for (const name of Object.keys(OPERATIONS) as StoreOperation[]) {
    if (dialect.isObs && OF_S3_ALONE.has(name)) continue;
    Object.assign(facts, {
      [name]: (request: never) => traceRequest(name, facts.name, request, (trace) => run(name, request, trace)),
    });
  }
  listenToCancellations(facts);
  return facts as Required<CopyStore>;
}

const OF_S3_ALONE: ReadonlySet<StoreOperation> = new Set([
  'listAnnotations',
  'getAnnotation',
  'putAnnotation',
  'updateObjectEncryption',
  'putObjectLegalHold',
]);

const SOURCE_CODES: ReadonlySet<string> = new Set(['InvalidArgument', 'InvalidRequest', 'InvalidURI', 'NoSuchKey']);

function mayDislikeSource(answer: WireResponse): boolean {
  if (answer.statusCode !== 400 && answer.statusCode !== 404) return false;
  return SOURCE_CODES.has(readErrorDocument(answer, []).code ?? '');
}
