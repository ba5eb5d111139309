import { elapsedSince, CLOCK_TOLERANCE_MS, type Moment } from '../request/moment.ts';
import type {
  CompleteMultipartUploadResult,
  CreateMultipartUploadResult,
  HeadObjectResult,
  ObjectProperties,
} from '../store/copy-store.ts';
import { etagFormulaOf, hasMd5Etags } from '../store/etag-formula.ts';
import { memoryOf } from '../store/server-memory.ts';
import type { CopyContext } from './copy-context.ts';
import { destinationHidesMd5, hidesMd5 } from './encryption.ts';
import { type EtagVerdict, type ExpectedEtag, expectSourceEtag, isMd5Etag, partCountOf } from './etag.ts';
import { leavesMetadata } from './known-source.ts';
import { findDifferentProperties } from './same-properties.ts';

export interface FinishAnswer extends CompleteMultipartUploadResult {
  /** Whether `If-None-Match: *` went with the request. */
  readonly conditional: boolean;
}

/**
 * What stands at the destination:
 *
 * - `ours`: the object of this copy, and by what that is known
 * - `other`: certainly not
 * - `unsure`: it may be, and nothing proves it
 */
export type Recognition =
  | { readonly verdict: 'ours'; readonly by: 'uploadId' | 'etag' | 'answer' | 'age' }
  | { readonly verdict: 'other' | 'unsure'; readonly reason: string };

const other = (reason: string): Recognition => ({ verdict: 'other', reason });
const unsure = (reason: string): Recognition => ({ verdict: 'unsure', reason });

/** What the finished object must be. Filled in as the copy goes on, and asked what stands at the destination. */
export class Target {
  readonly size: number;
  readonly properties: ObjectProperties;
  readonly source: HeadObjectResult;
  /** What the object's ETag must be. */
  etag: ExpectedEtag;
  /** What it is if the store makes it of the parts' MD5s as S3 does; undefined for a single copy. */
  joinedEtag: ExpectedEtag | undefined;
  /** Before Create, or the first CopyObject, was sent; undefined for an upload of which that isn't known. */
  begunAt: Moment | undefined;
  /** Before the first request that finishes the object was sent. */
  sentAt: Moment | undefined;
  /** The upload that makes the object; undefined for a single copy. */
  uploadId: string | undefined;
  /** Version that the object will be, if the store said so on Create, and keeps versions. */
  promisedVersion: string | undefined;
  /** Parts that the object is joined from; 0 for a single copy. */
  parts = 0;
  /** What the store answered when it finished the object; undefined while no answer came. */
  answer: FinishAnswer | undefined;
  /** ETag of what was at the destination before: `null` if nothing was, undefined if it isn't known. */
  etagBefore: string | null | undefined;
  /** A request to finish the object may have worked, though its answer was lost. */
  mayBeFinished = false;
  /** Later than this, no request of an earlier run has come through, by the store's clock. */
  finishedBy: Date | undefined;
  /** The store encrypts so that the object's ETag is no MD5, as far as anyone has said so far. */
  hidesMd5: boolean;
  /** What the object's metadata must be, nobody has seen. */
  readonly #leavesMetadata: boolean;
  readonly #context: CopyContext;

  constructor(context: CopyContext, source: HeadObjectResult, properties: ObjectProperties) {
    this.#context = context;
    this.size = source.size;
    this.properties = properties;
    this.source = source;
    this.#leavesMetadata = leavesMetadata(context, source);
    this.etag = expectSourceEtag(source.etag);
    this.hidesMd5 = destinationHidesMd5(context, undefined);
  }

  /** Notes the upload that makes the object of so many parts, and what the store said on Create. */
  noteUpload({ uploadId, encryption, versionId }: CreateMultipartUploadResult, parts: number): void {
    this.uploadId = uploadId;
    this.parts = parts;
    this.promisedVersion = versionId === 'null' ? undefined : versionId;
    this.hidesMd5 = destinationHidesMd5(this.#context, encryption);
  }

  /** Judges an ETag of the object, by all that is known of its encryption. */
  judgeEtag(etag: string | undefined, encryption?: string): EtagVerdict {
    const verdict = this.#compareEtag(etag, encryption);
    // Who asks for the size alone doesn't trust this store's ETags.
    const isTrusted = this.#followsFormula && this.#context.options.verify === 'etag';
    return verdict === 'wrong' && !isTrusted ? 'unpredictable' : verdict;
  }

  /** Whether the object has another ETag than this store makes, which matters to nobody who asked for the size alone. */
  isContradicted(etag: string | undefined, encryption?: string): boolean {
    return this.#followsFormula && this.#compareEtag(etag, encryption) === 'wrong';
  }

  /** Whether the object has another ETag than was computed, in a store of which it isn't known whether it can be computed. */
  isUnexplained(etag: string | undefined, encryption?: string): boolean {
    const { store, verify } = this.#context.options;
    const isUnknown = this.parts === 0 ? !hasMd5Etags(store) : etagFormulaOf(store) === undefined;
    return verify === 'etag' && isUnknown && this.#compareEtag(etag, encryption) === 'wrong';
  }

  /** Remembers what an object of this copy shows of its store. */
  learnFormula(etag: string): void {
    const { store } = this.#context.options;
    const memory = memoryOf(store);
    if (this.joinedEtag === undefined) {
      if (isMd5Etag(etag) && this.etag.judge(etag, this.hidesMd5) === 'right') memory.keepsEtags = true;
    } else if (etagFormulaOf(store) === undefined) {
      if (this.joinedEtag.judge(etag, this.hidesMd5) === 'right') memory.etagFormula = 'aws';
      else if (this.judgeEtag(etag) === 'right') memory.etagFormula = 'other';
    }
  }

  #compareEtag(etag: string | undefined, encryption: string | undefined): EtagVerdict {
    return etag === undefined ? 'unpredictable' : this.etag.judge(etag, this.#isHidden(encryption));
  }

  /** Whether the object's ETag is no MD5, by all that is known of its encryption. */
  #isHidden(encryption: string | undefined): boolean {
    const { dialect } = this.#context.options.store.traits ?? {};
    return this.hidesMd5 || hidesMd5(this.answer?.encryption, dialect) || hidesMd5(encryption, dialect);
  }

  get #followsFormula(): boolean {
    const { store } = this.#context.options;
    return this.parts === 0 ? hasMd5Etags(store) : etagFormulaOf(store) === 'aws';
  }

  /** Whether an ETag of this copy can't tell it from another object of the same size. */
  get isUnpredictable(): boolean {
    return this.hidesMd5 || this.etag.etag === undefined || !this.#followsFormula;
  }

  /** By which version the object can be asked for, whoever may write to the key. */
  get version(): string | undefined {
    const answered = this.answer?.versionId;
    return answered === undefined || answered === this.promisedVersion ? this.promisedVersion : undefined;
  }

  differences(head: HeadObjectResult): readonly string[] {
    if (this.#leavesMetadata) return [];
    return findDifferentProperties({ ...this.properties, metadata: this.properties.metadata ?? {} }, head.properties);
  }

  /**
   * Says whether what stands at the destination is the object of this copy. The one rule for single copies, Complete, abort and
   * resume:
   *
   * 1. It has the ETag that was predicted. After a lost answer it must also fit in age and properties, as an earlier copy may have left
   *    an equal object.
   * 2. Its ETag can't be predicted. It equals the ETag of the store's answer; or size and properties fit, and it isn't dated before
   *    the copy began, by the store's own clock.
   * 3. Anything else isn't: nor is another version than the store said the copy to be.
   *
   * S3 dates an object in parts by its Create, other stores by Complete: the age is measured against the time before Create.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
   */
  recognise(head: HeadObjectResult): Recognition {
    if (head.size !== this.size) return other(`has ${head.size} bytes, but its source has ${this.size}`);
    if (this.uploadId !== undefined && head.uploadId !== undefined) {
      if (head.uploadId === this.uploadId) return { verdict: 'ours', by: 'uploadId' };
      return other(`was made by upload ${head.uploadId}`);
    }
    const versionId = this.answer?.versionId;
    if (versionId !== undefined && head.versionId !== undefined && head.versionId !== versionId) {
      return other(`is version ${head.versionId}, and the copy is version ${versionId}`);
    }
    const verdict = this.judgeEtag(head.etag, head.encryption);
    if (verdict === 'wrong') return this.#otherEtag(head.etag);
    // One that the store answered speaks against an object without ETag, but not for it: the answer may be of nothing.
    const answered = head.etag === undefined ? this.answer?.etag : undefined;
    if (this.judgeEtag(answered, head.encryption) === 'wrong') return this.#otherEtag(answered);
    return verdict === 'right' ? this.#recogniseEqual(head) : this.#recogniseUnpredictable(head);
  }

  /** Why an object that is ours by name can't be the copy: its ETag is wrong. */
  findWrongEtag(head: HeadObjectResult): string | undefined {
    if (this.judgeEtag(head.etag, head.encryption) !== 'wrong') return undefined;
    const recognition = this.#otherEtag(head.etag);
    return recognition.verdict === 'ours' ? undefined : recognition.reason;
  }

  #otherEtag(found: string | undefined): Recognition {
    const origin = this.parts > 0 ? 'its parts make' : 'its source has';
    return other(`has ETag ${found ?? 'none'}, but ${origin} ${this.etag.etag ?? 'another one'}`);
  }

  #recogniseEqual(head: HeadObjectResult): Recognition {
    const different = this.differences(head);
    const isOld = this.judgeAge(head) === 'old';
    if (isOld && (this.answer === undefined || different.length > 0)) {
      return other(`is an older object of the same bytes (last modified ${describeDate(head.lastModified)})`);
    }
    if (this.answer === undefined && different.length > 0) return unsure(`has another ${different.join(', another ')}`);
    return { verdict: 'ours', by: 'etag' };
  }

  #recogniseUnpredictable(head: HeadObjectResult): Recognition {
    const { etag } = head;
    // By the store's word the ETag of the copy, and the source's own: whoever wrote these bytes, they are the ones that were asked for.
    const isAsSource = etag !== undefined && etag === this.source.etag && etag === this.answer?.etag;
    if (isAsSource && this.differences(head).length === 0) return { verdict: 'ours', by: 'answer' };
    const isAnswered = etag !== undefined && etag === this.answer?.etag;
    const age = this.judgeAge(head);
    // By another rule than S3's, the same parts may make the same ETag again.
    const isAgain = isAnswered && age !== 'old' && !this.hidesMd5 && this.etag.etag !== undefined;
    if (etag !== undefined && etag === this.etagBefore && !isAgain) {
      return other('is still the object that was there before');
    }
    const partCount = partCountOf(etag);
    // A store that joins ETags by another rule may give the MD5 of the whole.
    const isPlain = partCount === undefined && this.#followsFormula && isMd5Etag(etag ?? '');
    const isOfOtherParts = this.parts > 0 && (isPlain || (partCount !== undefined && partCount !== this.parts));
    const isComputable = !this.isUnpredictable && !this.#isHidden(head.encryption);
    if (isOfOtherParts && isComputable && !isAnswered) return this.#otherEtag(etag);
    const isUnexplained = this.isUnexplained(etag, head.encryption);
    if (isAnswered && !isUnexplained) return { verdict: 'ours', by: 'answer' };
    if (age === 'old') return other(`was last modified before the copy began (${describeDate(head.lastModified)})`);
    const different = this.differences(head);
    if (isUnexplained && this.answer !== undefined) {
      // Two of these must speak for it if its ETag doesn't.
      const proofs = [isAnswered, age === 'fresh', different.length === 0].filter(Boolean).length;
      if (isOfOtherParts || proofs < 2) return this.#otherEtag(etag);
      return { verdict: 'ours', by: isAnswered ? 'answer' : 'age' };
    }
    if (this.answer !== undefined) {
      if (this.answer.etag === undefined && etag !== undefined && !this.isUnpredictable) return this.#otherEtag(etag);
      // Without any ETag, size and date are all that there is.
      if (different.length === 0 || etag === undefined) return { verdict: 'ours', by: 'age' };
      return other(`has ETag ${etag}, and another ${different.join(', another ')} than the copy was to have`);
    }
    if (isOfOtherParts) return other(`has ETag ${etag ?? 'none'}, and the copy has ${this.parts} parts`);
    if (this.finishedBy !== undefined && (head.lastModified ?? this.finishedBy) > this.finishedBy) {
      return other('was written later than the copy can have been');
    }
    const isProven = this.mayBeFinished && this.etagBefore !== undefined && age === 'fresh' && different.length === 0;
    return isProven ? { verdict: 'ours', by: 'age' } : unsure('has an ETag that proves nothing');
  }

  /** Whether an object can be of this copy, by the store's own clock: its age now, against how long ago the copy began. */
  judgeAge({ lastModified, serverTime }: HeadObjectResult): 'fresh' | 'old' | 'unknown' {
    const since = this.begunAt ?? this.sentAt;
    if (lastModified === undefined || serverTime === undefined || since === undefined) return 'unknown';
    const ageMs = serverTime.getTime() - lastModified.getTime() - CLOCK_TOLERANCE_MS;
    if (ageMs <= elapsedSince(since)) return 'fresh';
    return this.begunAt === undefined ? 'unknown' : 'old';
  }
}

function describeDate(date: Date | undefined): string {
  return date?.toISOString() ?? 'at an unknown time';
}
