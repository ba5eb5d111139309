// Draws docs/demo.svg: runs the demo in a terminal of its own, and draws what it wrote. `npm run docs:picture`, after a build; it needs the
// command `script` of util-linux.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { COLUMNS, drawTerminal } from './draw-terminal.ts';

const SPEED = 4;
const root = path.join(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'demo-'));
const output = path.join(folder, 'output');
const timing = path.join(folder, 'timing');
const command = `stty cols ${COLUMNS} rows 30; ${process.execPath} dist/cli/main.js demo`;
execFileSync('script', ['-q', '-e', '-E', 'never', '-c', command, '-O', output, '-T', timing], {
  cwd: root,
  stdio: 'ignore',
});
// The recording begins and ends with a line of `script` itself.
const recorded = readFileSync(output);
const text = recorded.subarray(recorded.indexOf('\n') + 1, recorded.lastIndexOf('\nScript done')).toString();
const pieces = readFileSync(timing, 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ').map(Number))
  .map(([seconds = 0, bytes = 0]) => ({ delayMs: seconds * 1000, bytes }));
rmSync(folder, { recursive: true });
const picture = path.join(root, 'docs/demo.svg');
writeFileSync(
  picture,
  drawTerminal({ text: `$ npm run demo\r\n${text}`, pieces: [{ delayMs: 0, bytes: 16 }, ...pieces] }, SPEED),
);
console.log(`${picture}: ${readFileSync(picture).length} bytes`);
