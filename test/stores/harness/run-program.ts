import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and resolves with what it wrote to stdout; rejects with the end of what it wrote. */
export function runProgram(program: string, parameters: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...parameters],
      { cwd: options.cwd, env: { ...process.env, ...options.env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const written = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n');
        return reject(new Error(`${program} ${parameters.join(' ')} failed: ${error.message}\n${written}`));
      },
    );
  });
}

/** Rejects with what is missing if the program can't be run. */
export async function needProgram(program: string, parameters: readonly string[], purpose: string): Promise<void> {
  await runProgram(program, parameters).catch((error: unknown) => {
    throw new Error(`${program} is missing; ${purpose}`, { cause: error });
  });
}
