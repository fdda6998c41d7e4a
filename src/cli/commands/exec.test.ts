import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'mlspec');
const script = `
const fs = require('node:fs');
const depth = Number(process.env.MLSPEC_PARAM_DEPTH);
console.log('training with depth', depth);
fs.mkdirSync('out', { recursive: true });
fs.writeFileSync('out/model.txt', fs.readFileSync('data/rows.csv', 'utf8').repeat(depth));
fs.writeFileSync('metrics.json', JSON.stringify({ accuracy: 0.75, by: { north: 1 } }));
fs.appendFileSync(process.env.HOME + '/times', 'x');
`;
const words = ['--in', 'data', '--out', 'out', '--metrics', 'metrics.json', '--param', 'depth=2'];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlspec-exec-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'rows.csv'), 'a\n1\n');
  writeFileSync(join(folder, 'train.cjs'), script);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function mlspec(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1', HIDDEN_TOKEN: 'not for steps' };
  const ran = spawnSync(bin, args, { cwd: folder, env, encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const train = (...more: string[]) =>
  mlspec('exec', ...words, ...more, '--', process.execPath, 'train.cjs', 'out/model.txt');
const times = (): number => readFileSync(join(folder, 'times'), 'utf8').length;

describe('mlspec exec', () => {
  it('records a command, passes its words on, and reuses it with its outputs', () => {
    const first = train();
    expect(first).toMatchObject({ code: 0, out: 'training with depth 2\n' });
    expect(first.err).toContain('recorded train as run_');
    rmSync(join(folder, 'out'), { recursive: true });
    rmSync(join(folder, 'metrics.json'));
    expect(train().err).toContain('reused, nothing changed');
    expect(readFileSync(join(folder, 'out', 'model.txt'), 'utf8')).toBe('a\n1\na\n1\n');
    expect(existsSync(join(folder, 'metrics.json'))).toBe(true);
    expect(times()).toBe(1);
    const shown = JSON.parse(mlspec('show', 'latest', 'exec', '--json').out);
    expect(shown.metrics.map((point: { name: string; value: number }) => [point.name, point.value])).toEqual(
      expect.arrayContaining([
        ['accuracy', 0.75],
        ['by.north', 1],
      ]),
    );
  });

  it.each([
    ['an input', () => writeFileSync(join(folder, 'data', 'rows.csv'), 'a\n2\n')],
    ['a file more in a folder', () => writeFileSync(join(folder, 'data', 'more.csv'), 'a\n')],
    ['the script', () => writeFileSync(join(folder, 'train.cjs'), `${script}// changed\n`)],
  ])('runs again after a change of %s', (_, change) => {
    train();
    change();
    train();
    expect(times()).toBe(2);
  });

  it('runs again with another parameter, and where it is told to', () => {
    train();
    train('--force');
    expect(times()).toBe(2);
    train('--param', 'depth=3');
    expect(times()).toBe(3);
  });

  it('ends with the exit code of the command and records the failure', () => {
    expect(mlspec('exec', '--', 'sh', '-c', 'echo oh >&2; exit 7')).toMatchObject({ code: 7, out: '' });
    expect(JSON.parse(mlspec('show', '--json').out).run.state).toBe('FAILED');
  });

  it('says which output or input is missing, and which metrics are none', () => {
    expect(mlspec('exec', '--out', 'none.txt', '--', 'true')).toMatchObject({
      code: 1,
      err: expect.stringContaining('error[EXEC_OUTPUT_MISSING] the command ended well and left nothing at none.txt'),
    });
    expect(mlspec('exec', '--in', 'none.csv', '--', 'true').err).toContain('EXEC_INPUT_MISSING');
    writeFileSync(join(folder, 'm.json'), 'no numbers');
    expect(mlspec('exec', '--metrics', 'm.json', '--', 'true').err).toContain('EXEC_BAD_METRICS');
  });

  it('gives the command nothing of the environment that it did not ask for', () => {
    expect(mlspec('exec', '--', 'env').out).not.toContain('HIDDEN_TOKEN');
  });

  it('answers programs with events and one result', () => {
    const lines = train('--json').out.trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      type: 'result',
      name: 'train',
      state: 'COMPLETE',
      isReused: false,
      exitCode: 0,
    });
  });
});
