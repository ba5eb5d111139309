/**
 * Keeps the checkpoints of copies, one text (JSON, without secrets) per id. The id is a hex digest of the source and the
 * destination: safe as a file name or a database key.
 */
export interface CheckpointStore {
  /** The text saved last, or undefined (or null) where there is none. */
  load(id: string): Promise<string | null | undefined>;
  /** Replaces the text, wholly or not at all. */
  save(id: string, text: string): Promise<void>;
  /** Removes it; no error where there is none. */
  delete(id: string): Promise<void>;
  /**
   * Takes the checkpoint for one running copy and returns what gives it back. Throws `CheckpointError` where another one holds it.
   * Left out: only copies in the same process are kept apart.
   */
  lock?(id: string): Promise<() => Promise<void>>;
}
