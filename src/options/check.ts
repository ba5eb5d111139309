import { CopyOptionsError } from '../errors.ts';

/** A value as it may be shown in a message: short, and never the contents of an object. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || ['number', 'boolean', 'undefined'].includes(typeof value)) return String(value);
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Throws the error that names the option, the rule and the value found. */
export function refuse(name: string, rule: string, value: unknown): never {
  throw new CopyOptionsError(`Option '${name}' must be ${rule}: current value is ${show(value)}`);
}

/** A plain object whose keys are all known. */
export function checkRecord(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(name, 'an object', value);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = known.find((candidate) => candidate.toLowerCase() === key.toLowerCase());
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean '${near}'?`;
    throw new CopyOptionsError(`Unknown option '${name === 'options' ? key : `${name}.${key}`}': ${hint}`);
  }
  return value as Record<string, unknown>;
}

/** A string of at least one character. */
export function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') refuse(name, 'a string that is not empty', value);
  return value;
}

/** As `checkText`, or undefined. */
export function checkOptionalText(name: string, value: unknown): string | undefined {
  return value === undefined ? undefined : checkText(name, value);
}

/** A whole number within bounds. */
export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    refuse(
      name,
      max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`,
      value,
    );
  }
  return value;
}

/** A finite number within bounds. */
export function checkNumber(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
    refuse(name, max === Number.MAX_VALUE ? `a number from ${min}` : `a number from ${min} to ${max}`, value);
  }
  return value;
}

/** True, false or undefined. */
export function checkOptionalBoolean(name: string, value: unknown): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') refuse(name, 'true or false', value);
  return value;
}

/** One of a few words; undefined gives the default. */
export function checkChoice<const T extends string>(
  name: string,
  value: unknown,
  choices: readonly T[],
  fallback: T,
): T {
  if (value === undefined) return fallback;
  const found = choices.find((choice) => choice === value);
  return found ?? refuse(name, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`, value);
}

/** An object with these methods. */
export function checkMethods(name: string, value: unknown, methods: readonly string[], what: string): void {
  if (typeof value !== 'object' || value === null) refuse(name, what, value);
  for (const method of methods) {
    if (typeof (value as Record<string, unknown>)[method] !== 'function') {
      throw new CopyOptionsError(`Option '${name}' must be ${what}: it has no method '${method}'`);
    }
  }
}
