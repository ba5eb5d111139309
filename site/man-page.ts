// `npm run docs:man`: the man page, made from the command line's own help.
import { readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import { describeVerbs } from '../src/cli/describe-verbs.ts';

const PAGE = new URL('../docs/copy-large-object.1', import.meta.url);

/**
 * Makes the page in the language of man(7).
 *
 * @param date - of the page, as 2026-01-31
 */
export function makeManPage(version: string, date: string): string {
  const program = createProgram({ stdout: new PassThrough(), stderr: new PassThrough() }, version, () => undefined);
  const common = notesOf(program);
  const verbs = describeVerbs(program).flatMap(({ name, description, flags }, at) => {
    const command = program.commands[at] as Command;
    const places = command.registeredArguments.map((place) => `<${place.name()}>`).join(' ');
    return [
      `.SS ${escape(`${name} ${places}`.trim())}`,
      escape(description),
      ...flags.flatMap(({ names, value, choices, description: what }) => [
        '.TP',
        names.map((each) => `\\fB${escape(each)}\\fR`).join(', ') +
          (value === undefined ? '' : ` \\fI${escape(value)}\\fR`),
        escape(choices.length === 0 ? what : `${what} (${choices.join(', ')})`),
      ]),
      ...notesOf(command)
        .filter((note) => !common.includes(note))
        .flatMap(paragraph),
    ];
  });
  return `${[
    `.TH COPY\\-LARGE\\-OBJECT 1 ${date} "copy\\-large\\-object ${version}" "User Commands"`,
    '.SH NAME',
    'copy\\-large\\-object \\- copy large objects inside an object store',
    '.SH SYNOPSIS',
    '.B copy\\-large\\-object',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    escape(program.description()),
    '.SH COMMANDS',
    ...verbs,
    '.SH ENVIRONMENT AND EXIT STATUS',
    ...common.flatMap(paragraph).slice(1),
  ].join('\n')}\n`;
}

/** What the help says behind the options, by paragraph. */
function notesOf(command: Command): readonly string[] {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help
    .slice(command.helpInformation().length)
    .trim()
    .split('\n\n')
    .flatMap((note) => note.split(/\n(?=\S.*:$)/m))
    .filter((note) => note !== '');
}

/** Lines that are indented are shown as they are. */
function paragraph(note: string): readonly string[] {
  const lines = note.split('\n');
  const text = lines.filter((line) => !line.startsWith(' ')).map(escape);
  const shown = lines.filter((line) => line.startsWith(' ')).map(escape);
  return ['.PP', ...text, ...(shown.length > 0 ? ['.PP', '.nf', ...shown, '.fi'] : [])];
}

function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(\s*)([.'])/, '$1\\&$2')
    .replaceAll('·', '\\(bu')
    .replaceAll('…', '...');
}

if (process.argv[1] === import.meta.filename) {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  writeFileSync(PAGE, makeManPage(manifest.version, new Date().toISOString().slice(0, 10)));
}
