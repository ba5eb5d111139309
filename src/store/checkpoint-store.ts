/**
 * Keeps the checkpoints of copies, one text (JSON, without secrets) per id. The id is a hex digest of the source and the
 * destination: safe as a file name or a database key.
 *
 * A method that doesn't answer doesn't hold up the end of a copy that is cancelled: `load` is given up at once, `lock` and `save`
 * after a second (a lock that comes later is given back at once), `delete`, giving back the lock, and the `save` before an abort after ten.
 */
export interface CheckpointStore {
  /**
   * The text saved last, or its bytes in UTF-8 (a `Buffer`); undefined or null if there is none. Anything else is refused with a
   * `CheckpointError`, and nothing is overwritten.
   */
  load(id: string): Promise<string | Uint8Array | null | undefined>;
  /** Replaces the text, wholly or not at all. Under a lock that was lost it throws, and replaces nothing. */
  save(id: string, text: string): Promise<void>;
  /** Removes it; no error if there is none. Under a lock that was lost it throws, and removes nothing. */
  delete(id: string): Promise<void>;
  /**
   * Takes the checkpoint for one running copy and returns what gives it back. Throws `CheckpointError` if another one holds it.
   *
   * The lock is a lease with a fence. The store renews it while the process lives, and gives it to another copy when it was not renewed
   * for some time: the process has died, or stands still. A process that stood still comes back and knows nothing of that. So the store
   * must refuse its `save` and `delete` from then on: it compares a token of the lock in the same step that writes. A copy saves
   * before it sends Complete or Abort, and sends neither if that is refused.
   *
   * Giving back a lock that was lost does nothing to the lock of the new holder.
   *
   * Left out: only copies in the same process are kept apart, and each copy warns with `CHECKPOINT_UNLOCKED`.
   *
   * @param onLost - to be called, once or more often, when the store finds that the lock is lost or that it can't be renewed in time.
   * It cancels the copy with a `CheckpointError`. A store that never calls it is still safe, as its refusals end the copy later
   */
  lock?(id: string, onLost?: () => void): Promise<() => Promise<void>>;
}
