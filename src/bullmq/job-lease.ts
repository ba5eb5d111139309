import { CopyError } from '../errors.ts';
import type { Limiter } from '../request/limiter.ts';
import { elapsedSince, type Moment, momentBefore, thisMoment } from '../request/moment.ts';
import type { QueuedJob } from './queue.ts';

/**
 * The right to work on a job. BullMQ extends the lock of a job, but lets the processor run on if that fails: a second worker then runs
 * the job, too. So the lock is extended here as well, and no request is sent unless that worked within the time of the lock.
 */
export class JobLease {
  readonly #job: QueuedJob;
  readonly #token: string;
  readonly #lockMs: number;
  readonly #controller: AbortController;
  readonly #timer: ReturnType<typeof setInterval>;
  /** When the lock was taken, or extended. */
  #heldAt: Moment;
  #isAsking = false;

  /** @param controller - aborts when the lock is lost */
  constructor(job: QueuedJob, token: string, lockMs: number, controller: AbortController) {
    this.#job = job;
    this.#token = token;
    this.#lockMs = lockMs;
    this.#controller = controller;
    const now = Date.now();
    this.#heldAt = momentBefore(now - (job.processedOn ?? now));
    this.#timer = setInterval(() => this.#extend(), lockMs / 6);
    this.#timer.unref();
  }

  /** A limiter that lets no request through once the lock may be another worker's. */
  guard(limiter: Limiter | undefined): Limiter {
    const { maxRequestsPerSecond = Infinity, maxConcurrency = Infinity } = limiter ?? {};
    return {
      maxRequestsPerSecond,
      maxConcurrency,
      acquire: (signal) => {
        const turn = limiter?.acquire(signal) ?? released;
        if (turn instanceof Promise) return turn.then((release) => this.#pass(release));
        return this.#isHeld() ? turn : Promise.resolve(turn).then((release) => this.#pass(release));
      },
    };
  }

  /** @throws the reason, if the lock may be another worker's */
  assertHeld(): void {
    this.#isHeld();
    this.#controller.signal.throwIfAborted();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #pass(release: () => void): () => void {
    if (this.#isHeld()) return release;
    release();
    throw this.#controller.signal.reason as Error;
  }

  #isHeld(): boolean {
    const elapsedMs = elapsedSince(this.#heldAt);
    if (elapsedMs >= this.#lockMs) this.#lose(`it could not be extended for ${Math.round(elapsedMs)} ms`);
    return !this.#controller.signal.aborted;
  }

  #extend(): void {
    if (!this.#isHeld()) return this.end();
    // A third of its time is left out: extending it costs a request.
    if (this.#isAsking || elapsedSince(this.#heldAt) < this.#lockMs / 3) return;
    this.#isAsking = true;
    const asked = thisMoment();
    this.#job
      .extendLock(this.#token, this.#lockMs)
      .then(
        (isExtended) => {
          if (Number(isExtended) > 0) this.#heldAt = asked;
          else this.#lose('another worker may have it');
        },
        // The connection may come back in time.
        () => undefined,
      )
      .finally(() => {
        this.#isAsking = false;
      });
  }

  #lose(how: string): void {
    if (this.#controller.signal.aborted) return;
    this.#controller.abort(
      new CopyError(`Job ${this.#job.id ?? ''} stopped as its lock is lost: ${how}. The queue delivers it again`),
    );
  }
}

function released(): void {}
