import type { Command } from 'commander';

/** A flag, as completion needs it. */
export interface Flag {
  readonly names: readonly string[];
  readonly description: string;
  /** What its value is called; undefined if it takes none. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
}

export interface Verb {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** Words that it takes as its first argument. */
  readonly choices: readonly string[];
}

/** All verbs of the program with their flags, as its help shows them. */
export function describeVerbs(program: Command): readonly Verb[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    flags: command
      .createHelp()
      .visibleOptions(command)
      .map(({ short, long, flags, description, argChoices = [] }) => ({
        names: [short, long].filter((name) => name !== undefined),
        description,
        value: /<(.+)>/.exec(flags)?.[1],
        choices: argChoices,
      })),
  }));
}
