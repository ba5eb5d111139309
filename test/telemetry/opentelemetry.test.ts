import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { copyLargeObject, copyObjects } from '../../src/index.ts';
import { traceCopies } from '../../src/opentelemetry/index.ts';
import { failure } from '../copy/fake-store.ts';
import { endOf, openPromise, setUpCopy } from '../copy/set-up-copy.ts';
import { collectTelemetry } from './collect-telemetry.ts';

const STORE = { 'copy_large_object.store': 'fake' };
const OF_PARTS = { ...STORE, 'rpc.method': 'S3/UploadPartCopy' };

const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan[] => spans.filter((s) => s.name === name);

/** Fails the first attempt at part 7 as too many requests, and at part 9 for another reason. */
const unsteady = {
  hook: ({ operation, request }: { operation: string; request: Record<string, unknown> }) => {
    if (operation !== 'copyPart' || request['attempt'] !== 1) return;
    if (request['partNumber'] === 7) throw failure('copyPart', 'throttled', 503, 'SlowDown');
    if (request['partNumber'] === 9) throw failure('copyPart', 'transient', 500, 'InternalError');
  },
};

describe('spans', () => {
  it('are one for the copy under the span of its caller, and one below it for each request', async () => {
    const { spans, tracer } = collectTelemetry();
    const caller = tracer.startSpan('caller');
    const { uploadId } = await context.with(trace.setSpan(context.active(), caller), () =>
      copyLargeObject(setUpCopy().options),
    );
    caller.end();
    const [copy] = named(spans(), 'copy_large_object.copy');
    expect(copy?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
    expect(copy?.kind).toBe(SpanKind.INTERNAL);
    expect(copy?.attributes).toEqual({
      'aws.s3.bucket': 'dst',
      'aws.s3.key': 'b',
      'aws.s3.copy_source': 'src/a',
      'aws.s3.upload_id': uploadId,
      'copy_large_object.size': 200,
      'copy_large_object.strategy': 'multipart',
      'copy_large_object.parts': 20,
      'copy_large_object.resumed': false,
      'copy_large_object.verified': 'etag',
    });
    const requests = spans().filter(({ name }) => name.startsWith('S3.'));
    for (const { parentSpanContext, kind } of requests) {
      expect(parentSpanContext?.spanId).toBe(copy?.spanContext().spanId);
      expect(kind).toBe(SpanKind.CLIENT);
    }
    expect(named(requests, 'S3.CreateMultipartUpload')).toHaveLength(1);
    const parts = named(requests, 'S3.UploadPartCopy');
    expect(parts).toHaveLength(20);
    expect(parts.find(({ attributes }) => attributes['aws.s3.part_number'] === 2)?.attributes).toEqual({
      'rpc.system.name': 'aws-api',
      'rpc.method': 'S3/UploadPartCopy',
      'aws.s3.bucket': 'dst',
      'aws.s3.key': 'b',
      'aws.s3.copy_source': 'src/a',
      'aws.s3.upload_id': uploadId,
      'aws.s3.part_number': 2,
      'copy_large_object.request.size': 10,
    });
  });

  it('take as long as what they stand for', async () => {
    const { spans } = collectTelemetry();
    const before = Date.now();
    await copyLargeObject(setUpCopy().options);
    const [copy] = named(spans(), 'copy_large_object.copy');
    const msOf = ([seconds, nanos]: readonly [number, number]): number => seconds * 1000 + nanos / 1e6;
    const [begun, ended] = [msOf(copy?.startTime ?? [0, 0]), msOf(copy?.endTime ?? [0, 0])];
    expect(Math.abs(begun - before)).toBeLessThan(5000);
    for (const { startTime, endTime } of spans()) {
      expect(msOf(startTime)).toBeGreaterThanOrEqual(begun - 1);
      expect(msOf(endTime)).toBeLessThanOrEqual(ended + 1);
    }
  });

  it('say what failed, which attempt it was, and what the store warned of', async () => {
    const { spans } = collectTelemetry();
    await copyLargeObject({ ...setUpCopy(unsteady).options });
    const attempts = named(spans(), 'S3.UploadPartCopy').filter((span) => span.attributes['aws.s3.part_number'] === 9);
    expect(
      attempts.map(({ attributes, status }) => [
        attributes['http.request.resend_count'],
        attributes['http.response.status_code'],
        attributes['error.type'],
        status.code,
      ]),
    ).toEqual([
      [undefined, 500, 'InternalError', SpanStatusCode.ERROR],
      [1, undefined, undefined, SpanStatusCode.UNSET],
    ]);
  });

  it('of a copy that fails have its error', async () => {
    const { spans } = collectTelemetry();
    const { fake, options } = setUpCopy();
    fake.objects.clear();
    const { error } = await endOf(copyLargeObject(options));
    const [copy] = named(spans(), 'copy_large_object.copy');
    expect(copy?.status).toEqual({ code: SpanStatusCode.ERROR, message: (error as Error).message });
    expect(copy?.attributes['error.type']).toBe('ERR_COPY_SOURCE_NOT_FOUND');
  });

  it('have an event for each warning', async () => {
    const { spans } = collectTelemetry();
    const { fake, options } = setUpCopy({}, { ifExists: 'skip' });
    fake.put('dst/b', 14);
    await copyLargeObject(options);
    const [copy] = named(spans(), 'copy_large_object.copy');
    expect(copy?.events.map(({ attributes }) => attributes?.['copy_large_object.warning.code'])).toEqual([
      'DESTINATION_DIFFERS',
    ]);
  });

  it('of a run over many objects are its requests, under the span of its caller', async () => {
    const { spans, tracer } = collectTelemetry();
    const caller = tracer.startSpan('caller');
    const { options } = setUpCopy();
    await context.with(trace.setSpan(context.active(), caller), () =>
      copyObjects({
        store: options.store,
        source: { bucket: 'src', objects: [{ key: 'a' }] },
        destination: { bucket: 'dst' },
      }),
    );
    expect(spans().length).toBeGreaterThan(0);
    for (const { parentSpanContext } of spans()) {
      expect(parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
    }
  });
});

describe('metrics', () => {
  it('count bytes, parts, retries and refusals, and requests by outcome', async () => {
    const { metric } = collectTelemetry();
    await copyLargeObject(setUpCopy(unsteady).options);
    expect(await metric('bytes')).toEqual([[OF_PARTS, 200]]);
    expect(await metric('parts')).toEqual([[OF_PARTS, 20]]);
    expect(await metric('retries')).toEqual([[OF_PARTS, 2]]);
    expect(await metric('throttles')).toEqual([[OF_PARTS, 1]]);
    const requests = await metric('request.duration');
    expect(requests.filter(([attributes]) => attributes['rpc.method'] === 'S3/UploadPartCopy')).toEqual(
      expect.arrayContaining([
        [OF_PARTS, 20],
        [{ ...OF_PARTS, 'http.response.status_code': 503, 'error.type': 'SlowDown' }, 1],
        [{ ...OF_PARTS, 'http.response.status_code': 500, 'error.type': 'InternalError' }, 1],
      ]),
    );
    expect(await metric('copy.duration')).toEqual([[{ ...STORE, 'copy_large_object.strategy': 'multipart' }, 1]]);
  });

  it('show what is in flight, and go back to nothing', async () => {
    const { metric } = collectTelemetry();
    const { promise: held, resolve } = openPromise();
    const { promise: reached, resolve: reach } = openPromise();
    const { options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation !== 'copyPart') return;
        if (count === 4) reach();
        return held;
      },
    });
    const copy = copyLargeObject(options);
    await reached;
    expect(await metric('active_copies')).toEqual([[STORE, 1]]);
    expect(await metric('concurrency')).toEqual([[STORE, 4]]);
    expect(await metric('active_requests')).toEqual(expect.arrayContaining([[OF_PARTS, 4]]));
    resolve();
    await copy;
    expect(await metric('active_copies')).toEqual([[STORE, 0]]);
    for (const [, value] of await metric('active_requests')) expect(value).toBe(0);
    expect(await metric('concurrency')).toEqual([[STORE, 0]]);
  });
});

describe('the end of tracing', () => {
  it('lets spans that are open end with their work, and begins none', async () => {
    const { spans, stop } = collectTelemetry();
    const { options } = setUpCopy({
      hook: ({ operation, count }) => {
        if (operation === 'copyPart' && count === 5) stop();
      },
    });
    await copyLargeObject(options);
    const parts = named(spans(), 'S3.UploadPartCopy');
    expect(parts).toHaveLength(5);
    expect(named(spans(), 'copy_large_object.copy')).toHaveLength(1);
    await copyLargeObject({ ...options, destination: { bucket: 'dst', key: 'c' } });
    expect(named(spans(), 'copy_large_object.copy')).toHaveLength(1);
  });

  it.each([
    [{ tracer: 1 }, /Unknown option 'tracer' of traceCopies/],
    [{ tracerProvider: {} }, /'tracerProvider' of traceCopies must be a TracerProvider, or false/],
    [{ meterProvider: true }, /'meterProvider' of traceCopies must be a MeterProvider, or false/],
  ])('is refused for %j', (options, message) => {
    expect(() => traceCopies(options as never)).toThrow(message);
  });
});
