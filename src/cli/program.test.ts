import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { program } from '../../test/program.ts';

const mlspec = (...args: string[]) =>
  spawnSync(program, args, { cwd: tmpdir(), encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });

describe('the command line', () => {
  it.each([
    ['rum --help', "unknown command 'rum'", 'Did you mean run?'],
    ['--help rum', "unknown command 'rum'", 'Did you mean run?'],
    ['rum -h', "unknown command 'rum'", 'Did you mean run?'],
    ['help rum', "unknown command 'rum'", 'Did you mean run?'],
    ['rum', "unknown command 'rum'", 'Did you mean run?'],
    ['run --unitl training --help', "unknown option '--unitl'", 'Did you mean --until?'],
    ['plan --help --relase', '', 'Usage: mlspec plan'],
    ['run --unitl training', "unknown option '--unitl'", 'Did you mean --until?'],
    ['--verison', "unknown option '--verison'", 'Did you mean --version?'],
  ])('answers mlspec %s with what was wrong and meant', (line, wrong, meant) => {
    const { status, stdout, stderr } = mlspec(...line.split(' '));
    expect(`${stdout}${stderr}`).toContain(meant);
    expect(stderr).toContain(wrong);
    expect(status).toBe(wrong === '' ? 0 : 2);
    if (wrong !== '') expect(stdout).toBe('');
  });

  it.each([['--help'], ['help'], ['run --help'], ['help run'], ['run --param a=b --help'], ['exec --help']])(
    'helps with mlspec %s',
    (line) => {
      const { status, stdout, stderr } = mlspec(...line.split(' '));
      expect(status, stderr).toBe(0);
      expect(stdout).toContain('Usage: mlspec');
    },
  );

  it('tells a program of a wrong command line in JSON', () => {
    const { status, stdout } = mlspec('run', '--unitl', 'training', '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', code: 'CLI_USAGE' });
  });
});
