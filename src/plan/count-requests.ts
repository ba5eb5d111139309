/** What a copy is made of, as far as the number of its requests goes. */
export interface RequestCountInput {
  readonly strategy: 'single' | 'multipart' | 'skipped';
  readonly parts: number;
  /** Whether the source's tags, and its ACL, are read. */
  readonly readsTags: boolean;
  readonly readsAcl: boolean;
  /** HEADs that ask for the source's own parts. */
  readonly layoutHeads: number;
  /** Whether the copy's tags are read back. */
  readonly settlesTags: boolean;
  /** Whether the destination is looked at first. */
  readonly checksDestination: boolean;
  /** Whether the result is read back. */
  readonly verifies: boolean;
}

/** Requests that a copy takes when nothing has to be repeated: HEADs, tags, Create, parts, the source once more, Complete. */
export function countRequests(input: RequestCountInput): number {
  const before = 1 + Number(input.checksDestination) + input.layoutHeads;
  if (input.strategy === 'skipped') return before;
  const copying = input.strategy === 'single' ? 1 : 1 + input.parts + 1 + 1;
  const extras = [input.readsTags, input.readsAcl, input.verifies, input.settlesTags].filter(Boolean).length;
  return before + extras + copying;
}
