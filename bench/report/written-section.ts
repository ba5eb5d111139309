import { readFile, writeFile } from 'node:fs/promises';

/** Replaces what stands between a scenario's two markers in a Markdown file. */
export async function writeSection(file: string, name: string, markdown: string): Promise<void> {
  const [open, close] = [`<!-- bench ${name} -->`, `<!-- end of bench ${name} -->`];
  const before = await readFile(file, 'utf8');
  const from = before.indexOf(open);
  const to = before.indexOf(close);
  if (from === -1 || to < from) throw new Error(`${file} has no place for ${name}: ${open} and ${close}`);
  await writeFile(file, `${before.slice(0, from + open.length)}\n\n${markdown}\n\n${before.slice(to)}`);
}
