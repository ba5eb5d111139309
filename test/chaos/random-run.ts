import { createLimiter, CopyError, type CopyOptions, type CopyTask } from '../../src/index.ts';
import type { FaultRule, TestObjectView, TestUpload } from '../../src/testing/index.ts';
import { createRandom } from '../simulator/random.ts';
import { slowDown } from '../simulator/virtual-time.ts';
import { rulesThatStruck, type Circumstances } from './circumstances.ts';
import { beginUpload, destination, intrude, openScene, replaceSource, source, type Scene } from './copy-scene.ts';
import { judgeCopy, type Violation } from './judge-copy.ts';
import { makeKillable, type Killable } from './killable.ts';
import { memoryCheckpoints, type MemoryCheckpoints } from './memory-checkpoints.ts';
import { observeCopy, type ObservedCopy } from './observe-copy.ts';
import { drawPlan, REQUEST_TIMEOUT_MS, type Interruption, type Moment, type RandomPlan } from './random-plan.ts';
import type { Way } from './ways-to-store.ts';

const HANG_MS = 60_000;
const FOREIGN_PART_SIZE = 6 * 1024 * 1024;

/** What came of a run. */
export interface RandomOutcome {
  readonly plan: RandomPlan;
  /** One copy, or two: one after the other, or at the same time. */
  readonly observed: readonly ObservedCopy[];
  readonly violations: readonly Violation[];
  /** Uploads that stayed because cleaning up failed, each of them reported. */
  readonly toldOrphans: number;
  /** The planned rules that struck. */
  readonly struck: ReadonlySet<FaultRule>;
}

/** What a copy of the run is made with, over what is planned. */
interface Overrides {
  readonly interruption?: Interruption | undefined;
  readonly options?: Partial<CopyOptions>;
  readonly earlier?: ObservedCopy | undefined;
}

/** A copy that has ended. */
interface MadeCopy {
  readonly observed: ObservedCopy;
  /** Judges it, unless it was killed. */
  judge(other?: ObservedCopy): Promise<void>;
}

/** One run, with all that its copies share. */
class Run {
  readonly #plan: RandomPlan;
  readonly #scene: Scene;
  readonly #foreign: readonly TestUpload[];
  readonly #checkpoints: MemoryCheckpoints | undefined;
  readonly #others: (TestObjectView | undefined)[];
  readonly #limiter: CopyOptions['limiter'];
  readonly #ends: (() => void)[] = [];
  readonly observed: ObservedCopy[] = [];
  readonly violations: Violation[] = [];

  constructor(plan: RandomPlan, scene: Scene, foreign: readonly TestUpload[]) {
    this.#plan = plan;
    this.#scene = scene;
    this.#foreign = foreign;
    this.#checkpoints = plan.second?.by === 'checkpoint' ? memoryCheckpoints() : undefined;
    this.#limiter = makeLimiter(plan);
    this.#others = [scene.server.object(destination.bucket, destination.key)];
  }

  async runAll(): Promise<void> {
    const { interruption, twice } = this.#plan;
    this.#intrudeAt(this.#plan.intrusion);
    if (twice) {
      const [one, other] = await Promise.all([this.#copy({ interruption }), this.#copy({})]);
      await one.judge(other.observed);
      await other.judge(one.observed);
      return;
    }
    const { observed: first, judge } = await this.#copy({ interruption });
    await judge();
    if (first.result === undefined && this.violations.length === 0) await this.#goOn(first);
  }

  async #goOn(first: ObservedCopy): Promise<void> {
    const { second } = this.#plan;
    if (second === undefined) return;
    // An upload that is named must be there when it is resumed.
    if (second.waits || second.by === 'uploadId') await this.#scene.server.idle();
    const error = first.failure?.error;
    const uploadId = error instanceof CopyError ? error.uploadId : first.uploads.at(-1)?.uploadId;
    const isThere = this.#scene.server.uploads(destination.bucket).some((upload) => upload.uploadId === uploadId);
    if (second.by === 'uploadId' && !isThere) return;
    if (second.sourceIsReplaced) replaceSource(this.#scene);
    this.#others.length = 0;
    this.#others.push(this.#scene.server.object(destination.bucket, destination.key));
    const resume = second.by === 'uploadId' ? { resume: uploadId, onFailure: undefined } : {};
    const { judge } = await this.#copy({ options: { partSize: second.partSize, ...resume }, earlier: first });
    await judge();
  }

  /** Makes one copy, and says how to judge it when all has ended. */
  async #copy({ interruption, options: given, earlier }: Overrides): Promise<MadeCopy> {
    const { server, log } = this.#scene;
    const controller = new AbortController();
    const killable =
      interruption?.how === 'kill' ? makeKillable(this.#scene.store, this.#checkpoints?.store) : undefined;
    const options: CopyOptions = { ...this.#options(controller.signal, killable), ...given };
    const before = log.requests.length;
    const { throttled } = server.stats();
    const uploadsBefore = server.uploads(destination.bucket);
    const observed = await observeCopy(options, HANG_MS, (copy) =>
      this.#steer(copy, interruption, controller, killable),
    );
    this.observed.push(observed);
    // A process that is killed holds nothing any more, uploads in use among it.
    if (observed.killed) {
      killable?.bury();
      await observed.whenEnded();
    }
    const judge = async (other?: ObservedCopy): Promise<void> => {
      if (observed.killed) return;
      if (!observed.hung) await server.idle();
      const circumstances: Circumstances = {
        options,
        requests: log.requests.slice(before),
        requestsBefore: log.requests.slice(0, before),
        throttled: server.stats().throttled > throttled,
        isAlone: other === undefined,
        notOurs: other?.uploads.map(({ uploadId }) => uploadId) ?? [],
        isSecond: earlier !== undefined,
        others: [...this.#others],
        uploadsBefore,
        foreign: this.#foreign,
        checkpoint: this.#checkpoints?.text() ?? '',
        earlierWarnings: (earlier ?? other)?.warnings ?? [],
        sourceWasReplaced: earlier !== undefined && this.#plan.second?.sourceIsReplaced === true,
      };
      this.violations.push(...judgeCopy(this.#scene, observed, circumstances));
    };
    return { observed, judge };
  }

  #options(signal: AbortSignal, killable: Killable | undefined): CopyOptions {
    const { encrypted, ...plan } = this.#plan;
    return {
      store: killable?.store ?? this.#scene.store,
      source,
      destination: { ...destination, ...(encrypted ? { sse: { type: 'SSE-KMS' } } : {}) },
      partSize: plan.partSize,
      multipartThreshold: plan.multipartThreshold,
      concurrency: plan.concurrency,
      hedge: plan.hedge,
      ifExists: plan.ifExists,
      verify: plan.verify,
      preserve: plan.preserve,
      onFailure: plan.onFailure,
      retry: plan.retry,
      // What a killed process held it holds for ever, but only for itself.
      limiter: killable === undefined ? this.#limiter : makeLimiter(this.#plan),
      checkpoint: killable?.checkpoint ?? this.#checkpoints?.store,
      signal,
    };
  }

  /** Has the copy paused, cancelled or killed when it is time. Returns a promise for its being killed. */
  #steer(
    copy: CopyTask,
    interruption: Interruption | undefined,
    controller: AbortController,
    killable: Killable | undefined,
  ): Promise<void> | undefined {
    const { pause } = this.#plan;
    if (pause !== undefined) {
      this.#at(pause.at, copy, () => {
        copy.pause();
        this.#later(pause.forMs, () => copy.resume());
      });
    }
    if (interruption === undefined) return undefined;
    if (killable === undefined) {
      this.#at(interruption.at, copy, () => controller.abort(new Error('the run was cancelled')));
      return undefined;
    }
    return new Promise((resolve) => {
      this.#at(interruption.at, copy, () => {
        killable.kill();
        resolve();
      });
    });
  }

  #intrudeAt(moment: Moment | undefined): void {
    if (moment === undefined) return;
    this.#at(moment, undefined, () => {
      intrude(this.#scene);
      this.#others.push(this.#scene.server.object(destination.bucket, destination.key));
    });
  }

  #at(moment: Moment, copy: CopyTask | undefined, act: () => void): void {
    if ('afterMs' in moment) {
      this.#later(moment.afterMs, act);
      return;
    }
    let left = moment.count;
    if ('event' in moment) {
      copy?.on(moment.event, () => {
        if (--left === 0) act();
      });
      return;
    }
    const stop = this.#scene.log.listen(({ operation }) => {
      if (operation !== moment.operation || --left !== 0) return;
      if (moment.delayMs === 0) act();
      else this.#later(moment.delayMs, act);
    });
    this.#ends.push(stop);
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(act, delayMs);
    this.#ends.push(() => clearTimeout(timer));
  }

  get toldOrphans(): number {
    if (this.violations.length > 0) return 0;
    const kept = this.#checkpoints?.text() ?? '';
    const isMeant = (id: string): boolean =>
      kept.includes(id) ||
      this.#foreign.some(({ uploadId }) => uploadId === id) ||
      (this.#plan.onFailure === 'keep' && this.observed.some(({ uploads }) => uploads.some((u) => u.uploadId === id)));
    return this.#scene.server.uploads(destination.bucket).filter(({ uploadId }) => !isMeant(uploadId)).length;
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

/** Runs one random copy and judges it; in virtual time, alone. */
export async function runRandomly(seed: number, run: number, ways?: readonly Way[]): Promise<RandomOutcome> {
  const plan = drawPlan(seed, run, ways);
  const scene = await openScene({
    ...plan,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    seed: (seed * 1_000_003 + run) >>> 0,
  });
  const { server } = scene;
  try {
    if (plan.foreignUpload !== undefined)
      await beginUpload(scene, plan.foreignUpload === 'empty' ? 0 : FOREIGN_PART_SIZE);
    slowDown(plan.slowness && { ...plan.slowness, random: createRandom(run) });
    const running = new Run(plan, scene, server.uploads(destination.bucket));
    try {
      await running.runAll();
    } finally {
      running.end();
      slowDown(undefined);
    }
    const { observed, violations, toldOrphans } = running;
    return { plan, observed, violations, toldOrphans, struck: rulesThatStruck(scene.log) };
  } finally {
    await server.close();
  }
}

function makeLimiter({ limiter }: RandomPlan): CopyOptions['limiter'] {
  return limiter === undefined ? undefined : createLimiter({ maxConcurrency: limiter });
}
