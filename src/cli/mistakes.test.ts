import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../test/program.ts';

const spec = `mlspec: 1
name: mistaken
task: {kind: custom}
ingestion: {sources: {rows: {csv: rows.csv}}}
steps:
  make: {typescript: make.ts#make, outputs: {numbers: Report}}
  count: {typescript: make.ts#count, inputs: {numbers: make.numbers}, params: {by: 1}}
`;
const steps = `import { writeFileSync } from 'node:fs';
export const make = (step) => writeFileSync(step.outputs.numbers.path, '[1, 2]');
export const count = (step) => step.value('count', step.params.by);
`;

describe('mistakes that are made', { timeout: 180_000 }, () => {
  let home = '';
  const mlspec = (place: string, ...args: string[]) => {
    const env = { ...process.env, MLSPEC_KEYS_DIR: join(home, 'keys'), NO_COLOR: '1' };
    return spawnSync(program, args, { cwd: join(home, place), env, encoding: 'utf8' });
  };

  beforeAll(() => {
    // Without a declaration in any folder above it.
    home = mkdtempSync(join(tmpdir(), 'mlspec-mistakes-'));
    for (const place of ['project', 'elsewhere', 'broken']) mkdirSync(join(home, place));
    writeFileSync(join(home, 'project', 'rows.csv'), 'a\n1\n');
    writeFileSync(join(home, 'project', 'make.ts'), steps);
    writeFileSync(join(home, 'project', 'mlspec.yaml'), spec);
    writeFileSync(join(home, 'broken', 'mlspec.yaml'), spec.replace('sources', 'sorces'));
    const ran = mlspec('project', 'run', '--until', 'count');
    expect(ran.status, ran.stderr).toBe(0);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it.each([
    ['run --until cuont', 'Did you mean count?'],
    ['run --param bye=2', 'use it where it belongs as $bye'],
    ['debug cuont', 'Did you mean count?'],
    ['why cuont', 'Did you mean count?'],
    ['show ltest', 'Did you mean latest?'],
    ['show latest~7', 'There is 1 run'],
    ['show latest mak', 'Did you mean make?'],
    ['show latest make --output numbres', 'Did you mean numbers?'],
    ['lineage latest/mak/numbers', 'Did you mean make?'],
    ['ls modles', 'Did you mean models?'],
    ['gate stauts', 'Did you mean status?'],
    ['gate status promotion', 'there are: none'],
    ['keys lst', 'Did you mean list?'],
    ['spec shw', 'Did you mean show?'],
    ['completion zhs', 'Did you mean zsh?'],
    ['keys', 'run mlspec keys --help'],
  ])('mlspec %s', (line, meant) => {
    const { status, stdout, stderr } = mlspec('project', ...line.split(' '));
    expect(stderr).toContain(meant);
    expect(status).toBe(2);
    expect(stdout).toBe('');
  });

  it('asks for metrics where nothing was evaluated, and gates where none is declared', () => {
    const asked = mlspec('project', 'metrics');
    expect(asked).toMatchObject({ status: 1, stdout: '' });
    expect(asked.stderr).toContain('METRICS_NOT_RECORDED');
    expect(mlspec('project', 'gate', 'status').stderr).toContain('the declaration has no gates');
  });

  it.each(['ls', 'gc', 'show latest', 'why make', 'doctor', 'report', 'serve x', 'lineage x'])(
    'leaves no trace of mlspec %s in a folder that is no project',
    (line) => {
      mlspec('elsewhere', ...line.split(' '));
      expect(existsSync(join(home, 'elsewhere', '.mlspec'))).toBe(false);
    },
  );

  it('warns of files that are named and not there, with what was meant', () => {
    const file = join(home, 'project', 'misnamed.yaml');
    writeFileSync(file, spec.replace('csv: rows.csv', 'csv: row.csv').replace('make.ts#count', 'mkae.ts#count'));
    const checked = mlspec('project', 'check', 'misnamed.yaml');
    expect(checked.status).toBe(0);
    expect(checked.stdout).toContain('warning[project/file-missing]: there is no file row.csv');
    expect(checked.stdout).toContain('misnamed.yaml:4:29');
    expect(checked.stdout).toContain('did you mean rows.csv?');
    expect(checked.stdout).toContain('did you mean make.ts?');
  });

  it('checks the declaration that is named, and no other', () => {
    const missing = mlspec('project', 'check', 'nothing.yaml');
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('SPEC_NOT_FOUND');
    const broken = mlspec('project', 'check', '../broken/mlspec.yaml');
    expect(broken.status).toBe(2);
    expect(broken.stdout).toContain('sorces');
    expect(mlspec('elsewhere', 'check', '../project/mlspec.yaml').status).toBe(0);
  });

  it.each(['stdout', 'stderr'] as const)('goes on with a run whose %s nobody reads any more', async (stream) => {
    const env = { ...process.env, MLSPEC_KEYS_DIR: join(home, 'keys'), NO_COLOR: '1' };
    const args = ['run', '--until', 'count', '--force', ...(stream === 'stdout' ? ['--json'] : [])];
    const child = spawn(program, args, { cwd: join(home, 'project'), env, stdio: ['ignore', 'pipe', 'pipe'] });
    child[stream].once('data', () => child[stream].destroy());
    child[stream === 'stdout' ? 'stderr' : 'stdout'].resume();
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(mlspec('project', 'show', 'latest').stdout).toMatch(/^run_\S+ {2}mistaken {2}COMPLETE/);
  });

  it('says that nothing is recorded where nothing is', () => {
    const asked = mlspec('elsewhere', 'show', 'latest');
    expect(asked.status).toBe(2);
    expect(asked.stderr).toContain('No run is recorded here yet: mlspec run makes the first.');
  });

  it('has doctor look at the declaration', () => {
    expect(mlspec('project', 'doctor').stdout).toMatch(/good {2}spec/);
    expect(mlspec('broken', 'doctor').stdout).toMatch(
      /bad {3}spec .*broken\/mlspec.yaml has \d+ errors?\n.*mlspec check/,
    );
    expect(mlspec('elsewhere', 'doctor').stdout).toMatch(/warn {2}spec .*none here/);
  });

  it('finds the step of a run that a command came after, and compares reused code with itself', () => {
    expect(mlspec('project', 'run', '--until', 'count').stdout).toContain('2 cached');
    expect(mlspec('project', 'diff').stdout).toBe('nothing differs\n');
    const other = mlspec('project', 'exec', '--', 'true');
    expect(other.status, other.stderr).toBe(0);
    expect(mlspec('project', 'why', 'make').stdout).toContain('was reused');
  });
});
