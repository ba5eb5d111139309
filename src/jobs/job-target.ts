import { fail, optional, readOptions, type Rule, text } from '../check-options.ts';
import type { ObjectTarget } from '../many/copy-objects-options.ts';
import { PROPERTY_RULES } from '../options/destination-rules.ts';
import { destinationEncryption } from '../options/encryption-rules.ts';

const storeKeptEncryption: Rule<ObjectTarget['sse']> = (value, place) => {
  const sse = destinationEncryption(value, place);
  // The value is left out of the message, and of the job.
  return sse.type === 'SSE-C' ? fail(place, "can't be SSE-C in a job, which holds no secrets") : sse;
};

const RULES = { bucket: optional(text), key: text, sse: optional(storeKeptEncryption), ...PROPERTY_RULES };

/**
 * The place of one object, and what it is to have there, as a job may hold it.
 *
 * @param value - as a caller gives it, or as it was read from JSON, where dates are texts
 */
export const jobTarget: Rule<ObjectTarget> = (value, place) => {
  const { objectLock, ...target } = value as ObjectTarget;
  const retainUntil: unknown = objectLock?.retainUntil;
  const lock = typeof retainUntil === 'string' ? { ...objectLock, retainUntil: new Date(retainUntil) } : objectLock;
  return readOptions({ ...target, objectLock: lock }, RULES, place);
};
