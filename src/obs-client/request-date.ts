import { CopyOptionsError } from '../errors.ts';

const ISO_8601 =
  /^(?<year>\d{4})-?(?<month>\d\d)-?(?<day>\d\d)(?:[T ](?<hour>\d\d):?(?<minute>\d\d)(?::?(?<second>\d\d)(?:[.,]\d+)?)?(?<zone>Z|[+-]\d\d:?(?:\d\d)?)?)?$/i;

/** RFC 822 as RFC 1123 and RFC 5322 have it today: `Thu, 29 Feb 2024 12:34:56 GMT`; the year may have two digits. */
const RFC_822 =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, *)?(?<day>\d{1,2})[ -](?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ -](?<year>\d{4}|\d\d) +(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))?(?: +(?<zone>GMT|UTC?|Z|[ECMP][SD]T|[+-]\d{4}))?$/i;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Hours from UTC of the zones that RFC 822 names, by their first letter; in summer (`EDT`) one more. */
const ZONE_HOURS: Readonly<Record<string, number>> = { E: -5, C: -6, M: -7, P: -8 };

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
  const fields = ISO_8601.exec(value.trim())?.groups ?? RFC_822.exec(value.trim())?.groups;
  return (fields && makeDate(fields)) ?? refuse(JSON.stringify(value));
}

/** `undefined` for a day or time that doesn't exist. */
function makeDate(fields: Readonly<Record<string, string | undefined>>): Date | undefined {
  const { year = '', month = '', zone = 'Z' } = fields;
  const [day, hour, minute, second] = [fields['day'], fields['hour'], fields['minute'], fields['second']].map((text) =>
    Number(text ?? 0),
  ) as [number, number, number, number];
  // Two digits are of 1950 to 2049, as RFC 5322 reads them.
  const century = year.length === 4 ? 0 : Number(year) < 50 ? 2000 : 1900;
  const named = MONTHS.indexOf(month.toLowerCase());
  const monthIndex = named === -1 ? Number(month) - 1 : named;
  const offsetMinutes = zoneMinutes(zone.toUpperCase());
  if (hour > 23 || minute > 59 || second > 60 || offsetMinutes === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(century + Number(year), monthIndex, day);
  // The 31st of February would silently be a day in March.
  if (date.getUTCMonth() !== monthIndex || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute - offsetMinutes, second);
  return date;
}

function zoneMinutes(zone: string): number | undefined {
  const named = ZONE_HOURS[zone[0] ?? ''];
  if (named !== undefined) return (named + (zone[1] === 'D' ? 1 : 0)) * 60;
  const [, sign, hours, minutes = 0] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (hours === undefined) return 0;
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function refuse(shown: string): never {
  throw new CopyOptionsError(
    "Parameter 'RequestDate' must be a Date, or text in ISO 8601 form like '2024-02-29T12:34:56Z' or in RFC 822 form like " +
      `'Thu, 29 Feb 2024 12:34:56 GMT': it is ${shown}`,
  );
}
