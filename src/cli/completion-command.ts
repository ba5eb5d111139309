import type { Command } from 'commander';
import { describeVerbs, type Flag, type Verb } from './describe-verbs.ts';
import { EXIT_CODES } from './exit-code.ts';
import { type Output, writeLine } from './output.ts';

/** Shells, each with what makes its script. */
const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** Runs `completion`: writes the script that completes the program's own verbs and flags in a shell. */
export async function runCompletionCommand(
  program: Command,
  shell: 'bash' | 'zsh' | 'fish',
  output: Output,
): Promise<number> {
  writeLine(output.stdout, SCRIPTS[shell](describeVerbs(program)).trimEnd());
  return EXIT_CODES.done;
}

const namesOf = (flags: readonly Flag[]): readonly string[] => flags.flatMap(({ names }) => names);

/** A value without words of its own is a file, for all that bash knows. */
function bashScript(verbs: readonly Verb[]): string {
  const words = verbs.map(
    ({ name, flags, choices }) => `    ${name}) words='${[...choices, ...namesOf(flags)].join(' ')}' ;;`,
  );
  const values = verbs.flatMap(({ name: verb, flags }) =>
    flags
      .filter(({ value }) => value !== undefined)
      .map(
        ({ names, choices }) =>
          `    ${names.map((name) => `${verb}:${name}`).join('|')}) words='${choices.join(' ')}' ;;`,
      ),
  );
  return `# bash: eval "$(copy-large-object completion bash)"
_copy_large_object() {
  local words='${verbs.map(({ name }) => name).join(' ')} --help --version'
  if ((COMP_CWORD > 1)); then case \${COMP_WORDS[1]} in
${words.join('\n')}
    *) words= ;;
  esac; fi
  case \${COMP_WORDS[1]}:\${COMP_WORDS[COMP_CWORD - 1]} in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _copy_large_object copy-large-object
`;
}

function zshScript(verbs: readonly Verb[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const escape = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&');
  const cases = verbs.map(({ name: verb, flags, choices }) => {
    const specs = flags.flatMap(({ names, description, value, choices: words }) =>
      names.map((name) => {
        const action = words.length > 0 ? `(${words.join(' ')})` : '_files';
        return quote(`*${name}[${escape(description)}]${value === undefined ? '' : `:${escape(value)}:${action}`}`);
      }),
    );
    const first = choices.length > 0 ? quote(`1:word:(${choices.join(' ')})`) : quote('*:address:_files');
    return `    ${verb}) _arguments ${[first, ...specs].join(' \\\n      ')} ;;`;
  });
  return `#compdef copy-large-object
# zsh: eval "$(copy-large-object completion zsh)" behind compinit
_copy_large_object() {
  local -a verbs=(
${verbs.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`).join('\n')}
  )
  if ((CURRENT == 2)); then _describe command verbs; return; fi
  local verb=$words[2]
  shift words
  ((CURRENT--))
  case $verb in
${cases.join('\n')}
  esac
}
compdef _copy_large_object copy-large-object
`;
}

function fishScript(verbs: readonly Verb[]): string {
  const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
  const complete = 'complete -c copy-large-object';
  const lines = verbs.flatMap(({ name: verb, description, flags, choices: first }) => {
    const within = `${complete} -n '__fish_seen_subcommand_from ${verb}'`;
    return [
      `${complete} -f -n __fish_use_subcommand -a ${verb} -d ${quote(description)}`,
      ...(first.length > 0 ? [`${within} -f -a ${quote(first.join(' '))}`] : []),
      ...flags.map(({ names, description: what, value, choices }) => {
        const shown = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
        const values = choices.length > 0 ? ` -xa ${quote(choices.join(' '))}` : value === undefined ? '' : ' -r';
        return `${within} ${shown.join(' ')}${values} -d ${quote(what)}`;
      }),
    ];
  });
  return `# fish: copy-large-object completion fish | source\n${lines.join('\n')}\n`;
}
