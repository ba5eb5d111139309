import { setMaxListeners } from 'node:events';
import { types } from 'node:util';
import type { CopyContext, Lease } from '../engine/copy-context.ts';
import type { CopyReporter } from '../engine/copy-reporter.ts';
import { CheckpointError, messageOf } from '../errors.ts';
import { followSignal } from '../request/follow-signal.ts';
import { checkpointId } from './checkpoint-match.ts';
import type { CheckpointStore } from '../store/checkpoint-store.ts';
import { type Checkpoint, type CheckpointFlaw, parseCheckpoint, serializeCheckpoint } from './parse-checkpoint.ts';

/**
 * How long a lock or a save may still take after the copy was cancelled, in milliseconds: as a rule it is about to be done, and is
 * better waited for than done after what follows.
 */
const GRACE_MS = 1000;

/** How long a store may take for what is done on the way out, when no signal ends the wait any more, in milliseconds. */
const WAY_OUT_MS = 10_000;

/** Checkpoints that copies in this process hold, by store. */
const held = new WeakMap<CheckpointStore, Set<string>>();

/**
 * One copy's hold on its checkpoint. Every failure of the store behind it is a `CheckpointError`; if the store doesn't answer and
 * the copy is cancelled, taking, loading and saving end with the signal's own reason.
 */
export class CheckpointSession implements Lease {
  readonly #store: CheckpointStore;
  readonly #id: string;
  readonly #reporter: CopyReporter;
  readonly #abort = new AbortController();
  readonly #unfollow: () => void;
  #unlock: (() => Promise<void>) | undefined;
  #lost: CheckpointError | undefined;
  #text: string | undefined;

  private constructor(
    store: CheckpointStore,
    id: string,
    { reporter, signal }: Pick<CopyContext, 'reporter' | 'signal'>,
  ) {
    this.#store = store;
    this.#id = id;
    this.#reporter = reporter;
    // One copy waits in many places at once, each with a listener that it removes again.
    setMaxListeners(0, this.#abort.signal);
    this.#unfollow = followSignal(signal, this.#abort);
  }

  /**
   * Takes the checkpoint of a copy.
   *
   * @throws CheckpointError if another copy holds it
   */
  static async open(
    store: CheckpointStore,
    context: Pick<CopyContext, 'options' | 'reporter' | 'signal'>,
  ): Promise<CheckpointSession> {
    const { options, reporter, signal } = context;
    if (store.lock === undefined) {
      reporter.warning(
        'CHECKPOINT_UNLOCKED',
        'The checkpoint store has no lock(): nothing keeps a copy in another process from going on with the same upload',
      );
    }
    const id = checkpointId(options);
    const ids = held.get(store) ?? new Set();
    held.set(store, ids);
    if (ids.has(id)) {
      const { bucket, key } = options.destination;
      throw new CheckpointError(
        `Cannot use the checkpoint for ${bucket}/${key}: another copy in this process is using it`,
      );
    }
    ids.add(id);
    const session = new CheckpointSession(store, id, context);
    const locking = guard('lock', async () => store.lock?.(id, () => session.#lose()));
    try {
      session.#unlock = await inTime('lock', locking, GRACE_MS, signal);
      return session;
    } catch (error) {
      ids.delete(id);
      session.#unfollow();
      // A lock that comes when nobody waits for it any more must not stay.
      void locking.then((unlock) => unlock?.()).catch(() => undefined);
      throw error;
    }
  }

  #lose(): void {
    this.#lost ??= new CheckpointError(
      'The lock of the checkpoint was lost, so another process may have taken over: this copy was cancelled, and left the upload as it is',
    );
    this.#abort.abort(this.#lost);
  }

  /** Fires when the copy is cancelled, and when the lock is lost. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** What a copy that failed with an error rejects with. */
  explain(error: unknown): unknown {
    if (this.#lost === undefined || error === this.#lost) return error;
    return Object.assign(this.#lost, { cause: error });
  }

  /** Saves what was saved last: the store refuses it if the lock was lost. Without a lock there is nothing to lose. */
  async confirm(): Promise<void> {
    this.#throwIfLost();
    if (this.#text === undefined || this.#store.lock === undefined) return;
    await this.#write(this.#text, WAY_OUT_MS);
  }

  async #write(text: string, limitMs: number, signal?: AbortSignal): Promise<void> {
    const saving = guard('save', async () => this.#store.save(this.#id, text));
    await inTime('save', saving, limitMs, signal);
    this.#text = text;
    this.#throwIfLost();
  }

  #throwIfLost(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** The checkpoint of an earlier run, undefined if there is none, or why it can't be used. */
  async load(): Promise<Checkpoint | CheckpointFlaw | undefined> {
    this.signal.throwIfAborted();
    const loading = guard('load', async () => readText(await this.#store.load(this.#id)));
    const loaded = await inTime('load', loading, 0, this.signal);
    this.#text = loaded;
    return loaded === undefined ? undefined : parseCheckpoint(loaded);
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    this.#throwIfLost();
    await this.#write(serializeCheckpoint(checkpoint), GRACE_MS, this.signal);
  }

  /** Deletes the checkpoint. If that fails, a warning says so: it doesn't change how the copy ends. */
  delete(): Promise<void> {
    this.#text = undefined;
    return this.#orWarn('delete', async () => {
      this.#throwIfLost();
      await this.#store.delete(this.#id);
    });
  }

  /** Gives the checkpoint back, whether it is kept or not. If that fails, a warning says so. */
  close(): Promise<void> {
    this.#unfollow();
    return this.#orWarn('unlock', async () => {
      held.get(this.#store)?.delete(this.#id);
      await this.#unlock?.();
    });
  }

  #orWarn(action: string, run: () => Promise<void>): Promise<void> {
    return inTime(action, guard(action, run), WAY_OUT_MS).catch((error: unknown) =>
      this.#reporter.warning('CHECKPOINT_LEFT', messageOf(error)),
    );
  }
}

/** What a store loaded, as text; a store that somebody wrote may give anything, and nothing of that is to be overwritten. */
function readText(loaded: unknown): string | undefined {
  if (loaded === null || loaded === undefined) return undefined;
  if (typeof loaded === 'string') return loaded;
  if (types.isUint8Array(loaded)) return new TextDecoder().decode(loaded);
  throw new CheckpointError(
    `Cannot use the checkpoint: its store's load() gave ${describeKind(loaded)}, and it must give the text that was saved last ` +
      '(a string, or its bytes in UTF-8), or undefined if there is none; nothing was overwritten',
  );
}

function describeKind(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const { constructor } = value;
  return typeof constructor === 'function' && constructor.name !== '' ? `an object (${constructor.name})` : 'an object';
}

async function guard<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const reason = messageOf(error);
    throw new CheckpointError(`Cannot ${action} the checkpoint: ${reason}`, { cause: error });
  }
}

/**
 * Waits for a checkpoint store's answer, but no longer than so many milliseconds after the signal has fired, or from now on if there is
 * none. Then it rejects, with the signal's reason if there is one. What was asked for may still be done.
 */
function inTime<T>(action: string, answer: Promise<T>, limitMs: number, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const startTimer = (): void => {
      const late = new CheckpointError(
        `Cannot ${action} the checkpoint: its store has not answered for ${limitMs / 1000} s`,
      );
      timer = setTimeout(() => reject(signal === undefined ? late : signal.reason), limitMs);
    };
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', startTimer);
    };
    if (signal === undefined || signal.aborted) startTimer();
    else signal.addEventListener('abort', startTimer, { once: true });
    answer.then(resolve, reject).finally(stop);
  });
}
