import { readFileSync } from 'node:fs';
import { Converter } from 'typedoc';

const { name, exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Entries of code: how each is imported, and its source. */
const entries = Object.entries(exports)
  .filter(([, target]) => typeof target !== 'string')
  .map(([subpath, target]) => ({
    specifier: name + subpath.slice(1),
    source: target.default.replace('./dist/', '').replace(/\.js$/, '.ts'),
  }));

/** Modules bear the names by which users import them. */
function nameModules(app) {
  const specifiers = new Map(
    entries.map(({ specifier, source }) => [source.replace(/\/index\.ts$|\.ts$/, ''), specifier]),
  );
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const child of project.children ?? []) child.name = specifiers.get(child.name) ?? child.name;
  });
}

/** The documents, and the reference made of the doc comments of what the package exports. */
export default {
  name,
  entryPoints: entries.map(({ source }) => `../src/${source}`),
  plugin: [nameModules],
  tsconfig: 'tsconfig.json',
  out: 'out',
  readme: '../docs/index.md',
  projectDocuments: ['../docs/!(index).md', '../docs/guides/*.md'],
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  hideGenerator: true,
  includeHierarchySummary: false,
  // The sources are checked by the compiler of the repository, which TypeDoc doesn't know yet.
  skipErrorChecking: true,
  treatValidationWarningsAsErrors: true,
  validation: { notExported: false, invalidLink: true, invalidPath: true },
  externalSymbolLinkMappings: { [name]: { Task: '#' } },
};
