import { isLoopback } from '../wire/endpoint.ts';
import { type RequestSubject, errorOfContent, errorOfResponse } from '../wire/response-error.ts';
import type { StoreRequest } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { callTimeoutMs } from './adapter-options.ts';
import type { CommandOutput } from './aws-sdk-answer.ts';
import { wantedBody } from './aws-sdk-body.ts';
import { type S3ClientLike, type S3CommandName, type S3Commands, loadS3Commands } from './aws-sdk-commands.ts';
import { S3Exchange } from './aws-sdk-exchange.ts';
import { awsFailure } from './aws-sdk-failure.ts';
import { CredentialRenewal, Remedies } from './aws-sdk-put-right.ts';
import { type CommandInput, UnsendableError } from './aws-sdk-request.ts';
import { VendorCalls } from './vendor-call.ts';
import { refusal, storeErrorOf } from './vendor-failure.ts';

/** One command, what it is given and how its output is read. */
export interface CommandCall<Result> {
  readonly subject: RequestSubject;
  readonly command: S3CommandName;
  readonly request: StoreRequest;
  readonly input: () => CommandInput;
  /** Undefined where the output isn't an answer to the request. */
  readonly read: (output: CommandOutput, exchange: S3Exchange) => Result | undefined;
  /** What the answer lacked, where `read` gave nothing. */
  readonly lacks?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
}

const NO_ANSWER = { statusCode: undefined, headers: {} } as const;

/** Sends commands through one client. */
export class CommandSender {
  readonly #client: S3ClientLike;
  readonly #requestTimeoutMs: number | undefined;
  readonly #calls = new VendorCalls();
  readonly #renewal: CredentialRenewal;
  #commands: S3Commands | Promise<S3Commands> | undefined;

  constructor(client: S3ClientLike, commands: S3Commands | undefined, requestTimeoutMs: number | undefined) {
    this.#client = client;
    this.#renewal = new CredentialRenewal(client);
    this.#commands = commands;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  /**
   * Sends one command and reads its output.
   *
   * @param secure - whether SSE-C keys may be sent, whatever the endpoint
   * @throws StoreError, or the signal's own reason
   */
  async send<Result>(call: CommandCall<Result>, secure: boolean): Promise<Result> {
    const { subject, request } = call;
    const { signal } = request;
    // Grows by what each attempt is signed with: a store may repeat the token of the one before.
    const secrets = new Set(call.secrets);
    const timeoutMs = callTimeoutMs(subject.operation, request, this.#requestTimeoutMs);
    const commands = await this.#loadCommands();
    try {
      if (secrets.size > 0 && !secure) await this.#checkSecure(subject);
      return await this.#calls.run({ signal, timeoutMs }, (abort) =>
        this.#sendUntilRight(call, commands, secrets, abort),
      );
    } catch (error) {
      if (isStoreError(error) || (signal?.aborted === true && error === signal.reason)) throw error;
      if (error instanceof UnsendableError) throw refusal(subject, error.message);
      throw awsFailure(subject, error, NO_ANSWER, [...secrets]);
    }
  }

  /** Sends a command once, and again where what the store refused in it was put right at once. */
  async #sendUntilRight<Result>(
    call: CommandCall<Result>,
    commands: S3Commands,
    known: Set<string>,
    abort: AbortSignal,
  ): Promise<Result> {
    const remedies = new Remedies(this.#renewal);
    for (;;) {
      const exchange = new S3Exchange(call.command, known);
      try {
        return await this.#sendOnce(call, commands, exchange, known, remedies.credentialsRenewed, abort);
      } catch (error) {
        if (!isStoreError(error) || abort.aborted) throw error;
        if (!(await remedies.apply(call.subject, error, exchange)) || abort.aborted) throw error;
      }
    }
  }

  async #sendOnce<Result>(
    call: CommandCall<Result>,
    commands: S3Commands,
    exchange: S3Exchange,
    known: ReadonlySet<string>,
    mayRenew: boolean,
    abort: AbortSignal,
  ): Promise<Result> {
    const { subject } = call;
    const command = new commands[call.command](call.input() as never);
    exchange.attach(command, call.headers ?? {});
    let output: unknown;
    try {
      output = await this.#client.send(command as never, { abortSignal: abort } as never);
    } catch (error) {
      const { lie } = exchange;
      const secrets = [...known];
      if (lie === undefined) throw awsFailure(subject, error, exchange, secrets, mayRenew);
      if (lie.kind === 'error') throw errorOfResponse(subject, lie.answer, { secrets });
      throw errorOfContent(subject, lie.answer, `a body that is not ${wantedBody(call.command)}`, secrets);
    }
    const result = call.read((output ?? {}) as CommandOutput, exchange);
    if (result !== undefined) return result;
    throw storeErrorOf({
      subject,
      why: `the store answered ${exchange.statusCode ?? 200} without ${call.lacks ?? 'a result'}`,
      statusCode: exchange.statusCode ?? 200,
      requestId: exchange.headers['x-amz-request-id'],
      secrets: [...known],
    });
  }

  /** An SSE-C key goes over the wire as it is, so not over plain http to another machine, unless `traits.secure` says otherwise. */
  async #checkSecure(subject: RequestSubject): Promise<void> {
    const { endpoint } = (this.#client.config ?? {}) as { endpoint?: unknown };
    const resolved: unknown = typeof endpoint === 'function' ? await endpoint() : endpoint;
    const { protocol, hostname } = addressOf(resolved);
    if (protocol === 'http:' && !isLoopback(hostname)) {
      throw refusal(
        subject,
        `an SSE-C key must not be sent over plain http to ${hostname}: use https, or set traits.secure`,
      );
    }
  }

  async #loadCommands(): Promise<S3Commands> {
    this.#commands ??= loadS3Commands();
    return this.#commands;
  }
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Where an endpoint is: a URL, or what the SDK makes of one. */
export function addressOf(endpoint: unknown): { readonly protocol: string; readonly hostname: string } {
  if (typeof endpoint === 'object' && endpoint !== null) {
    const { protocol, hostname } = endpoint as { protocol?: unknown; hostname?: unknown };
    return { protocol: textOr(protocol), hostname: textOr(hostname) };
  }
  const url = URL.canParse(textOr(endpoint)) ? new URL(textOr(endpoint)) : undefined;
  return { protocol: url?.protocol ?? '', hostname: url?.hostname ?? '' };
}
