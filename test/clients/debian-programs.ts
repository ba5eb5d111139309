import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Where Debian installs programs: a program of the same name that comes earlier in PATH isn't the one that is tested. */
const debianFolder = '/usr/bin';

/** Runs a program of a Debian package with only the given environment; gives what it wrote to stdout. */
export async function runProgram(
  program: { readonly name: string; readonly debianPackage: string },
  parameters: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const file = path.join(debianFolder, program.name);
  await access(file, constants.X_OK).catch(() => {
    throw new Error(`${file} is missing: apt-get install --no-install-recommends ${program.debianPackage}`);
  });
  // proxies of the machine are none of the store's business
  const env = { PATH: `${debianFolder}:/bin`, LC_ALL: 'C.UTF-8', NO_PROXY: '*', ...environment };
  try {
    const { stdout } = await promisify(execFile)(file, parameters, { env, maxBuffer: 64 * 1024 ** 2 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program.name} ${parameters.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
