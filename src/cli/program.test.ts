import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { program } from '../../test/program.ts';
import { commands } from './commands.ts';
import { createProgram } from './program.ts';

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

  // As a shell would take it: quoted words are one, what comes after a redirection or a comment is not the program's.
  const wordsOf = (line: string): string[] =>
    (line.replace(/ [#<>|&].*$/, '').match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
      word.replace(/^(['"])(.*)\1$/, '$2'),
    );

  it.each(commands.flatMap(({ name, examples }) => examples.map(({ command }) => [name, command] as const)))(
    '%s: the example in its help is a command line: %s',
    async (_name, line) => {
      const [called, ...words] = wordsOf(line.slice(line.indexOf('mlspec ')));
      expect(called).toBe('mlspec');
      const parsed: string[] = [];
      const parser = createProgram(async (definition) => void parsed.push(definition.name));
      for (const one of [parser, ...parser.commands]) one.configureOutput({ writeErr: () => undefined });
      await parser.parseAsync(words, { from: 'user' });
      expect(parsed).toEqual(words.slice(0, 1));
    },
  );

  it('every command has an example', () => {
    expect(commands.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
  });
});
