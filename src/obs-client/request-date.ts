import { CopyOptionsError } from '../errors.ts';

const ISO_8601 = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?(Z|[+-]\d\d:?(?:\d\d)?)?)?$/i;

/** RFC 822 as RFC 1123 and RFC 5322 have it today: `Thu, 29 Feb 2024 12:34:56 GMT`; the year may have two digits. */
const RFC_822 =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, *)?(\d{1,2})[ -](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ -](\d{4}|\d\d) +(\d\d):(\d\d)(?::(\d\d))?(?: +(GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4}))?$/i;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Hours from UTC of the zones that RFC 822 names. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

/**
 * Reads `RequestDate`: a Date, or text in ISO 8601 (`2024-02-29T12:34:56Z`, `20240229T123456Z`, `2024-02-29`) or RFC 822 form
 * (`Thu, 29 Feb 2024 12:34:56 GMT`). A time without a zone is UTC.
 *
 * @throws CopyOptionsError for anything else, and for days and times that don't exist
 */
export function parseRequestDate(value: unknown): Date | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? refuse('an invalid Date') : new Date(value);
  if (typeof value !== 'string') return refuse(`of type ${typeof value}`);
  return parseIso8601(value.trim()) ?? parseRfc822(value.trim()) ?? refuse(JSON.stringify(value));
}

function parseIso8601(text: string): Date | undefined {
  const match = ISO_8601.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, zone] = match;
  return makeDate(Number(year), Number(month), Number(day), [hour, minute, second], zone);
}

function parseRfc822(text: string): Date | undefined {
  const match = RFC_822.exec(text);
  if (match === null) return undefined;
  const [, day, month = '', year = '', hour, minute, second, zone] = match;
  // Two digits are of 1950 to 2049, as RFC 5322 reads them.
  const fullYear = year.length === 2 ? Number(year) + (Number(year) < 50 ? 2000 : 1900) : Number(year);
  return makeDate(fullYear, MONTHS.indexOf(month.toLowerCase()) + 1, Number(day), [hour, minute, second], zone);
}

function makeDate(
  year: number,
  month: number,
  day: number,
  time: readonly (string | undefined)[],
  zone: string | undefined,
): Date | undefined {
  const [hour = 0, minute = 0, second = 0] = time.map((part) => Number(part ?? 0));
  const offsetMinutes = zoneMinutes(zone);
  if (hour > 23 || minute > 59 || second > 60 || offsetMinutes === undefined) return undefined;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  // The 31st of February would silently be a day in March.
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  local.setUTCHours(hour, minute - offsetMinutes, second);
  return local;
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || /^(?:Z|GMT|UTC?)$/i.test(zone)) return 0;
  const named = ZONE_HOURS[zone.toUpperCase()];
  if (named !== undefined) return named * 60;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (hours === undefined || Number(hours) > 14 || Number(minutes ?? 0) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0));
}

function refuse(shown: string): never {
  throw new CopyOptionsError(
    "Parameter 'RequestDate' must be a Date, or text in ISO 8601 form like '2024-02-29T12:34:56Z' or in RFC 822 form like " +
      `'Thu, 29 Feb 2024 12:34:56 GMT': it is ${shown}`,
  );
}
