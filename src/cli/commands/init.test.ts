import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { program } from '../../../test/program.ts';
import { testPython } from '../../../tools/python-env.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let folder = '';
let keys = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlspec-init-'));
  keys = mkdtempSync(join(tmpdir(), 'mlspec-init-keys-'));
});
afterEach(() => {
  for (const place of [folder, keys]) rmSync(place, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Waits without standing still: a worker that blocks for a minute is given up by the test runner. */
function mlspec(args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, MLSPEC_PYTHON: testPython(), MLSPEC_KEYS_DIR: keys, NO_COLOR: '1' };
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd: folder, env }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** The same where nothing else than success will do: a failure shows what was printed. */
async function succeed(...args: string[]): Promise<Ended> {
  const ended = await mlspec(args);
  expect(ended.code, `mlspec ${args.join(' ')}\n${ended.out}\n${ended.err}`).toBe(0);
  return ended;
}

function write(name: string, lines: readonly string[]): void {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
}

function numbered<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => of(index));
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

describe('mlspec init', { timeout: 300_000 }, () => {
  it('writes a project for penguins that is right and runs as it stands', async () => {
    copyFileSync(join(root, 'node_modules/vega-datasets/data/penguins.json'), join(folder, 'penguins.json'));
    const made = await succeed('init', '--yes', '--label', 'Species');
    expect(made.err).not.toContain('error');
    expect(made.out).toContain('multiclass: Species from 6 columns, 344 rows');
    expect(spec()).toMatch(/^# yaml-language-server: \$schema=/);
    expect(spec()).toContain('it can certify from about 4,385 rows on');
    expect(existsSync(join(folder, '.mlspec', 'mlspec.schema.json'))).toBe(true);
    await succeed('check');
    // The interpreter of the tests has the packages of requirements.txt: they are not installed a second time.
    writeFileSync(join(folder, 'mlspec.yaml'), spec().replace('  environment: requirements.txt\n', ''));
    const ran = await succeed('run', '--json');
    const result = JSON.parse(ran.out.trim().split('\n').at(-1)!);
    expect(result).toMatchObject({ type: 'result', failed: [], state: 'COMPLETE' });
    expect(result.metrics.accuracy.value).toBeGreaterThan(result.baselines.trivial.accuracy.value);
  });

  it('finds key, time, names, texts and the rarer value out', async () => {
    writeTable();
    await succeed('init', 'customers.csv', '--yes', '--label', 'churned');
    const text = spec();
    for (const line of [
      'kind: binary',
      'positive: left',
      'key: [customer_id]',
      'time: since',
      '"Age (years)" as "age_years"',
      'standardize(impute(age_years, median))',
      'cast("active" as integer) as "active"',
      'where_: one_hot(where_)',
      'notes: tokens(notes, top=100)',
    ])
      expect(text).toContain(line);
    await succeed('check');
  });

  it('writes a schema that holds the data, and is held against them', async () => {
    writeTable();
    await succeed('init', '--yes', '--label', 'churned');
    expect(spec()).toContain('validation: {schema: customers.schema.yaml}');
    const written = readFileSync(join(folder, 'customers.schema.yaml'), 'utf8');
    for (const line of [
      'customer_id: {type: string, unique: true}',
      'since: {type: date, min: 2024-01-01}',
      'age_years: {type: int64, presence: 0.71, min: 0, max: 118, nullable: true}',
      'active: {type: int64, domain: [0, 1]}',
      'where_: {type: string, domain: [plan 0, plan 1, plan 2, plan 3]}',
      'notes: {type: string}',
      'churned: {type: string, environments: [training], domain: [left, stayed]}',
      'spent: {type: float64, min: 0, max: 1200}',
    ])
      expect(written).toContain(line);
    await succeed('run', '--until', 'validation');
    const table = readFileSync(join(folder, 'customers.csv'), 'utf8');
    writeFileSync(join(folder, 'customers.csv'), table.replaceAll(',plan 3,', ',plan 9,').replace(',20,', ',2000,'));
    const broken = await mlspec(['run', '--until', 'validation']);
    expect(broken.code).toBe(1);
    expect(broken.err).toContain('where_ has values outside its domain');
    expect(broken.err).toContain('"plan 9"');
    const advised = /mlspec (show latest validation --output \S+);/.exec(broken.err)![1]!.split(' ');
    expect(JSON.parse((await succeed(...advised)).out)).toMatchObject({ verdict: 'invalid' });
  });

  it('sees times in texts and numbers, and words that stand for nothing', async () => {
    write('orders.csv', [
      'Order;day;when;height;group;ok',
      ...numbered(60, (index) => {
        const [day, clock] = [String((index % 28) + 1).padStart(2, '0'), String((index % 12) + 1)];
        return `${index};202401${day};"Jan ${day}, 2024 ${clock}:05 PM";${index % 5 === 0 ? 'NA' : index};${'ab'[index % 2]};${index % 3 === 0}`;
      }),
    ]);
    await succeed('init', '--yes');
    for (const line of [
      `options: {nullstr: ["","NA"]}`,
      `cast(strptime(cast("day" as varchar), '%Y%m%d') as date) as "day"`,
      `strptime("when", '%b %d, %Y %I:%M %p') as "when"`,
      'height: standardize(impute(height, median))',
    ])
      expect(spec()).toContain(line);
    await succeed('run', '--until', 'transformation');
  });

  it('says where a day could be a month, and leaves out what no dataset can hold', async () => {
    write(
      'rows.jsonl',
      numbered(50, (index) =>
        JSON.stringify({
          day: `0${(index % 9) + 1}/0${((index * 5) % 9) + 1}/2024`,
          at: `2024-01-01T0${index % 9}:00:00+02:00`,
          tags: [{ a: index }],
          order: index * 2,
          label: index % 2,
        }),
      ),
    );
    const made = await succeed('init', '--yes');
    expect(made.out).toContain('day is read as %m/%d/%Y; all its values are %d/%m/%Y too');
    expect(spec()).toContain('# tags is left out');
    await succeed('run', '--until', 'transformation');
  });

  it('refuses rows that are too few, and takes few where they are enough', async () => {
    write('few.csv', ['x,y', '1,0', '2,1', '3,0']);
    const refused = await mlspec(['init', '--yes']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('3 rows with a y, too few to be split');
    write('few.csv', ['x,y', ...numbered(10, (index) => `${index},${'ab'[index % 2]}`)]);
    await succeed('init', '--yes');
    await succeed('run', '--until', 'transformation');
  });

  it('takes the last column, and sees that it is a number', async () => {
    writeTable();
    expect((await succeed('init', '--yes')).out).toContain('regression: spent');
    expect(spec()).toContain('no number of rows certifies it');
    await succeed('check');
  });

  it('declares a gate where the test part can decide it', async () => {
    writeTable(6000);
    expect((await succeed('init', '--yes', '--label', 'churned')).out).toContain('gate     promotion');
    expect(spec()).toContain('sealed: [test]');
    expect(spec()).toContain('testing: {gates: [promotion]}');
    expect((await succeed('check')).out).toContain('gate promotion on test');
  });

  it('overwrites nothing', async () => {
    writeTable();
    writeFileSync(join(folder, 'train.py'), 'mine');
    const refused = await mlspec(['init', '--yes']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('INIT_FILE_EXISTS');
    expect(readFileSync(join(folder, 'train.py'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'mlspec.yaml'))).toBe(false);
  });

  it('says what is wrong with a label or a file, and what was meant', async () => {
    writeTable();
    const bad = (await mlspec(['init', '--yes', '--label', 'nothing'])).err;
    expect(bad).toContain('INIT_BAD_LABEL');
    expect(bad).toContain('The columns are: customer_id');
    expect((await mlspec(['init', '--yes', '--label', 'chured'])).err).toContain('Did you mean churned?');
    expect((await mlspec(['init', '--yes', '--label', 'customer_id'])).err).toContain('400 different texts');
    const misspelt = await mlspec(['init', 'custmers.csv']);
    expect(misspelt.code).toBe(2);
    expect(misspelt.err).toContain('DATA_NO_FILE');
    expect(misspelt.err).toContain('Did you mean customers.csv?');
    writeFileSync(join(folder, 'notes.xlsx'), '');
    expect((await mlspec(['init', 'notes.xlsx'])).err).toContain('DATA_UNKNOWN_FORMAT');
    writeFileSync(join(folder, 'customers.csv'), 'a,b\n');
    expect((await mlspec(['init', '--yes'])).err).toContain('INIT_NOTHING_TO_LEARN');
    rmSync(join(folder, 'customers.csv'));
    expect(await mlspec(['init', '--yes'])).toMatchObject({ code: 2 });
  });
});
