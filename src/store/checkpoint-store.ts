/**
 * Keeps the checkpoints of copies, one text (JSON, without secrets) per id. The id is a hex digest of the source and the
 * destination: safe as a file name or a database key.
 *
 * A method that doesn't answer doesn't hold up the end of a copy that is cancelled: `load` is given up at once, `lock` and `save`
 * after a second (a lock that comes later is given back at once), `delete` and giving back the lock after ten.
 */
export interface CheckpointStore {
  /**
   * The text saved last, or its bytes in UTF-8 (a `Buffer`); undefined or null if there is none. Anything else is refused with a
   * `CheckpointError`, and nothing is overwritten.
   */
  load(id: string): Promise<string | Uint8Array | null | undefined>;
  /** Replaces the text, wholly or not at all. */
  save(id: string, text: string): Promise<void>;
  /** Removes it; no error if there is none. */
  delete(id: string): Promise<void>;
  /**
   * Takes the checkpoint for one running copy and returns what gives it back. Throws `CheckpointError` if another one holds it.
   * Left out: only copies in the same process are kept apart, and each copy warns with `CHECKPOINT_UNLOCKED`.
   */
  lock?(id: string): Promise<() => Promise<void>>;
}
