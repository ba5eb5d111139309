import { builtinModules } from 'node:module';
import { describe, expect, test } from 'vitest';
import { codeEntries, readManifest, sourceOf } from './package-manifest.ts';
import { loadedWith, readSourceImports } from './source-imports.ts';

const manifest = await readManifest();
const imports = await readSourceImports();

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function importedPackages(kind: 'all' | 'atRunTime'): readonly string[] {
  const names = [...imports.values()].flatMap((file) => file[kind]);
  const packages = names.filter((name) => !name.startsWith('.') && !name.startsWith('node:')).map(packageOf);
  return [...new Set(packages)].toSorted();
}

/** Optional peers that an entry of its own imports as it is loaded, or that a verb of the command line loads when it is run. */
const PEERS_OF_ENTRIES = ['@opentelemetry/api', 'bullmq'];

test('the dependencies are exactly the packages that the source imports', () => {
  const known = [...Object.keys(manifest.dependencies), ...PEERS_OF_ENTRIES].toSorted();
  expect(importedPackages('all')).toEqual(known);
  expect(importedPackages('atRunTime')).toEqual(known);
});

test("Node's own modules are imported by their full names", () => {
  const names = [...imports.values()].flatMap((file) => file.all);
  expect(names.filter((name) => builtinModules.includes(name))).toEqual([]);
});

test('what the adapters and some entries take are optional peers, tested with what is installed', () => {
  const peers = ['@aws-sdk/client-s3', 'esdk-obs-nodejs', 'hyparquet', ...PEERS_OF_ENTRIES].toSorted();
  expect(Object.keys(manifest.peerDependencies ?? {}).toSorted()).toEqual(peers);
  for (const peer of peers) expect(manifest.peerDependenciesMeta?.[peer]).toEqual({ optional: true });
});

describe('what is loaded with an entry', () => {
  const folders: Readonly<Record<string, { readonly never: RegExp }>> = {
    'copy-large-object': { never: /^(adapters|testing|cli|obs-client)\/|^(commander|cli-progress)$/ },
    'copy-large-object/obs-client': {
      never: /^(adapters|testing|cli|plan|engine)\/|^options\/|^request\/(?!backoff|sleep)|^(commander|cli-progress)$/,
    },
    'copy-large-object/obs-sdk': { never: /^(testing|cli|engine|plan)\/|^(commander|cli-progress|undici)$/ },
    'copy-large-object/aws-sdk': { never: /^(testing|cli|engine|plan)\/|^(commander|cli-progress|undici)$/ },
    'copy-large-object/testing': {
      never: /^(wire|adapters|cli|engine|plan|obs-client)\/|^(commander|cli-progress|undici)$/,
    },
    'copy-large-object/opentelemetry': {
      never: /^(wire|adapters|cli|engine|plan|obs-client|testing)\/|^(commander|cli-progress|undici)$/,
    },
    'copy-large-object/jobs': { never: /^(wire|adapters|cli|obs-client|testing)\/|^(commander|cli-progress|undici)$/ },
    'copy-large-object/bullmq': {
      never: /^(wire|adapters|cli|obs-client|testing)\/|^(commander|cli-progress|undici|bullmq|ioredis|pg)$/,
    },
  };

  test.for(codeEntries(manifest).map(({ specifier, file }) => [specifier, file] as const))(
    '%s loads nothing of the others',
    ([specifier, file]) => {
      const loaded = [...loadedWith(imports, sourceOf(file))];
      expect(loaded.length).toBeGreaterThan(1);
      const never = folders[specifier]?.never;
      expect(never).toBeDefined();
      expect(loaded.filter((name) => never?.test(name))).toEqual([]);
    },
  );

  test('planning loads nothing but itself, the errors, the limits and the checker of options', () => {
    const planFiles = [...imports.keys()].filter((name) => name.startsWith('plan/'));
    const loaded = new Set(planFiles.flatMap((name) => [...loadedWith(imports, name)]));
    expect(planFiles.length).toBeGreaterThan(3);
    expect([...loaded].filter((name) => !/^(plan\/|store\/|errors\.ts$|check-options\.ts$)/.test(name))).toEqual([]);
  });
});
