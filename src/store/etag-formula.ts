import type { StoreTraits } from './copy-store.ts';
import { type Known, memoryOf } from './server-memory.ts';

/**
 * How a store makes the ETag of an object in parts: `aws`, `md5(m1 ‖ … ‖ mN)-N` over the parts' MD5s (and the MD5 of the bytes for one
 * that isn't in parts); or by another rule.
 */
export type EtagFormula = NonNullable<StoreTraits['etagFormula']>;

/** Amazon's and Huawei's own hosts. Directory buckets (S3 Express) have random ETags. */
const FOLLOWS_AWS = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|myhuaweicloud\.(?:com|cn|eu))$/;
export const HUAWEI: RegExp = /(?:^|\.)myhuaweicloud\.(?:com|cn|eu)$/;
const EXPRESS = /(?:^|\.)s3express-/;

/**
 * By which formula a store makes the ETags of objects in parts; undefined if that isn't known. No `Server` header tells it: many claim
 * to be another's.
 */
export function etagFormulaOf(store: Known): EtagFormula | undefined {
  return toldFormula(store) ?? memoryOf(store).etagFormula;
}

/** Whether an object that isn't in parts is known to have the MD5 of its bytes as its ETag. How those in parts get theirs says nothing of it. */
export function hasMd5Etags(store: Known): boolean {
  return toldFormula(store) === 'aws' || memoryOf(store).keepsEtags === true;
}

/** By the store's traits or its host's documents. */
function toldFormula({ traits: { etagFormula, endpoint = '' } = {} }: Known): EtagFormula | undefined {
  return etagFormula ?? (followsAwsFormula(hostOf(endpoint)) ? 'aws' : undefined);
}

/** Whether a store is Huawei's own, as far as is known. */
export function isHuawei(store: Known): boolean {
  return memoryOf(store).isHuawei === true || HUAWEI.test(hostOf(store.traits?.endpoint ?? ''));
}

/** Whether a store is one of Amazon's or Huawei's own. */
export function isAmazonOrHuawei({ traits }: Known): boolean {
  return FOLLOWS_AWS.test(hostOf(traits?.endpoint ?? ''));
}

/** Whether a host's own documents promise the formula. */
export function followsAwsFormula(hostname: string): boolean {
  return FOLLOWS_AWS.test(hostname) && !EXPRESS.test(hostname);
}

function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
}
