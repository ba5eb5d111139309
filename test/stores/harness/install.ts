/** Gets a pinned server from its registry, by the registry's own client, into the cache. */
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cached, exists } from './cache.ts';
import { needProgram, runProgram } from './run-program.ts';

export interface PythonPackages {
  readonly python: string;
  /** Environment under which `python` finds the packages. */
  readonly env: { readonly PYTHONPATH: string };
  readonly folder: string;
}

/**
 * Installs packages from PyPI.
 *
 * @param requirements - the first names the folder in the cache
 * @param minimumPython - minor version of Python 3 that the packages need
 */
export async function installFromPyPI(
  requirements: readonly [string, ...string[]],
  minimumPython = 9,
): Promise<PythonPackages> {
  const python = await findPython(minimumPython);
  const printVersion = 'import sys; print("%d.%d" % sys.version_info[:2])';
  // compiled packages fit one minor version of Python alone
  const pythonVersion = (await runProgram(python, ['-c', printVersion])).trim();
  const name = `python${pythonVersion}-${requirements[0].replaceAll(/[^\w.-]+/g, '-')}`;
  const folder = await cached(name, async (target) => {
    const quiet = ['--quiet', '--no-compile', '--disable-pip-version-check', '--root-user-action', 'ignore'];
    await runProgram(python, ['-m', 'pip', 'install', ...quiet, '--target', target, ...requirements]);
  });
  return { python, env: { PYTHONPATH: folder }, folder };
}

async function findPython(minimumMinor: number): Promise<string> {
  const names = ['python3', ...[12, 13, 14].map((minor) => `python3.${minor}`)];
  for (const candidate of [...names, ...(await pythonsOfPyenv())]) {
    const check = `import sys, pip; sys.exit(sys.version_info < (3, ${minimumMinor}))`;
    const isFit = await runProgram(candidate, ['-c', check]).then(
      () => true,
      () => false,
    );
    if (isFit) return candidate;
  }
  throw new Error(`Python 3.${minimumMinor} or later with pip is missing; it runs and installs this server`);
}

async function pythonsOfPyenv(): Promise<string[]> {
  const root = await runProgram('pyenv', ['root']).catch(() => '');
  if (root === '') return [];
  const versions = path.join(root.trim(), 'versions');
  return (await readdir(versions)).toSorted().map((version) => path.join(versions, version, 'bin/python3'));
}

/** Installs a package from npm; resolves with the path of a command that it has. */
export async function installFromNpm(name: string, version: string, command = name): Promise<string> {
  const folder = await cached(`npm-${name.replace('/', '-')}-${version}`, async (target) => {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefix', target];
    await runProgram('npm', ['install', ...quiet, `${name}@${version}`]);
  });
  return path.join(folder, 'node_modules/.bin', command);
}

/** Builds a command of a Go module; resolves with the binary's path. */
export async function installFromGo(command: string, version: string): Promise<string> {
  const name = path.basename(command);
  const folder = await cached(`go-${name}-${version}`, async (target) => {
    await needProgram('go', ['version'], `it builds ${name}`);
    await runProgram('go', ['install', '-ldflags=-s -w', `${command}@v${version}`], { env: { GOBIN: target } });
  });
  return path.join(folder, name);
}

/**
 * Builds a Go program of a few lines around a module of which only a part is needed; resolves with the binary's path.
 *
 * @param module - the module whose version is pinned
 * @param source - the program
 */
export async function buildWithGo(name: string, module: string, version: string, source: string): Promise<string> {
  const folder = await cached(`go-${name}-${version}`, async (target) => {
    await needProgram('go', ['version'], `it builds ${name}`);
    await writeFile(path.join(target, 'main.go'), source);
    await writeFile(path.join(target, 'go.mod'), `module ${name}\n\ngo 1.25\n\nrequire ${module} v${version}\n`);
    await runProgram('go', ['mod', 'tidy'], { cwd: target });
    await runProgram('go', ['build', '-ldflags=-s -w', '-o', name, '.'], { cwd: target });
  });
  return path.join(folder, name);
}

/** Builds a command in its own module, whose `replace` lines count only there; resolves with the binary's path. */
export async function buildGoModule(module: string, version: string, command: string): Promise<string> {
  const folder = await cached(`go-${command}-${version}`, async (target) => {
    await needProgram('go', ['version'], `it builds ${command}`);
    const { Dir: source } = JSON.parse(
      await runProgram('go', ['mod', 'download', '-json', `${module}@${version}`]),
    ) as { Dir: string };
    const cwd = path.join(source, command);
    await runProgram('go', ['build', '-ldflags=-s -w', '-o', path.join(target, command), '.'], { cwd });
  });
  return path.join(folder, command);
}

/** Fetches a jar that holds all it needs; resolves with its path. */
export async function installFromMaven(
  group: string,
  artifact: string,
  version: string,
  classifier: string,
): Promise<string> {
  const jar = `${artifact}-${version}-${classifier}.jar`;
  await needProgram('java', ['-version'], `it runs ${artifact}`);
  const folder = await cached(`maven-${artifact}-${version}`, async (target) => {
    await needProgram('mvn', ['--version'], `it fetches ${artifact}`);
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
    const what = `-Dartifact=${group}:${artifact}:${version}:jar:${classifier}`;
    await runProgram('mvn', ['-q', '-B', plugin, what, `-DoutputDirectory=${target}`], { cwd: target });
  });
  return path.join(folder, jar);
}

/**
 * Builds a program of a crate; resolves with the binary's path.
 *
 * @param flags - more flags of `cargo install`
 */
export async function installFromCargo(
  crate: string,
  version: string,
  program: string,
  flags: readonly string[] = [],
): Promise<string> {
  const folder = await cached(`cargo-${crate}-${version}`, async (target) => {
    await needProgram('cargo', ['--version'], `it builds ${crate}`);
    const toolchain = await newestRust();
    await runProgram('cargo', [...toolchain, 'install', crate, '--version', version, '--root', target, ...flags]);
  });
  const binary = path.join(folder, 'bin', program);
  if (!(await exists(binary))) throw new Error(`cargo install ${crate} made no ${program}`);
  return binary;
}

/** The nightly, if there is one: servers ask for a Rust that is newer than most stable installations. */
async function newestRust(): Promise<readonly string[]> {
  return runProgram('cargo', ['+nightly', '--version']).then(
    () => ['+nightly'],
    () => [],
  );
}
