import { expect, it } from 'vitest';
import { compileGlob } from '../../src/many/glob.ts';

it.each<[string, readonly string[], readonly string[]]>([
  ['*.mxf', ['a.mxf', '.mxf'], ['a/b.mxf', 'a.mxf2', 'amxf']],
  ['**/*.mxf', ['a.mxf', 'a/b.mxf', 'a/b/c.mxf'], ['a.mov']],
  ['tmp/**', ['tmp/a', 'tmp/a/b', 'tmp/'], ['tmp', 'a/tmp/b']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb']],
  ['a**b', ['ab', 'a/x/b'], ['a/x/c']],
  ['?', ['a', '😀', '\n'], ['', 'ab', '/']],
  ['[a-c][!0-9]', ['ax', 'c-'], ['a1', 'dx', 'a']],
  ['[!]]', ['a', '!'], [']']],
  ['[😀-😂]', ['😁'], ['😃', '\uD83D']],
  ['[\\^-]', ['^', '-', '\\'], ['a']],
  ['{a,b{1,2}}.txt', ['a.txt', 'b1.txt', 'b2.txt'], ['b.txt', 'a,b.txt']],
  ['a,b', ['a,b'], ['a', 'b']],
  ['\\*\\?\\[', ['*?['], ['a?[']],
  ['(a+)|b.$^', ['(a+)|b.$^'], ['aa', 'b']],
  ['a}', ['a}'], ['a']],
])('%s', (pattern, fitting, others) => {
  const glob = compileGlob(pattern);
  expect(fitting.filter((name) => !glob.test(name))).toEqual([]);
  expect(others.filter((name) => glob.test(name))).toEqual([]);
});

it.each([
  ['a[b', 'has a [ that is not closed'],
  ['[!]', 'has a [ that is not closed'],
  ['{a,b', 'has a { that is not closed'],
  ['[z-a]', 'has a range in [] that goes backwards'],
])('%s is refused', (pattern, message) => {
  expect(() => compileGlob(pattern)).toThrow(
    expect.objectContaining({ name: 'CopyOptionsError', message: expect.stringContaining(message) }),
  );
});
