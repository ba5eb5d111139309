import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { authenticate } from './authenticate.ts';
import { requireBucketAccess } from './bucket-access.ts';
import type { Answer, Call } from './call.ts';
import type { CredentialsBook } from './credentials-book.ts';
import { requireDirectoryRules } from './directory-bucket.ts';
import { Exchange } from './exchange.ts';
import type { Fault } from './fault.ts';
import type { FaultPlan } from './fault-plan.ts';
import { requireFileSystemRules } from './file-system-bucket.ts';
import {
  addedLatencyMs,
  answerBeforeWork,
  answerWithFault,
  injectBeforeWork,
  type FaultContext,
} from './inject-fault.ts';
import { foldKey } from './fold-key.ts';
import type { LatencyModel } from './latency.ts';
import type { OperationName } from './operation-name.ts';
import { operations, preparedOperations } from './operations/operation-table.ts';
import type { Subject } from './policy-actions.ts';
import { readRequestBody } from './request-body.ts';
import type { RequestInfo } from './request-info.ts';
import { refuseRequest } from './refuse-request.ts';
import { routeOperation } from './route-operation.ts';
import { ServiceError } from './service-error.ts';
import type { StoreState } from './store-state.ts';
import { parseStoreRequest, type HostRules, type StoreRequest } from './store-request.ts';
import type { TestStoreOptions } from './test-store-options.ts';
import type { Throttle } from './throttle.ts';
import type { Timers } from './timers.ts';
import { WorkInProgress } from './work-in-progress.ts';

/** Whose behaviour can be changed while the store runs. */
export interface StoreControls {
  faults: FaultPlan;
  throttle: Throttle;
  latency: LatencyModel;
}

/** The store on the network: takes requests in, and through faults, throttle and time to their operation. */
export class StoreServer {
  readonly #state: StoreState;
  readonly #controls: StoreControls;
  readonly #credentialsBook: CredentialsBook | undefined;
  readonly #timers: Timers;
  readonly #checkedRegion: string | undefined;
  readonly #hostRules: HostRules;
  readonly #server: Server;
  readonly #attempts = new Map<string, number>();
  readonly #work = new WorkInProgress();
  #requestCount = 0;
  #date = { second: 0, text: '' };

  constructor(
    options: TestStoreOptions,
    state: StoreState,
    controls: StoreControls,
    credentialsBook: CredentialsBook | undefined,
    timers: Timers,
  ) {
    this.#state = state;
    this.#controls = controls;
    this.#credentialsBook = credentialsBook;
    this.#timers = timers;
    this.#checkedRegion = options.region;
    this.#hostRules = {
      hosts: ['localhost', '127.0.0.1', ...(options.hosts ?? [])],
      isBucket: (name) => state.buckets.has(name),
    };
    const settings = {
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
      maxHeaderSize: 64 * 1024,
      noDelay: true,
    };
    const listener: RequestListener = (message, response) => void this.#serve(message, response);
    this.#server =
      options.tls === undefined
        ? createServer(settings, listener)
        : createTlsServer({ ...settings, ...options.tls }, listener);
    this.#server.on('connection', () => {
      state.stats.connections += 1;
    });
  }

  /** Begins to listen on the loopback interface; gives the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends at once, whatever is going on. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    this.#work.close();
  }

  /** Resolves when no request is being worked on. */
  idle(): Promise<void> {
    return this.#work.idle();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that goes away is no fault of the store's.
    message.on('error', ignore);
    response.on('error', ignore);
    const request = parseStoreRequest(message.method ?? '', message.url ?? '', message.headers, this.#hostRules);
    const exchange = new Exchange(message, response, request, this.#timers, this.#ownHeaders(request));
    const operation = routeOperation(request);
    if (operation === undefined) return exchange.answerError(new ServiceError('MethodNotAllowed'));
    const { stats } = this.#state;
    stats.begin(operation);
    response.once('close', () => stats.end(operation, response.headersSent ? response.statusCode : 0));
    this.#work.begin();
    try {
      await this.#perform(operation, exchange, message);
    } catch (error) {
      if (error instanceof ServiceError) {
        const { errorBodies } = this.#state.personalityFor(request.dialect);
        return await exchange.answerError(error, errorBodies[error.code]);
      }
      // The client cut its own request short: nobody is left to be told.
      if (message.destroyed && !message.complete) return undefined;
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return await exchange.answerError(new ServiceError('InternalError', text));
    } finally {
      this.#work.end();
    }
    return undefined;
  }

  async #perform(operation: OperationName, exchange: Exchange, message: IncomingMessage): Promise<void> {
    const { request } = exchange;
    const info = this.#infoOf(operation, request);
    const context: FaultContext = { exchange, state: this.#state, credentialsBook: this.#credentialsBook };
    const fault = this.#controls.faults.pick(info);
    if (fault !== undefined) {
      this.#state.stats.fault(fault.kind);
      if (await injectBeforeWork(fault, context)) {
        exchange.ignore();
        return;
      }
    }
    let answer: Answer;
    const call = await this.#admitCall(operation, request, message, fault);
    if (fault !== undefined) await answerBeforeWork(fault, exchange);
    // The clock may have been set by the fault.
    const release = this.#admit(operation);
    try {
      answer = await this.#operate(operation, call, info, fault);
    } finally {
      release();
    }
    if (fault === undefined) await exchange.answer(answer);
    else await answerWithFault(fault, answer, context);
  }

  /** Verifies a request and reads its body. */
  async #admitCall(
    operation: OperationName,
    request: StoreRequest,
    message: IncomingMessage,
    fault: Fault | undefined,
  ): Promise<Call> {
    const state = this.#state;
    const authenticated =
      this.#credentialsBook === undefined
        ? { anonymous: false, v4: undefined }
        : authenticate(request, this.#credentialsBook, this.#checkedRegion, state.now());
    if (authenticated.anonymous && !anonymousOperations.has(operation)) throw new ServiceError('AccessDenied');
    const { body, trailers } = await readRequestBody(message, request, authenticated);
    state.requirePermission(operation, subjectOf(request));
    const personality = state.personalityFor(request.dialect);
    refuseRequest(personality, operation, request);
    requireBucketAccess(request, state, request.bucket, 'expected-bucket-owner');
    const { anonymous } = authenticated;
    const credentialsBook = this.#credentialsBook;
    const bucket = state.buckets.get(request.bucket);
    if (bucket?.isDirectory === true) requireDirectoryRules(operation, request, credentialsBook !== undefined);
    if (bucket?.isFileSystem === true) requireFileSystemRules(operation, request);
    const folded = { ...request, key: foldKey(request.key, personality, operation) };
    return { request: folded, state, credentialsBook, personality, body, trailers, anonymous, faultKind: fault?.kind };
  }

  #admit(operation: OperationName): () => void {
    try {
      return this.#controls.throttle.admit(operation);
    } catch (error) {
      this.#state.stats.throttled += 1;
      throw error;
    }
  }

  async #operate(operation: OperationName, call: Call, info: RequestInfo, fault: Fault | undefined): Promise<Answer> {
    const { latency, throttle } = this.#controls;
    const prepare = preparedOperations[operation];
    const prepared = prepare?.(call);
    const bytes = prepared?.bytes ?? 0;
    const delayMs = latency.draw(bytes === 0 ? info : { ...info, bytes }) + addedLatencyMs(fault);
    if (delayMs > 0) await this.#timers.sleep(delayMs);
    if (throttle.sharesBandwidth) await throttle.transfer(operation, bytes);
    if (prepared !== undefined) return prepared.land();
    return operations[operation as keyof typeof operations](call);
  }

  #infoOf(operation: OperationName, request: StoreRequest): RequestInfo {
    const { bucket, key, query, headers } = request;
    const partText = query.get('partNumber');
    const attempt = this.#countAttempt(operation, request, partText ?? '');
    const partNumber = partText === undefined ? undefined : Number(partText);
    return { operation, bucket, key, uploadId: query.get('uploadId'), partNumber, attempt, bytes: 0, headers };
  }

  #countAttempt(operation: OperationName, { bucket, key }: StoreRequest, partText: string): number {
    const { faults, latency } = this.#controls;
    // Millions of parts would leave as many entries, and nobody asks without rules.
    if (faults.isEmpty && !latency.looksAtRequests) return 1;
    const name = `${operation} ${bucket}/${key} ${partText}`;
    const attempt = (this.#attempts.get(name) ?? 0) + 1;
    this.#attempts.set(name, attempt);
    return attempt;
  }

  #ownHeaders(request: StoreRequest): Readonly<Record<string, string>> {
    this.#requestCount += 1;
    const { prefix } = request.dialect;
    const { serverHeader } = this.#state.personalityFor(request.dialect);
    const requestId = this.#requestCount.toString(16).toUpperCase().padStart(16, '0');
    return {
      date: this.#currentDate(),
      ...(serverHeader === '' ? {} : { server: serverHeader }),
      [`${prefix}request-id`]: requestId,
      [`${prefix}id-2`]: `host-id-${requestId}`,
    };
  }

  #currentDate(): string {
    const nowMs = this.#state.now();
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#date.second) this.#date = { second, text: new Date(nowMs).toUTCString() };
    return this.#date.text;
  }
}

/** What may be asked without a signature; objects must be public besides. */
const anonymousOperations: ReadonlySet<OperationName> = new Set(['negotiateApi', 'headObject', 'getObject']);

/** What a request itself names. */
function subjectOf({ dialect, bucket, key, query }: StoreRequest): Subject {
  return { dialect, bucket, key, versionId: query.get('versionId') };
}

function ignore(): void {}
