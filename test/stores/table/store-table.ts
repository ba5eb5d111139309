import { type CaseGroup, caseGroups } from '../contract/case.ts';

export interface SeenCase {
  readonly name: string;
  readonly way: string;
  readonly group: CaseGroup;
  /** Whether the store does what most do. */
  readonly usual: boolean;
  readonly text: string;
  readonly passed: boolean;
}

export interface SeenStore {
  readonly name: string;
  readonly version: string;
  readonly from: string;
  /** What each copy carries beside being right. */
  readonly everyCopy: readonly string[];
  readonly cases: readonly SeenCase[];
}

const [tableBegin, tableEnd] = ['<!-- table by test:stores -->', '<!-- end of table -->'];
const [notesBegin, notesEnd] = ['<!-- differences by test:stores -->', '<!-- end of differences -->'];

/** The page with the rows and the differences of these stores renewed, in the order of their names. */
export function updateTable(page: string, stores: readonly SeenStore[], date: string): string {
  const rows = renew(linesBetween(page, tableBegin, tableEnd).slice(2), stores, (store) => rowOf(store, date));
  const notes = renew(linesBetween(page, notesBegin, notesEnd), stores, noteOf);
  const columns = ['server', 'version', 'from', 'run on', 'each copy', ...caseGroups];
  const head = [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`];
  const withTable = replaceBetween(page, tableBegin, tableEnd, [...head, ...rows]);
  return replaceBetween(withTable, notesBegin, notesEnd, notes);
}

function renew(
  lines: readonly string[],
  stores: readonly SeenStore[],
  lineOf: (store: SeenStore) => string | undefined,
): string[] {
  const others = lines.filter((line) => !stores.some(({ name }) => line.includes(`**${name}**`)));
  return [...others, ...stores.map(lineOf).filter((line) => line !== undefined)].toSorted();
}

function rowOf({ name, version, from, everyCopy, cases }: SeenStore, date: string): string {
  const cells = caseGroups.map((group) => {
    const ofGroup = cases.filter((one) => one.group === group);
    if (ofGroup.some(({ passed }) => !passed)) return '**no**';
    return ofGroup.every(({ usual }) => usual) ? 'yes' : 'differs';
  });
  return `| ${[`**${name}**`, version, from, date, everyCopy.length === 0 ? 'yes' : 'differs', ...cells].join(' | ')} |`;
}

/** One line that says what differs; the cases of one outcome are named together, with the way if they aren't the same by both. */
function noteOf({ name, everyCopy, cases }: SeenStore): string | undefined {
  const casesByWords = new Map<string, Map<string, string[]>>();
  for (const { name: caseName, way, text, usual, passed } of cases) {
    if (usual && passed) continue;
    const words = asCode(`${passed ? '' : 'FAILED: '}${text}`);
    const ways = casesByWords.get(words) ?? new Map<string, string[]>();
    casesByWords.set(words, ways.set(caseName, [...(ways.get(caseName) ?? []), way]));
  }
  const remarks = [
    ...new Set(everyCopy.map((words) => `each copy ${asCode(words)}`)),
    ...[...casesByWords].map(([words, ways]) => {
      const names = [...ways].map(([caseName, by]) => (by.length > 1 ? caseName : `${caseName} (${by[0] ?? ''})`));
      return `${names.join(' · ')}: ${words}`;
    }),
  ];
  return remarks.length === 0 ? undefined : `- **${name}**: ${remarks.join('; ')}`;
}

/** What is another with each run is left out. */
function asCode(words: string): string {
  const lasting = words
    .replaceAll(/`|\s+/g, (found) => (found === '`' ? "'" : ' '))
    .replaceAll(/\bin \d+ ms\b/g, 'in … ms')
    .replaceAll(/\bupload [\w.+/=~-]{16,}/g, 'upload …');
  return `\`${lasting}\``;
}

function linesBetween(page: string, begin: string, end: string): string[] {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} … ${end}`);
  return page
    .slice(from + begin.length, to)
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function replaceBetween(page: string, begin: string, end: string, lines: readonly string[]): string {
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  return `${page.slice(0, from)}\n\n${lines.map((line) => `${line}\n`).join('')}\n${page.slice(to)}`;
}
