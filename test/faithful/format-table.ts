import type { PropertyRow } from './run-property-cases.ts';

/** A column: what came of every row that makes sense there. */
export interface PropertyColumn {
  readonly name: string;
  readonly rows: readonly PropertyRow[];
}

type Ending = PropertyRow['single'];

/**
 * The table of docs/properties.md: a line for each group of rows, ✓ where each of them came through with both strategies, ✗ otherwise, and
 * below it the reasons. – where it doesn't exist.
 */
export function formatTable(columns: readonly PropertyColumn[]): string {
  const notes: string[] = [];
  const noteOf = (text: string): number => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  const groups = [...new Set(columns.flatMap(({ rows }) => rows.map(({ property }) => property.group)))];
  const lines = groups.map((group) => {
    const cells = columns.map(({ rows }) => {
      const inGroup = rows.filter(({ property }) => property.group === group);
      if (inGroup.length === 0) return '–';
      const failed = inGroup.filter((row) => describeRow(row).length > 0);
      // Where only some of a line's rows fail, the reason says which.
      const reasons = new Set(
        failed.flatMap((row) =>
          describeRow(row).map((reason) =>
            failed.length === inGroup.length ? reason : `${row.property.name}: ${reason}`,
          ),
        ),
      );
      if (reasons.size === 0) return '✓';
      return `✗ ${[...reasons].map((reason) => `<sup>${noteOf(reason)}</sup>`).join(' ')}`;
    });
    return `| ${[group, ...cells].join(' | ')} |`;
  });
  const head = `| Property | ${columns.map(({ name }) => `\`${name}\``).join(' | ')} |`;
  const rule = `|---|${columns.map(() => '---').join('|')}|`;
  return [head, rule, ...lines, '', ...notes.map((text, index) => `${index + 1}. ${text}`)].join('\n');
}

function describeRow({ single, multipart }: PropertyRow): readonly string[] {
  const [one, many] = [describe(single), describe(multipart)];
  if (one === many) return one === undefined ? [] : [one];
  return [one === undefined ? [] : [`single copy: ${one}`], many === undefined ? [] : [`in parts: ${many}`]].flat();
}

function describe(ending: Ending): string | undefined {
  switch (ending.ended) {
    case 'kept':
      return undefined;
    case 'refused':
      return `refused: ${withoutNames(ending.reason)}`;
    case 'missed':
      return `an error when all is copied: ${withoutNames(ending.reason)}`;
    case 'warned':
      return `left out, with a warning: ${withoutNames(ending.reason)}`;
    case 'lost':
      return 'the server takes it and doesn’t keep it';
    case 'no source':
      return `the server has none: ${withoutNames(ending.reason)}`;
  }
}

/** What was to be done, and to which object, is clear from the row. */
function withoutNames(reason: string): string {
  return reason
    .replace(/^Cannot (?:copy to|begin an upload to) \S+ \d+ as /, '')
    .replace(/^Copied without tags, as /, '')
    .replaceAll(/\b[\w-]+\/(?:copy|source) \d+/g, 'the object')
    .replaceAll(/ \(ETag [^)]*\)/g, '')
    .replaceAll(/,? ?\(?request(?: id)? [\w-]+\)?/gi, '')
    .replaceAll('|', '\\|');
}
