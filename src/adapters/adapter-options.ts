import { anObject, optional, type Rule, text, timeLimit } from '../check-options.ts';

/** The options that every adapter has. */
export const ADAPTER_RULES: Readonly<Record<'name' | 'limits' | 'traits' | 'requestTimeoutMs', Rule<unknown>>> = {
  name: optional(text),
  limits: optional(anObject),
  traits: optional(anObject),
  requestTimeoutMs: optional(timeLimit),
};
