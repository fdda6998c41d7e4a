/* What a run shows while it goes on: a table that is drawn anew on a terminal, also a narrow one, and lines elsewhere. */
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { program } from '../program.ts';
import { createProject, type Project, shellStep } from './project.ts';

const control = '\u001b';
const erased = new RegExp(`${control}\\[\\d+A${control}\\[0J`);

let project: Project;
beforeEach(async () => {
  project = await createProject();
  const step = 'a_step_with_a_name_that_is_longer_than_its_column';
  await project.declare(
    shellStep('first', 'sleep 1; echo 1 > {outputs.out}') +
      shellStep(step, `echo ${'long '.repeat(40)} >&2; exit 3`, 'needs: [first]') +
      shellStep('last', 'echo 2 > {outputs.out}', `needs: [${step}]`),
  );
});
afterEach(async () => await project.remove());

/** Everything that a terminal of a width is sent. `script` gives the program one. */
async function sentTo(columns: number): Promise<string> {
  const line = `stty cols ${columns} rows 20; exec '${program}' run --until steps`;
  const { CI: _, ...env } = project.env;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: project.root,
    env: { ...env, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let sent = '';
  child.stdout.on('data', (part: Buffer) => {
    sent += part.toString('utf8');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return sent;
}

/** What stands on the screen at the end of a table: the lines after it was erased the last time. */
const screens = (sent: string): string[][] =>
  sent.split(erased).map((part) => stripVTControlCharacters(part).split('\r\n'));

it.each([40, 60, 120])(
  'a terminal of %i columns shows a table, drawn anew, of which no line is broken',
  async (columns) => {
    const sent = await sentTo(columns);
    const drawn = screens(sent);
    expect(drawn.length).toBeGreaterThan(5);
    for (const lines of drawn.slice(1, -1))
      for (const line of lines) expect([line, line.length < columns]).toEqual([line, true]);
    expect(drawn.some(([line]) => line!.startsWith('▸ first'))).toBe(true);
    const end = drawn.at(-1)!.join('\n');
    expect(end).toMatch(/^✓ first +complete/m);
    expect(end).toMatch(/^✗ a_step_with_a_name/m);
    expect(end).toMatch(/^○ last/m);
    expect(end).toContain('3 of 3 steps');
  },
);

it('where nobody watches, a line a change of state', async () => {
  const { stderr } = await project.mlspec(['run', '--until', 'steps']);
  expect(stderr).not.toContain(control);
  const lines = stderr.split('\n').filter((line) => /^[▸✓✗○] /.test(line));
  expect(lines.map((line) => line.split(/ +/).slice(0, 3).join(' '))).toEqual([
    '▸ first running',
    '✓ first complete',
    '▸ a_step_with_a_name_that_is_longer_than_its_column running',
    '✗ a_step_with_a_name_that_is_longer_than_its_column failed',
    '○ last skipped',
  ]);
});
