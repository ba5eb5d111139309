import { type Context, context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { messageOf } from '../errors.ts';
import type { RequestTrace } from '../store/trace-request.ts';
import type { CopyTrace } from '../trace-copy.ts';
import { attributesOfObjects, errorTypeOf, s3NameOf } from './names.ts';

/** Makes spans of copies, and below them of their requests. */
export class CopySpans {
  readonly #tracer: Tracer;
  readonly #open = new Map<CopyTrace | RequestTrace, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Begins a copy's span under the caller's. @returns the context of its requests */
  startCopy(message: CopyTrace): Context {
    const { copy, source, destination, startedAt } = message;
    const parent = context.active();
    const span = this.#tracer.startSpan(
      'copy_large_object.copy',
      { startTime: startedAt, attributes: attributesOfObjects(destination, source) },
      parent,
    );
    this.#open.set(message, span);
    if (span.isRecording()) {
      copy.on('upload', ({ uploadId }) => span.setAttribute('aws.s3.upload_id', uploadId));
      copy.on('warning', ({ code, message: text }) => {
        span.addEvent('copy_large_object.warning', {
          'copy_large_object.warning.code': code,
          'copy_large_object.warning.message': text,
        });
      });
    }
    return trace.setSpan(parent, span);
  }

  endCopy(message: CopyTrace): void {
    const { result } = message;
    if (result !== undefined) {
      this.#open.get(message)?.setAttributes({
        'copy_large_object.size': result.size,
        'copy_large_object.strategy': result.strategy,
        'copy_large_object.parts': result.parts,
        'copy_large_object.resumed': result.resumed,
        'copy_large_object.verified': result.verified,
      });
    }
    this.#end(message);
  }

  /** Begins a request's span. */
  startRequest(message: RequestTrace, parent: Context): void {
    const { operation, source, uploadId, partNumber, attempt, hedge, bytes, startedAt } = message;
    const name = s3NameOf(operation);
    const span = this.#tracer.startSpan(
      `S3.${name}`,
      {
        kind: SpanKind.CLIENT,
        startTime: startedAt,
        attributes: {
          'rpc.system.name': 'aws-api',
          'rpc.method': `S3/${name}`,
          ...attributesOfObjects(message, source, uploadId),
          ...(partNumber !== undefined && { 'aws.s3.part_number': partNumber }),
          ...(bytes !== undefined && { 'copy_large_object.request.size': bytes }),
          ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
          ...(hedge && { 'copy_large_object.request.hedge': true }),
        },
      },
      parent,
    );
    this.#open.set(message, span);
  }

  endRequest(message: RequestTrace): void {
    const { status, requestId } = message;
    const span = this.#open.get(message);
    if (status !== undefined) span?.setAttribute('http.response.status_code', status);
    if (requestId !== undefined) span?.setAttribute('aws.request_id', requestId);
    this.#end(message);
  }

  #end(message: CopyTrace | RequestTrace): void {
    const span = this.#open.get(message);
    if (span === undefined) return;
    this.#open.delete(message);
    const { error, startedAt, durationMs = 0 } = message;
    if ('error' in message) {
      span.setAttribute('error.type', errorTypeOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
    }
    span.end(startedAt + durationMs);
  }
}
