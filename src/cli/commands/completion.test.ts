import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { program } from '../../../test/program.ts';

function script(shell: string): string {
  return spawnSync(program, ['completion', shell], { cwd: tmpdir(), encoding: 'utf8' }).stdout;
}

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const ask = `${script('bash')}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mlspec; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return spawnSync('bash', ['-c', ask, 'bash', ...words], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n');
}

describe('mlspec completion', { timeout: 180_000 }, () => {
  it('offers commands, their words and their options to bash', () => {
    expect(offered('mlspec', 'rel')).toEqual(['release']);
    expect(offered('mlspec', 'run', '--un')).toEqual(['--until']);
    expect(offered('mlspec', 'gate', 'st')).toEqual(['status']);
    expect(offered('mlspec', 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  it('offers the same to zsh and fish', () => {
    expect(script('zsh')).toContain('gate) compadd -- status open retire --yes');
    expect(script('fish')).toContain("-n '__fish_seen_subcommand_from gate' -a 'status open retire'");
  });
});
