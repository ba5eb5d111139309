/** The `code` of every error that this library throws. */
export type CopyErrorCode =
  | 'ERR_COPY'
  | 'ERR_COPY_OPTIONS'
  | 'ERR_COPY_SOURCE_NOT_FOUND'
  | 'ERR_COPY_SOURCE_CHANGED'
  | 'ERR_COPY_DESTINATION_EXISTS'
  | 'ERR_COPY_PART_FAILED'
  | 'ERR_COPY_COMPLETE_FAILED'
  | 'ERR_COPY_VERIFICATION'
  | 'ERR_COPY_CHECKPOINT'
  | 'ERR_STORE';

const BRAND = Symbol.for('copy-large-object.error');

/** Fields of this library's errors that are shown; all others stay out, whatever they hold. */
const SHOWN_FIELDS = [
  'code',
  'operation',
  'kind',
  'statusCode',
  'vendorCode',
  'requestId',
  'retryable',
  'retryAfterMs',
  'serverTime',
  'region',
  'endpoint',
  'partNumber',
  'start',
  'end',
  'attempts',
  'elapsedMs',
  'outcome',
  'expected',
  'actual',
  'uploadId',
  'destinationWritten',
  'resumable',
] as const;

const DEEPEST_CAUSE = 4;
const SUPPRESSED_SHOWN = 3;

/** Fields that any {@link CopyError} may carry beside its message. */
export interface CopyErrorOptions {
  readonly cause?: unknown;
  /** What went wrong while cleaning up after this error; it never replaces it. */
  readonly abortError?: unknown;
  /** The upload that was left behind, if one was: pass it as `resume` to go on, or abort it. */
  readonly uploadId?: string | undefined;
  /** The destination was written before this error, or may have been. */
  readonly destinationWritten?: boolean | undefined;
  /** `false`: the upload that was named as `resume` is of no use for this copy. */
  readonly resumable?: false | undefined;
}

/** Base of every error that this library throws; cancelling rejects with the signal's own reason instead. */
export class CopyError extends Error {
  override readonly name: string = 'CopyError';
  readonly code: CopyErrorCode = 'ERR_COPY';
  // Declared only, so that what an error doesn't have is no field of it when it is printed.
  /** What went wrong while aborting the upload after this error. */
  declare abortError?: unknown;
  /** The upload that still exists after this error. */
  declare uploadId?: string;
  /** `true` if the destination was written before this error, or may have been: look at it. Absent: it is as it was. */
  declare readonly destinationWritten?: true;
  /** `false` if the upload that was named as `resume` is of no use for this copy: copy without it. */
  declare readonly resumable?: false;
  /** Failures of other parts that were in flight when the first one failed. */
  declare suppressed?: unknown[];

  constructor(message: string, options: CopyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, BRAND, { value: true });
    const given = options as Readonly<Record<string, unknown>>;
    // A subclass has more of them. What else an object holds stays out.
    for (const name of ['abortError', ...SHOWN_FIELDS]) {
      const isAbsent = given[name] === undefined || (name === 'destinationWritten' && given[name] !== true);
      if (!isAbsent) Object.assign(this, { [name]: given[name] });
    }
  }

  /** For `JSON.stringify`: name, message, the documented fields and the causes, without stacks. */
  toJSON(): Readonly<Record<string, unknown>> {
    return describeError(this);
  }
}

/** True for every error of this library, also when two copies of the package are installed. */
export function isCopyError(value: unknown): value is CopyError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
}

/** A caught value as text for a message. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : `a thrown ${typeof error}`;
}

/**
 * An error as plain data: name, message, the fields that are known, and the errors that it leads to. Of an error from elsewhere only
 * its code is added: those of the SDKs hold whole requests.
 */
export function describeError(error: unknown, depth = 0): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: messageOf(error) };
  const fields = error as Error & Readonly<Record<string, unknown>>;
  const { abortError, suppressed } = fields;
  const description: Record<string, unknown> = { name: error.name, message: error.message };
  const isOwn = isCopyError(error);
  for (const field of isOwn ? SHOWN_FIELDS : (['code'] as const)) {
    const value = fields[field];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date)
      description[field] = value;
  }
  if (depth >= DEEPEST_CAUSE) return description;
  if (error.cause !== undefined) description['cause'] = describeError(error.cause, depth + 1);
  if (isOwn && abortError !== undefined) description['abortError'] = describeError(abortError, depth + 1);
  if (isOwn && Array.isArray(suppressed)) {
    // One failure of the store can fail hundreds of parts in flight, all in the same words.
    description['suppressedCount'] = suppressed.length;
    description['suppressed'] = suppressed.slice(0, SUPPRESSED_SHOWN).map((other) => describeError(other, depth + 1));
  }
  return description;
}

/** An option is missing, of the wrong kind, out of range or unknown. Thrown before any request. */
export class CopyOptionsError extends CopyError {
  override readonly name: string = 'CopyOptionsError';
  override readonly code = 'ERR_COPY_OPTIONS' as const;
}

/** The source (or its bucket, or that version of it) doesn't exist or can't be seen. */
export class SourceNotFoundError extends CopyError {
  override readonly name: string = 'SourceNotFoundError';
  override readonly code = 'ERR_COPY_SOURCE_NOT_FOUND' as const;
}

/** The source was replaced while it was being copied; the destination is as it was before, unless `destinationWritten` says otherwise. */
export class SourceChangedError extends CopyError {
  override readonly name: string = 'SourceChangedError';
  override readonly code = 'ERR_COPY_SOURCE_CHANGED' as const;
}

/** `ifExists: 'fail'` found an object at the destination, or `ifExists: { etag }` another one than it names, or none. */
export class DestinationExistsError extends CopyError {
  override readonly name: string = 'DestinationExistsError';
  override readonly code = 'ERR_COPY_DESTINATION_EXISTS' as const;
}

/** One part could not be copied; `cause` is what the store answered to the last attempt. */
export class PartFailedError extends CopyError {
  override readonly name: string = 'PartFailedError';
  override readonly code = 'ERR_COPY_PART_FAILED' as const;
  declare readonly partNumber: number;
  /** Offset of the part's first byte in the source. */
  declare readonly start: number;
  /** Offset of the part's last byte in the source, inclusive. */
  declare readonly end: number;
  /** Attempts made, the first included. */
  declare readonly attempts: number;
  declare readonly elapsedMs: number;

  constructor(
    message: string,
    details: Pick<PartFailedError, 'partNumber' | 'start' | 'end' | 'attempts' | 'elapsedMs'> & CopyErrorOptions,
  ) {
    super(message, details);
  }
}

/**
 * The upload could not be completed. `outcome` says what is known: `'failed'`, the destination is as it was;
 * `'unknown'`, the answer was lost and nothing showed what happened, so nothing was aborted and `uploadId` names the upload, unless that is gone.
 */
export class CompleteFailedError extends CopyError {
  override readonly name: string = 'CompleteFailedError';
  override readonly code = 'ERR_COPY_COMPLETE_FAILED' as const;
  declare readonly outcome: 'failed' | 'unknown';

  constructor(message: string, details: Pick<CompleteFailedError, 'outcome'> & CopyErrorOptions) {
    super(message, { ...details, destinationWritten: details.outcome === 'unknown' });
  }
}

/** The finished object isn't what was copied. It is not deleted: look at it, then decide. */
export class VerificationError extends CopyError {
  override readonly name: string = 'VerificationError';
  override readonly code = 'ERR_COPY_VERIFICATION' as const;
  declare readonly expected: string | number;
  declare readonly actual: string | number | undefined;

  constructor(message: string, details: Pick<VerificationError, 'expected' | 'actual'> & CopyErrorOptions) {
    super(message, { ...details, destinationWritten: true });
  }
}

/** A checkpoint can't be used: another process holds it, or it can't be read or written. */
export class CheckpointError extends CopyError {
  override readonly name: string = 'CheckpointError';
  override readonly code = 'ERR_COPY_CHECKPOINT' as const;
}
