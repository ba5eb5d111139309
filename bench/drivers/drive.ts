import type { Driver, DriverOptions } from './driver.ts';

/** What a driver's process says of itself. */
export interface DriverReport {
  readonly error: string | undefined;
  readonly wallMs: number;
  readonly userMs: number;
  readonly systemMs: number;
  /** Highest resident set of the process, and what it was before the copy. */
  readonly peakRssMb: number;
  readonly rssBeforeMb: number;
}

// A benchmark that was stopped leaves no client behind.
process.on('disconnect', () => process.exit(1));
const options = JSON.parse(process.argv[2] as string) as DriverOptions;
const [name, variant = ''] = options.driver.split(':');
const driver = (await import(`./${name}.js`)) as Driver;
const copy = await driver.prepare(options, variant);
const rssBeforeMb = process.resourceUsage().maxRSS / 1024;
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
let failure: string | undefined;
try {
  const keys = Array.from({ length: options.copies }, (_, index) => `copy/${index}`);
  if (options.oneByOne) for (const key of keys) await copy(key);
  else await Promise.all(keys.map(copy));
} catch (error) {
  failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
const { user, system } = process.cpuUsage(cpuBefore);
const report: DriverReport = {
  error: failure,
  wallMs: performance.now() - startedAt,
  userMs: user / 1000,
  systemMs: system / 1000,
  peakRssMb: process.resourceUsage().maxRSS / 1024,
  rssBeforeMb,
};
const exit = (): void => process.exit(failure === undefined ? 0 : 1);
// Without a channel only the exit code counts.
if (process.send === undefined) exit();
else process.send(report, exit);
