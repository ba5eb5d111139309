/** The outcome of a case of twins, on a server that takes both keys for one: both copies are refused, and the older object stays. */
export function refusedFor(twin: string): RegExp {
  const refusal = (name: string): string =>
    `${name}: CopyError: Cannot copy to [^:|]*: the store [^|]* at \\S+.*/${twin}, so it takes both for one key, [^|]*`;
  return new RegExp(`^${refusal('as one')} \\| ${refusal('in parts')}$`);
}
