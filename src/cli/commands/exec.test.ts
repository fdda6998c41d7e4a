import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { program } from '../../../test/program.ts';
import { digestOf } from '../../encoding/index.ts';

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

let home = '';
let folder = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mlspec-exec-'));
  folder = join(home, 'work');
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data', 'rows.csv'), 'a\n1\n');
  writeFileSync(join(folder, 'train.cjs'), script);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function mlspec(...args: string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1', HIDDEN_TOKEN: 'not for steps' };
  const ran = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

const train = (...more: string[]) =>
  mlspec('exec', ...words, ...more, '--', process.execPath, 'train.cjs', 'out/model.txt');
const times = (): number => readFileSync(join(home, 'times'), 'utf8').length;

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

  it('records what it read and made, its code, and the Python that it ran in', () => {
    writeFileSync(join(folder, 'train.py'), 'open("made.txt", "w").write(open("data/rows.csv").read())');
    expect(mlspec('exec', '--in', 'data', '--out', 'made.txt', '--', 'python3', 'train.py').code).toBe(0);
    const { step } = JSON.parse(mlspec('show', 'latest', 'exec', '--json').out);
    const digestOfFile = (path: string) => digestOf(readFileSync(join(folder, path)));
    expect(step.execution.code.files).toEqual({ 'train.py': digestOfFile('train.py') });
    expect(step.execution.code.ingredients.external).toMatchObject({
      'file:data/rows.csv': digestOfFile('data/rows.csv'),
    });
    expect(step.execution.environment.lock).toMatchObject({ python: expect.any(String), packages: expect.any(Object) });
    expect(step.outputs[0].artifact.digest).toBe(digestOfFile('made.txt'));
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

  it('works in the home folder, where the keys are too, and keeps them closed to others', () => {
    folder = home;
    expect(mlspec('exec', '--', 'true')).toMatchObject({
      code: 0,
      err: expect.stringContaining('recorded true as run_'),
    });
    const keys = join(home, '.config', 'mlspec', 'keys');
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    expect(statSync(join(keys, 'default.pem')).mode & 0o777).toBe(0o600);
  });

  it('makes no key inside a declared project, and says where else', () => {
    folder = home;
    writeFileSync(join(home, 'mlspec.yaml'), 'version: 1\n');
    const refused = mlspec('exec', '--', 'true');
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('PROVENANCE_KEY_PLACE');
    expect(refused.err).toContain(`Set MLSPEC_KEYS_DIR to the absolute path of a folder outside ${home}`);
    expect(existsSync(join(home, '.config'))).toBe(false);
    // Nothing was begun that the next command would have to end.
    expect(mlspec('ls', 'runs', '--json').out).toContain('"runs":[]');
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
