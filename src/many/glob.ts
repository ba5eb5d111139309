import { CopyOptionsError } from '../errors.ts';

/**
 * A pattern for keys: `*` stands for anything within a name, `**` also across slashes, `?` for one character, `[a-z]` for one of
 * these, `{a,b}` for either, and a backslash takes what follows as it is.
 *
 * @throws CopyOptionsError if a bracket isn't closed, or holds a range that goes backwards
 */
export function compileGlob(pattern: string): RegExp {
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === '*' && pattern[at + 1] === '*') {
      const isFolder = pattern[at + 2] === '/' && (at === 0 || pattern[at - 1] === '/');
      source += isFolder ? '(?:.*/)?' : '.*';
      at += isFolder ? 2 : 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const end = pattern.indexOf(']', at + (pattern[at + 1] === '!' ? 3 : 2));
      if (end === -1) throw unclosed(pattern, '[');
      const inside = pattern.slice(at + 1, end).replaceAll(/[\\[\]]/g, String.raw`\$&`);
      source += `[${inside.replace(/^!/, '^')}]`;
      at = end;
    } else if (character === '{') {
      source += '(?:';
      depth++;
    } else if (character === '}' && depth > 0) {
      source += ')';
      depth--;
    } else if (character === ',' && depth > 0) source += '|';
    else {
      const literal = character === '\\' && at + 1 < pattern.length ? (pattern[++at] as string) : character;
      source += literal.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`);
    }
  }
  if (depth > 0) throw unclosed(pattern, '{');
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch (error) {
    throw new CopyOptionsError(`Pattern ${JSON.stringify(pattern)} has a range in [] that goes backwards`, {
      cause: error,
    });
  }
}

function unclosed(pattern: string, bracket: string): CopyOptionsError {
  return new CopyOptionsError(`Pattern ${JSON.stringify(pattern)} has a ${bracket} that is not closed`);
}
