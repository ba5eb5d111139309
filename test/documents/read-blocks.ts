import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../package/source-imports.ts';

/** A fenced block of a page. */
export interface Block {
  /** From the repository's root. */
  readonly page: string;
  /** Of those of its page, from 1. */
  readonly number: number;
  readonly language: string;
  readonly text: string;
}

/** All pages of the documents, from the repository's root. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(path.join(packageRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => `docs/${name.replaceAll(path.sep, '/')}`),
];

export function readPage(page: string): string {
  return readFileSync(path.join(packageRoot, page), 'utf8');
}

export function readBlocks(page: string): readonly Block[] {
  return [...readPage(page).matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', text = ''], index) => ({
    page,
    number: index + 1,
    language,
    text,
  }));
}

/** The anchor that renderers make of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
