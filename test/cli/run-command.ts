import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect } from 'vitest';
import type { TestStore } from '../../src/testing/index.ts';

const MAIN = path.join(import.meta.dirname, '../../dist/cli/main.js');

/** What a command said, and how it ended. */
export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of stdout as JSON. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** A command that runs. */
export interface RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves once stdout holds a line with this event. */
  said(event: string): Promise<void>;
  /** Resolves with what stdout holds, once it holds this. */
  wrote(text: string): Promise<string>;
  readonly ended: Promise<CommandOutcome>;
}

/** The environment for a store: where it is, and how to get in. Nothing of this process's own but its path. */
export function environmentOf(store: TestStore): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = store.credentials;
  return {
    PATH: process.env['PATH'],
    AWS_ENDPOINT_URL: store.endpoint,
    OBS_ENDPOINT: store.endpoint,
    AWS_REGION: store.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** Starts the built program; whatever it writes must not hold a secret. */
export function startCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = { PATH: process.env['PATH'] },
): RunningCommand {
  return startProgram([MAIN, ...args], env);
}

/** Starts a program of Node. Whatever it writes must not hold a secret, unless it is there to show it. */
export function startProgram(args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): RunningCommand {
  const child = spawn(process.execPath, args, { env, cwd });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([exitCode, signal]): CommandOutcome => {
    const secret = env['AWS_SECRET_ACCESS_KEY'];
    if (secret !== undefined && !args.includes('serve')) expect(stdout + stderr).not.toContain(secret);
    return {
      exitCode: exitCode as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
      get events() {
        return stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      },
    };
  });
  const wrote = async (text: string): Promise<string> => {
    while (!stdout.includes(text)) {
      const more = await Promise.race([once(child.stdout, 'data'), ended]);
      if (!Array.isArray(more) && !stdout.includes(text)) {
        throw new Error(`The command ended without ${text}:\n${stdout}${stderr}`);
      }
    }
    return stdout;
  };
  const said = async (event: string): Promise<void> => void (await wrote(`"event":"${event}"`));
  return { child, said, wrote, ended };
}

/** Runs the built program to its end. */
export function runCommand(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CommandOutcome> {
  return startCommand(args, env).ended;
}
