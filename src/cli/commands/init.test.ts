import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testPython } from '../../../tools/python-env.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlspec-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function mlspec(args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { ...process.env, MLSPEC_PYTHON: testPython(), MLSPEC_KEYS_DIR: join(folder, '.keys'), NO_COLOR: '1' };
  const ran = spawnSync(join(root, 'bin', 'mlspec'), args, { cwd: folder, env, encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

function spec(): string {
  return readFileSync(join(folder, 'mlspec.yaml'), 'utf8');
}

/** 400 rows of a made table with awkward names, empty cells, a time and a free text. */
function writeTable(rowCount = 400): void {
  const rows = Array.from({ length: rowCount }, (_, index) => {
    const day = String((index % 28) + 1).padStart(2, '0');
    const age = index % 7 === 0 ? '' : String(20 + (index % 50));
    const churned = index % 3 === 0 || index % 5 === 0 ? 'left' : 'stayed';
    return `C${index},2024-03-${day},${age},${index % 2 === 0},plan ${index % 4},"a longer text about customer number ${index}, in words",${churned},${index * 1.5}`;
  });
  const head = 'customer_id,since,Age (years),active,where,notes,churned,spent';
  writeFileSync(join(folder, 'customers.csv'), `${[head, ...rows].join('\n')}\n`);
}

describe('mlspec init', () => {
  it('writes a project for penguins that is right and runs as it stands', { timeout: 120_000 }, () => {
    copyFileSync(join(root, 'node_modules/vega-datasets/data/penguins.json'), join(folder, 'penguins.json'));
    const made = mlspec(['init', '--yes', '--label', 'Species']);
    expect(made.err).not.toContain('error');
    expect(made.out).toContain('multiclass: Species from 6 columns, 344 rows');
    expect(spec()).toMatch(/^# yaml-language-server: \$schema=/);
    expect(spec()).toContain('it can certify from about 4,385 rows on');
    expect(existsSync(join(folder, '.mlspec', 'mlspec.schema.json'))).toBe(true);
    expect(mlspec(['check']).code).toBe(0);
    // The interpreter of the tests has the packages of requirements.txt: they are not installed a second time.
    writeFileSync(join(folder, 'mlspec.yaml'), spec().replace('  environment: requirements.txt\n', ''));
    const ran = mlspec(['run', '--json']);
    const result = JSON.parse(ran.out.trim().split('\n').at(-1)!);
    expect(result).toMatchObject({ type: 'result', failed: [], state: 'COMPLETE' });
    expect(result.metrics.accuracy.value).toBeGreaterThan(result.baselines.trivial.accuracy.value);
  });

  it('finds key, time, names, texts and the rarer value out', () => {
    writeTable();
    expect(mlspec(['init', 'customers.csv', '--yes', '--label', 'churned']).code).toBe(0);
    const text = spec();
    for (const line of [
      'kind: binary',
      'positive: left',
      'key: [customer_id]',
      'time: since',
      '"Age (years)" as age_years',
      'standardize(impute(age_years, median))',
      'cast("active" as integer) as active',
      'where_: one_hot(where_)',
      'notes: tokens(notes, top=100)',
    ])
      expect(text).toContain(line);
    expect(mlspec(['check'])).toMatchObject({ code: 0 });
  });

  it('takes the last column, and sees that it is a number', () => {
    writeTable();
    expect(mlspec(['init', '--yes']).out).toContain('regression: spent');
    expect(spec()).toContain('no number of rows certifies it');
    expect(mlspec(['check']).code).toBe(0);
  });

  it('declares a gate where the test part can decide it', () => {
    writeTable(6000);
    expect(mlspec(['init', '--yes', '--label', 'churned']).out).toContain('gate     promotion');
    expect(spec()).toContain('sealed: [test]');
    expect(spec()).toContain('testing: {gates: [promotion]}');
    expect(mlspec(['check']).out).toContain('gate promotion on test');
  });

  it('overwrites nothing', () => {
    writeTable();
    writeFileSync(join(folder, 'train.py'), 'mine');
    const refused = mlspec(['init', '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('INIT_FILE_EXISTS');
    expect(readFileSync(join(folder, 'train.py'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'mlspec.yaml'))).toBe(false);
  });

  it('says what is wrong with a label or a file', () => {
    writeTable();
    const bad = mlspec(['init', '--yes', '--label', 'nothing']).err;
    expect(bad).toContain('INIT_BAD_LABEL');
    expect(bad).toContain('the columns are: customer_id');
    expect(mlspec(['init', '--yes', '--label', 'customer_id']).err).toContain('400 different texts');
    expect(mlspec(['init', 'notes.xlsx']).err).toContain('INIT_UNKNOWN_FORMAT');
    writeFileSync(join(folder, 'customers.csv'), 'a,b\n');
    expect(mlspec(['init', '--yes']).err).toContain('INIT_NOTHING_TO_LEARN');
    rmSync(join(folder, 'customers.csv'));
    expect(mlspec(['init', '--yes'])).toMatchObject({ code: 2 });
  });
});
