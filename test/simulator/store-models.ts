import { drawNormal } from './random.ts';
import type { Clock } from './virtual-clock.ts';

/** How a request ended. */
export type Outcome =
  | { readonly kind: 'copied'; readonly qosDelayMs?: number }
  | { readonly kind: 'throttled'; readonly retryAfterMs?: number }
  | { readonly kind: 'failed' };

/** A store as the client sees it: takes a request of so many bytes, answers some time later. */
export type StoreModel = (bytes: number, answer: (outcome: Outcome) => void) => void;

/** What a model is built on. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
}

/** How long one part takes: a median, lognormal spread, and a share of parts that take much longer. */
export interface ServiceTime {
  readonly medianMs: number;
  /** Deviation of the logarithm. @default 0 */
  readonly sigma?: number;
  readonly tail?: { readonly share: number; readonly factor: number };
}

/** A quantity that may change in the course of the copy: from each time on, another value. */
export type Schedule = number | readonly { readonly fromMs: number; readonly value: number }[];

/** How long it takes to be told that the store is too busy. */
const REJECTION_MS = 2;

function drawServiceMs({ medianMs, sigma = 0, tail }: ServiceTime, random: () => number): number {
  const spread = sigma === 0 ? 1 : Math.exp(sigma * drawNormal(random));
  return medianMs * spread * (tail !== undefined && random() < tail.share ? tail.factor : 1);
}

function valueAt(schedule: Schedule, now: number): number {
  if (typeof schedule === 'number') return schedule;
  return schedule.findLast((step) => step.fromMs <= now)?.value ?? 0;
}

/** As many at once as you like: each part takes its time, whatever the others do. */
export function latencyBound(service: ServiceTime) {
  return ({ clock, random }: Surroundings): StoreModel =>
    (_bytes, answer) =>
      clock.at(clock.now + drawServiceMs(service, random), () => answer({ kind: 'copied' }));
}

/** So many parts at once; the others wait in line, or are told to come back. */
export function slotBound(options: {
  slots: Schedule;
  service: ServiceTime;
  whenBusy: 'wait' | 'reject';
  rejectionMs?: number;
}) {
  return ({ clock, random }: Surroundings): StoreModel => {
    let busy = 0;
    const line: ((outcome: Outcome) => void)[] = [];
    const serve = (answer: (outcome: Outcome) => void): void => {
      busy++;
      clock.at(clock.now + drawServiceMs(options.service, random), () => {
        busy--;
        serveLine(); // first come, first served: before the client can send another one
        answer({ kind: 'copied' });
      });
    };
    const serveLine = (): void => {
      while (line.length > 0 && busy < valueAt(options.slots, clock.now))
        serve(line.shift() as (outcome: Outcome) => void);
    };
    if (typeof options.slots !== 'number') for (const { fromMs } of options.slots) clock.at(fromMs, serveLine);
    return (_bytes, answer) => {
      if (busy < valueAt(options.slots, clock.now)) serve(answer);
      else if (options.whenBusy === 'wait') line.push(answer);
      else clock.at(clock.now + (options.rejectionMs ?? REJECTION_MS), () => answer({ kind: 'throttled' }));
    };
  };
}

/** So many requests a second, by a token bucket; more are rejected, or held back for as long as it takes and told so. */
export function rateBound(options: {
  perSecond: Schedule;
  burst: number;
  service: ServiceTime;
  whenEmpty?: 'reject' | 'delay';
  rejectionMs?: number;
  retryAfterMs?: number;
}) {
  return ({ clock, random }: Surroundings): StoreModel => {
    let tokens = options.burst;
    let updatedAt = 0;
    return (_bytes, answer) => {
      const perMs = valueAt(options.perSecond, clock.now) / 1000;
      tokens = Math.min(options.burst, tokens + (clock.now - updatedAt) * perMs);
      updatedAt = clock.now;
      const serviceMs = drawServiceMs(options.service, random);
      if (tokens >= 1 || options.whenEmpty === 'delay') {
        tokens -= 1;
        const delayMs = tokens >= 0 ? 0 : -tokens / perMs;
        const outcome: Outcome = delayMs > 0 ? { kind: 'copied', qosDelayMs: delayMs } : { kind: 'copied' };
        clock.at(clock.now + delayMs + serviceMs, () => answer(outcome));
      } else {
        const { retryAfterMs } = options;
        const outcome: Outcome =
          retryAfterMs === undefined ? { kind: 'throttled' } : { kind: 'throttled', retryAfterMs };
        clock.at(clock.now + (options.rejectionMs ?? REJECTION_MS), () => answer(outcome));
      }
    };
  };
}

/**
 * All parts share a bandwidth evenly, after a fixed time each. With `thrashingFrom`, the store gets slower as a whole the more
 * parts beyond that number it works at.
 */
export function bandwidthBound(options: { bytesPerMs: Schedule; fixed: ServiceTime; thrashingFrom?: number }) {
  return ({ clock, random }: Surroundings): StoreModel => {
    /** Bytes that each part in work has been given since the beginning; a part is done when this reaches its mark. */
    let given = 0;
    let updatedAt = 0;
    let generation = 0;
    const working: { readonly mark: number; readonly answer: (outcome: Outcome) => void }[] = [];
    const speed = (): number => {
      const total = valueAt(options.bytesPerMs, clock.now);
      const excess = options.thrashingFrom === undefined ? 1 : Math.max(1, working.length / options.thrashingFrom);
      return total / excess / working.length;
    };
    const advance = (): void => {
      if (working.length > 0) given += (clock.now - updatedAt) * lastSpeed;
      updatedAt = clock.now;
    };
    let lastSpeed = 0;
    const planNext = (): void => {
      generation++;
      if (working.length === 0) return;
      lastSpeed = speed();
      const mine = generation;
      let first = working[0] as (typeof working)[number];
      for (const part of working) if (part.mark < first.mark) first = part;
      clock.at(clock.now + Math.max(0, (first.mark - given) / lastSpeed), () => {
        if (mine !== generation) return;
        advance();
        given = Math.max(given, first.mark);
        working.splice(working.indexOf(first), 1);
        const fixedMs = drawServiceMs(options.fixed, random);
        clock.at(clock.now + fixedMs, () => first.answer({ kind: 'copied' }));
        planNext();
      });
    };
    if (typeof options.bytesPerMs !== 'number') {
      for (const { fromMs } of options.bytesPerMs) {
        clock.at(fromMs, () => {
          advance();
          planNext();
        });
      }
    }
    return (bytes, answer) => {
      advance();
      working.push({ mark: given + bytes, answer });
      planNext();
    };
  };
}

/** Another store from a time on: what was begun in the first one ends there. */
export function changingTo(
  first: (surroundings: Surroundings) => StoreModel,
  atMs: number,
  second: (surroundings: Surroundings) => StoreModel,
) {
  return (surroundings: Surroundings): StoreModel => {
    const before = first(surroundings);
    const after = second(surroundings);
    return (bytes, answer) => (surroundings.clock.now < atMs ? before : after)(bytes, answer);
  };
}

/** Rejects everything for a while. */
export function withOutage(model: (surroundings: Surroundings) => StoreModel, fromMs: number, untilMs: number) {
  return (surroundings: Surroundings): StoreModel => {
    const { clock } = surroundings;
    const inner = model(surroundings);
    return (bytes, answer) => {
      if (clock.now < fromMs || clock.now >= untilMs) inner(bytes, answer);
      else clock.at(clock.now + REJECTION_MS, () => answer({ kind: 'throttled' }));
    };
  };
}

/** Fails a share of the requests, as 500 or by a reset, after a few milliseconds. */
export function withFailures(model: (surroundings: Surroundings) => StoreModel, share: number) {
  return (surroundings: Surroundings): StoreModel => {
    const { clock, random } = surroundings;
    const inner = model(surroundings);
    return (bytes, answer) => {
      if (random() >= share) inner(bytes, answer);
      else clock.at(clock.now + 5, () => answer({ kind: 'failed' }));
    };
  };
}
