import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptMeasured, checkFile, showHistory } from '../../app/index.ts';
import { measuredText } from '../../data-quality/index.ts';

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'mlspec');
let folder = '';
const place = (name: string): string => join(folder, name);

const data = (...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } => {
  const env = { ...process.env, NO_COLOR: '1' };
  const ran = spawnSync(bin, ['data', ...args], { cwd: folder, env, encoding: 'utf8' });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
};

/** Checks a query of so many rows at a moment, in this process. */
async function checked(rows: number, day: number, more: Partial<Parameters<typeof checkFile>[0]> = {}) {
  return await checkFile({
    ...{ path: `SELECT * FROM range(${rows}) t(amount)`, schemaPath: null, compare: null, key: [], tolerance: 0 },
    ...{ environment: null, accept: [], checksPath: place('rows.checks.yaml'), quarantine: null, dataset: null },
    ...{ asOf: `2026-01-${String(day).padStart(2, '0')}`, history: place('rows.jsonl') },
    ...more,
  });
}

const counts = [100, 103, 98, 101, 99, 102];

/** The lines of so many checks, as the program writes them. */
function seed(path: string, count: number): void {
  const lines = counts.slice(0, count).map((rows, at) => {
    const moment = `2026-01-0${at + 1}T00:00:00.000Z`;
    const values = [
      { that: 'row_count()', where: null, value: rows },
      { that: 'mean(amount)', where: null, value: (rows - 1) / 2 },
    ];
    return measuredText({ dataset: 'rows', at: moment, recordedAt: moment, data: null, outcome: 'passed', values });
  });
  writeFileSync(path, lines.join(''));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlspec-history-'));
  writeFileSync(place('rows.checks.yaml'), 'checks: [{that: "row_count( )", history: normal}, mean(amount) > 1]\n');
  seed(place('rows.jsonl'), 4);
  await checked(counts[4]!, 5);
  await checked(counts[5]!, 6);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the first values are not judged, and say so; then an unusual one fails, with what was expected and what to do', async () => {
  const { values } = await showHistory(place('rows.jsonl'));
  expect(values.map(({ dataset, that, points }) => [dataset, that, points.map(({ value }) => value)])).toEqual([
    ['rows', 'row_count()', counts],
    ['rows', 'mean(amount)', counts.map((rows) => (rows - 1) / 2)],
  ]);
  writeFileSync(place('today.csv'), `amount\n${Array.from({ length: 50 }, (_, at) => at).join('\n')}\n`);
  const today = [
    'check',
    'today.csv',
    '--checks',
    'rows.checks.yaml',
    '--history',
    'rows.jsonl',
    '--as-of',
    '2026-01-07',
  ];
  const { code, out, err } = data(...today);
  expect(out).toBe(
    'fail row_count( ): 50 is unusual: expected between 92.4 and 108.6 (normal of 6 values, 1% false alarms); the last before it: 103, 98, 101, 99, 102\n'.replace(
      'between 92.4 and 108.6',
      /between [\d.]+ and [\d.]+/.exec(out)![0],
    ),
  );
  expect(err).toContain('if what is unusual is meant, see mlspec data history rows.jsonl');
  expect(code).toBe(1);
  // What failed does not count: the same file again is as unusual as before.
  expect(data(...today, '--json').code).toBe(1);
  const shown = data('history', 'rows.jsonl');
  expect(shown.out).toMatch(/rows: row_count\(\) {2}[▁-█]{6} \n/);
  const [, id] = /^ {2}([0-9a-f]{8}) .* 50 +failed$/m.exec(shown.out)!;
  expect(data('history', 'accept', 'rows.jsonl', id!, '--value', 'row_count()', '--why', 'public holiday').code).toBe(
    0,
  );
  const again = data(...today, '--json');
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out).checks[0]).toMatchObject({
    outcome: 'passed',
    judged: { verdict: 'accepted', why: 'public holiday', count: 6, falseAlarms: 0.01 },
  });
});

test('the first checks warn that they are not judged; with unjudged: fail they fail; without --history nothing is kept', async () => {
  const first = await checked(100, 1, { history: place('new.jsonl') });
  expect(first.checks[0]).toMatchObject({
    outcome: 'unjudged',
    judged: { why: 'normal takes at least 3, and there are 0' },
  });
  writeFileSync(place('strict.yaml'), 'checks: [{that: row_count(), history: {strategy: normal, unjudged: fail}}]\n');
  writeFileSync(place('hundred.csv'), 'amount\n1\n2\n');
  expect(data('check', 'hundred.csv', '--checks', 'strict.yaml').out).toMatch(/^fail row_count\(\): 2 is not judged/);
  const lax = data('check', 'hundred.csv', '--checks', 'rows.checks.yaml');
  expect([lax.code, lax.out]).toEqual([0, expect.stringMatching(/^warn row_count\( \): 2 is not judged/)]);
  expect(lax.err).toContain('0 of 2 checks fail, 1 warn');
});

test('the same data count once; a moment counts as it was measured last; the past is judged by what was before it', async () => {
  const path = place('same.jsonl');
  writeFileSync(place('a.csv'), 'amount\n5\n6\n7\n');
  for (const day of [1, 2, 3]) await checked(0, day, { path: place('a.csv'), history: path });
  const [found] = (await showHistory(path)).values;
  expect(found!.points.map(({ leftOut }) => leftOut)).toEqual([null, 'same data', 'same data']);
  for (const rows of [50, 60]) await checked(rows, 4, { history: path });
  await checked(55, 9, { history: path });
  const judged = (await checked(52, 6, { history: path })).checks[0]!.judged!;
  expect(judged.last.map(({ value }) => value)).toEqual([3, 60]);
});

test('accepted as usual an unusual value counts; an unknown id or value changes nothing', async () => {
  const path = place('shift.jsonl');
  seed(path, counts.length);
  await checked(500, 7, { history: path });
  const pointsOf = async () => (await showHistory(path)).values[0]!.points;
  const { id, leftOut } = (await pointsOf()).at(-1)!;
  expect(leftOut).toBe('failed');
  const before = readFileSync(path, 'utf8');
  await expect(acceptMeasured({ path, id: 'ffffffff', that: null, as: 'usual', why: '' })).rejects.toMatchObject({
    code: 'CONFIG_BAD_VALUE',
  });
  await expect(acceptMeasured({ path, id, that: 'sum(x)', as: 'usual', why: '' })).rejects.toMatchObject({
    code: 'CONFIG_BAD_VALUE',
  });
  expect(readFileSync(path, 'utf8')).toBe(before);
  await acceptMeasured({ path, id: id.slice(0, 5), that: null, as: 'usual', why: 'twice the shops' });
  expect((await pointsOf()).at(-1)).toMatchObject({ value: 500, leftOut: null });
  await acceptMeasured({ path, id, that: null, as: 'exception', why: '' });
  expect((await pointsOf()).at(-1)).toMatchObject({ value: null, leftOut: 'exception' });
});

test('attack: a line that a dying process left half costs that line alone, and the next one is whole', async () => {
  const path = place('torn.jsonl');
  seed(path, counts.length);
  const whole = readFileSync(path, 'utf8');
  for (const cut of [1, 20, whole.length - whole.lastIndexOf('{', whole.length - 2) - 2]) {
    writeFileSync(path, whole.slice(0, -cut));
    const found = await checked(100, 9, { history: path });
    expect(found.damagedLines).toEqual(cut === 1 ? [] : [6]);
    expect(found.checks[0]!.judged!.count).toBe(cut === 1 ? 6 : 5);
    const after = await showHistory(path);
    expect(after.values[0]!.points.at(-1)).toMatchObject({ value: 100 });
    expect(after.damaged).toEqual(found.damagedLines);
  }
});

test('attack: a file that is something else is refused and stays as it is; so does a folder', async () => {
  writeFileSync(place('table.csv'), 'amount\n1\n');
  await expect(checked(5, 1, { history: place('table.csv') })).rejects.toMatchObject({ code: 'HISTORY_INVALID' });
  expect(readFileSync(place('table.csv'), 'utf8')).toBe('amount\n1\n');
  await expect(checked(5, 1, { history: folder })).rejects.toMatchObject({ code: 'HISTORY_INVALID' });
  await expect(checked(5, 1, { history: place('none/x.jsonl') })).rejects.toMatchObject({ code: 'PLACE_NOT_WRITABLE' });
  await expect(showHistory(place('nothing.jsonl'))).rejects.toMatchObject({ code: 'HISTORY_NO_FILE' });
  expect(existsSync(place('nothing.jsonl'))).toBe(false);
  appendFileSync(place('strange.jsonl'), '{"at":1}\n[]\nnull\n"x"\n{"history":2}\n');
  expect((await checked(5, 1, { history: place('strange.jsonl') })).damagedLines).toEqual([1, 2, 3, 4, 5]);
});

test('attack: processes that append at once lose no line and mix none', async () => {
  const path = place('many.jsonl');
  writeFileSync(
    place('wide.yaml'),
    `checks: [${Array.from({ length: 60 }, (_, at) => `sum(amount + ${at}) >= 0`).join(', ')}]\n`,
  );
  const script = `
    const { checkFile } = await import(${JSON.stringify(join(import.meta.dirname, '../../app/index.ts'))});
    for (let day = 1; day <= 3; day++)
      await checkFile({ path: 'SELECT ' + process.argv[2] + ' AS amount', schemaPath: null, compare: null, key: [], tolerance: 0,
        environment: null, accept: [], checksPath: ${JSON.stringify(place('wide.yaml'))}, quarantine: null,
        dataset: process.argv[2], asOf: '2026-02-0' + day, history: ${JSON.stringify(path)} });`;
  writeFileSync(place('append.mjs'), script);
  const ended = ['1', '2', '3'].map(
    (name) =>
      new Promise((resolve) =>
        spawn(process.execPath, [place('append.mjs'), name], { stdio: 'inherit' }).on('exit', resolve),
      ),
  );
  expect(await Promise.all(ended)).toEqual([0, 0, 0]);
  const { values, damaged } = await showHistory(path);
  expect(damaged).toEqual([]);
  expect(values.length).toBe(180);
  expect(values.every(({ points }) => points.length === 3)).toBe(true);
});

test.each([
  [['check', 'today.csv', '--schema', 'x.yaml', '--history', 'h.jsonl'], 'expected --checks with --history'],
  [['check', 'today.csv', '--checks', 'rows.checks.yaml', '--dataset', 'x'], 'expected --history with --dataset'],
  [['history'], "missing required argument 'files'"],
  [['history', 'rows.jsonl', 'accept'], 'expected data history FILE'],
  [['history', 'rows.jsonl', '--as', 'usual'], 'expected --as with data history accept alone'],
])('usage: data %j', (args, message) => {
  const { code, err } = data(...args);
  expect(err).toContain(message);
  expect(code).toBe(2);
});
