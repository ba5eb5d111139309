import { CheckpointError, messageOf } from '../errors.ts';
import type { ObjectLocation, SourceLocation } from '../store/copy-store.ts';
import { type Checkpoint, serializeCheckpoint } from './checkpoint.ts';
import { checkpointId } from './checkpoint-match.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type CheckpointFlaw, parseCheckpoint } from './parse-checkpoint.ts';

/** Checkpoints that copies in this process hold, by store. */
const held = new WeakMap<CheckpointStore, Set<string>>();

/** One copy's hold on its checkpoint. Every failure of the store behind it is a `CheckpointError`. */
export class CheckpointSession {
  readonly #store: CheckpointStore;
  readonly #id: string;
  readonly #release: () => Promise<void>;

  private constructor(store: CheckpointStore, id: string, release: () => Promise<void>) {
    this.#store = store;
    this.#id = id;
    this.#release = release;
  }

  /**
   * Takes the checkpoint of a copy.
   *
   * @throws CheckpointError where another copy holds it
   */
  static async open(
    store: CheckpointStore,
    source: SourceLocation,
    destination: ObjectLocation,
    endpoint: string | undefined,
  ): Promise<CheckpointSession> {
    const id = checkpointId(source, destination, endpoint);
    const ids = held.get(store) ?? new Set();
    held.set(store, ids);
    if (ids.has(id)) {
      throw new CheckpointError(
        `Cannot use the checkpoint for ${destination.bucket}/${destination.key}: another copy in this process is using it`,
      );
    }
    ids.add(id);
    try {
      const unlock = await guard('lock', async () => store.lock?.(id));
      return new CheckpointSession(store, id, async () => {
        ids.delete(id);
        await unlock?.();
      });
    } catch (error) {
      ids.delete(id);
      throw error;
    }
  }

  /** The checkpoint of an earlier run, undefined where there is none, or why it can't be used. */
  async load(): Promise<Checkpoint | CheckpointFlaw | undefined> {
    const text = await guard('load', () => this.#store.load(this.#id));
    return text === null || text === undefined ? undefined : parseCheckpoint(text);
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    await guard('save', () => this.#store.save(this.#id, serializeCheckpoint(checkpoint)));
  }

  async delete(): Promise<void> {
    await guard('delete', () => this.#store.delete(this.#id));
  }

  /** Gives the checkpoint back, whether it is kept or not. */
  close(): Promise<void> {
    return guard('unlock', this.#release);
  }
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
