import type { CopyStore } from './copy-store.ts';

/** What Amazon's own stores can, and others may: conditions on what is written, and annotations. */
export type Ability = 'conditions' | 'annotations';

type Known = Pick<CopyStore, 'traits'>;

/** What stores have shown in this process: by endpoint, or by the traits of one. */
const shownAt = new Set<string>();
const shownBy = new WeakMap<object, Set<Ability>>();

/** Whether a store is known to have an ability. One that has it not never says so. */
export function has({ traits }: Known, ability: Ability): boolean {
  const told = traits?.[ability];
  if (told !== undefined) return told === 'obeyed' || told === 'kept';
  if (traits === undefined) return false;
  const { endpoint } = traits;
  return endpoint === undefined ? shownBy.get(traits)?.has(ability) === true : shownAt.has(`${ability} ${endpoint}`);
}

/** Remembers that a store has an ability. */
export function learnAbility({ traits }: Known, ability: Ability): void {
  if (traits?.endpoint !== undefined) shownAt.add(`${ability} ${traits.endpoint}`);
  else if (traits !== undefined) shownBy.set(traits, (shownBy.get(traits) ?? new Set()).add(ability));
}
