import type { Scene, TestObject } from './scene.ts';

/** Columns of the table. */
export const caseGroups = [
  'one request',
  'in parts',
  'properties',
  'tags',
  'ifExists',
  'resume',
  'upload aborted by others',
  'source replaced',
  'odd keys',
  'nothing left behind',
] as const;
export type CaseGroup = (typeof caseGroups)[number];

export interface ContractCase {
  readonly name: string;
  readonly group: CaseGroup;
  /** The outcome on a store that can do everything. */
  readonly usual: string | RegExp;
  /** Runs the case and resolves with what the user got. */
  run(scene: Scene, sources: Sources): Promise<string>;
}

/** Objects that stand in the source bucket for all cases. */
export interface Sources {
  readonly small: TestObject;
  readonly empty: TestObject;
  /** Two parts, of `twoParts` bytes. */
  readonly pair: TestObject;
  /** Five parts of 5 MiB. */
  readonly medium: TestObject;
  readonly large: TestObject;
}
