import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { codeEntries, readManifest } from '../package/package-manifest.ts';
import { packageRoot } from '../package/source-imports.ts';
import { pages } from './read-blocks.ts';

const site = path.join(packageRoot, 'site/out');

beforeAll(() => {
  execFileSync('npm', ['run', '--silent', 'docs'], { cwd: packageRoot, stdio: 'pipe' });
}, 300_000);

function htmlFiles(): readonly string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
}

test('the site has each page, and each entry of the package', async () => {
  const files = new Set(htmlFiles());
  for (const page of pages.filter((name) => name.startsWith('docs/') && name !== 'docs/index.md')) {
    expect(files).toContain(`documents/${page.slice('docs/'.length).replaceAll('/', '_').replace('.md', '.html')}`);
  }
  const modules = readFileSync(path.join(site, 'modules.html'), 'utf8');
  for (const { specifier } of codeEntries(await readManifest())) expect(modules).toContain(`>${specifier}<`);
});

test('no link within the site is dead', () => {
  const texts = new Map(htmlFiles().map((name) => [name, readFileSync(path.join(site, name), 'utf8')]));
  const dead: string[] = [];
  for (const [name, text] of texts) {
    for (const [, target = ''] of text.matchAll(/<a[^>]* href="([^"]+)"/g)) {
      if (/^(?:https?:|data:)/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const found = file === '' ? name : path.posix.join(path.posix.dirname(name), decodeURIComponent(file));
      const hasAnchor = anchor === undefined || anchor === '' || texts.get(found)?.includes(`id="${anchor}"`) === true;
      if (!existsSync(path.join(site, found)) || !hasAnchor) dead.push(`${name}: ${target}`);
    }
  }
  expect(dead).toEqual([]);
});
