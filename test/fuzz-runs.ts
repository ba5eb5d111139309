/** How many inputs a property is tried with: of so many, the share that the running suite takes. */
export function fuzzRuns(count: number): number {
  return Math.ceil(count * Number(process.env['FUZZ_SHARE'] ?? 1));
}
