import { randomUUID } from 'node:crypto';
import { integer, optional, type Rule } from '../check-options.ts';
import { CheckpointError } from '../errors.ts';
import { elapsedSince, type Moment, thisMoment } from '../request/moment.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { acrossRestarts } from './across-restarts.ts';

/** A lock that is shorter is lost by a busy process, and one that is longer keeps others waiting for hours after its process has died. */
export const leaseMs: Rule<number> = optional(integer(1000, 3_600_000), 30_000);

/**
 * What a database does for checkpoints. Each call is one step: nothing comes between what it compares and what it writes. It may be made
 * twice, as an answer may be lost.
 */
export interface LeaseKeeper {
  /** Gives the lock to the token for so long, unless another token has it and its time isn't over. @returns whether it did */
  take(id: string, token: string, leaseMs: number): Promise<boolean>;
  /** The same for the token that was given the lock last. @returns whether that is the token */
  renew(id: string, token: string, leaseMs: number): Promise<boolean>;
  /** Ends the lock of the token, if it is the last one; leaves nothing of an id without a text. */
  release(id: string, token: string): Promise<unknown>;
  load(id: string): Promise<string | undefined>;
  /** @param token - nothing is done unless it was given the lock last; undefined: it is done in any case. @returns whether it was done */
  save(id: string, text: string, token: string | undefined): Promise<boolean>;
  /** As `save`. */
  delete(id: string, token: string | undefined): Promise<boolean>;
}

/** Checkpoints in a database that many machines share. Its restarts are waited for. */
export class LeasedCheckpoints implements CheckpointStore {
  readonly #keeper: LeaseKeeper;
  readonly #leaseMs: number;
  readonly #held = new Map<string, HeldLease>();

  constructor(keeper: LeaseKeeper, leaseMs: number) {
    this.#keeper = keeper;
    this.#leaseMs = leaseMs;
  }

  load(id: string): Promise<string | undefined> {
    return acrossRestarts(() => this.#keeper.load(id));
  }

  async save(id: string, text: string): Promise<void> {
    const lease = this.#held.get(id);
    const isSaved = await acrossRestarts(() => this.#keeper.save(id, text, lease?.token));
    if (!isSaved) throw taken(lease, 'nothing was saved');
  }

  async delete(id: string): Promise<void> {
    const lease = this.#held.get(id);
    const isDeleted = await acrossRestarts(() => this.#keeper.delete(id, lease?.token));
    if (!isDeleted) throw taken(lease, 'nothing was deleted');
  }

  async lock(id: string, onLost?: () => void): Promise<() => Promise<void>> {
    const token = randomUUID();
    let asked = thisMoment();
    const isTaken = await acrossRestarts(() => {
      asked = thisMoment();
      return this.#keeper.take(id, token, this.#leaseMs);
    });
    if (!isTaken) {
      throw new CheckpointError(
        `The checkpoint is in use: another process holds its lock, which ends ${this.#leaseMs / 1000} s after it was renewed last`,
      );
    }
    const renew = (): Promise<boolean> => this.#keeper.renew(id, token, this.#leaseMs);
    const lease = new HeldLease(token, asked, this.#leaseMs, renew, onLost);
    this.#held.set(id, lease);
    return async () => {
      lease.end();
      if (this.#held.get(id) === lease) this.#held.delete(id);
      await this.#keeper.release(id, token);
    };
  }
}

function taken(lease: HeldLease | undefined, consequence: string): CheckpointError {
  lease?.lose();
  return new CheckpointError(
    `The checkpoint was taken over: another process has had its lock since, so ${consequence}`,
  );
}

/** A lock that is renewed until it is given back. */
class HeldLease {
  readonly token: string;
  readonly #leaseMs: number;
  readonly #renew: () => Promise<boolean>;
  readonly #onLost: (() => void) | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  #renewedAt: Moment;
  #isAsking = false;

  constructor(
    token: string,
    takenAt: Moment,
    leaseMs: number,
    renew: () => Promise<boolean>,
    onLost: (() => void) | undefined,
  ) {
    this.token = token;
    this.#renewedAt = takenAt;
    this.#leaseMs = leaseMs;
    this.#renew = renew;
    this.#onLost = onLost;
    this.#timer = setInterval(() => void this.#keep(), leaseMs / 3);
    this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  lose(): void {
    this.end();
    this.#onLost?.();
  }

  /** A process that stood still for longer asks first: nobody may have wanted the lock. */
  async #keep(): Promise<void> {
    if (this.#isAsking) return this.#loseIfOver();
    this.#isAsking = true;
    const asked = thisMoment();
    try {
      if (await this.#renew()) this.#renewedAt = asked;
      else this.lose();
    } catch {
      // The database may come back in time.
      this.#loseIfOver();
    } finally {
      this.#isAsking = false;
    }
  }

  #loseIfOver(): void {
    if (elapsedSince(this.#renewedAt) >= this.#leaseMs) this.lose();
  }
}
