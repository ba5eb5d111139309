const KIB = 1024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export const MIB: number = KIB * KIB;

export const GIB: number = KIB * MIB;

/** Bytes for a reader: three significant digits with a binary unit, e.g. `48.8 TiB`; exact multiples stay whole, e.g. `5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  // 1023.7 MiB must not read "1024 MiB".
  if (Math.round(value) === KIB && unit < UNITS.length - 1) {
    value = 1;
    unit += 1;
  }
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${UNITS[unit]}`;
}
