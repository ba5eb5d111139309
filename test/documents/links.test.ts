import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../package/source-imports.ts';
import { anchorOf, pages, readPage } from './read-blocks.ts';

function anchorsOf(page: string): readonly string[] {
  return [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

test('no link within the documents is dead', () => {
  const dead: string[] = [];
  for (const page of pages) {
    for (const [, target = ''] of readPage(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const found = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      const isThere = existsSync(path.join(packageRoot, found));
      if (!isThere || (anchor !== undefined && !anchorsOf(found).includes(anchor))) dead.push(`${page}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});

test('each page can be reached from the index', () => {
  const reached = new Set(['README.md', 'docs/index.md']);
  for (const page of reached) {
    for (const [, target = ''] of readPage(page).matchAll(/\]\(([\w./-]+\.md)/g)) {
      reached.add(path.posix.join(path.posix.dirname(page), target));
    }
  }
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});
