import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileTable } from '../../data-quality/index.ts';
import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { createSealingKey, seal } from '../../provenance/index.ts';
import { parseSpec, type ResolvedSpec, resolveSpec } from '../../spec/index.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../../tables/index.ts';
import { type GateChecks, gateChecks } from './gate-checks.ts';
import { knownBefore } from './judge.ts';
import { checkPart, checksRoomBytes, requireSoundChecks, withChecks } from './part-checks.ts';
import { profilePart, statisticsRoomBytes, withStatistics } from './part-statistics.ts';
import type { TestingParams } from './plan.ts';

const key = createSealingKey(Buffer.alloc(32, 3));
let folder = '';
let engine: QueryEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'part-checks-'));
  engine = await createDuckDb();
  const plain = join(folder, 'plain.parquet');
  const rows = `(0, 1, 'a', DATE '2001-01-01'), (1, 2, repeat('long ', 20000), DATE '300000-01-01'), (2, 3, NULL, NULL)`;
  await engine.writeParquet(`SELECT * FROM (VALUES ${rows}) AS t(__row, x, note, day)`, plain);
  const binding = { project: 'late', part: 'test' };
  await seal({ source: plain, destination: join(folder, 'part') }, key, { binding });
  const long = join(folder, 'long.parquet');
  const texts =
    "SELECT i AS __row, i AS x, repeat('🙂', 90) || i AS note, DATE '2001-01-01' AS day FROM range(60) AS t(i)";
  await engine.writeParquet(texts, long);
  await seal({ source: long, destination: join(folder, 'long') }, key, { binding });
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

function declared(checks: string, more = ''): ResolvedSpec {
  const text = `mlspec: 1
name: late
task: {kind: binary, label: late, key: [x]}
objectives: {gates: {final: {on: test}}, require: {right: accuracy > 0.7 +/- 0.1}}
ingestion: {sources: {rows: rows.csv}}
splitting: {by: hash, parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
validation: {checks: ${checks}${more}}
testing: {gates: [final]}
`;
  const { spec, findings } = resolveSpec(parseSpec(text, { file: 'mlspec.yaml' }));
  expect(findings).toEqual([]);
  return spec!;
}

const checksOf = (checks: string, more = ''): GateChecks => gateChecks(declared(checks, more), 'test')!;

const paramsOf = (checks: GateChecks): TestingParams =>
  ({ name: 'late', gate: 'final', part: 'test', checks }) as unknown as TestingParams;

async function contextWith(tables: QueryEngine = engine, part = 'part'): Promise<StepContext> {
  const workDir = await mkdtemp(join(folder, 'work-'));
  const params = { name: 'late', gate: 'final', part: 'test' };
  const columns = [
    { name: 'x', type: 'int64' },
    { name: 'note', type: 'string' },
    { name: 'day', type: 'date' },
  ];
  const inputs = { part: [{ path: join(folder, part) }], split: [{ properties: { columns } }] };
  const { signal } = new AbortController();
  return { params, inputs, workDir, sealingKey: key, signal, tables: async () => tables } as unknown as StepContext;
}

describe('what a gate is bound to', () => {
  const one = '{that: x > 0, on: test}';
  const another = '{that: x < 9, on: [train, test], tolerance: 1%}';

  test('is the deciding checks of its part, in any order, whatever they are for', () => {
    const { decides, declared: named } = checksOf(`[${one}, ${another}, y > 0, {that: z > 0, on: train}]`);
    expect(named.map(({ that }) => that)).toEqual(['x > 0', 'x < 9']);
    expect(checksOf(`[${another}, {that: x > 0, on: test, why: it is a count}]`).decides).toBe(decides);
    expect(checksOf(`[${one}, ${another}, {that: x > 5, on: test, severity: warn}]`).decides).toBe(decides);
    for (const changed of [
      `[${one}]`,
      `[${one}, {that: x < 9, on: test}]`,
      `[${one}, {that: x < 9, on: test, tolerance: 1%, of: all}]`,
      `[${one}, {that: x < 9, on: test, tolerance: 1%, where: x > 2}]`,
    ])
      expect(checksOf(changed).decides).not.toBe(decides);
  });

  test('holds the declared moment where a deciding check asks for it', () => {
    const asking = '[{that: day <= now(), on: test}]';
    const [early, late] = [', as_of: 2024-01-01', ', as_of: 2025-01-01'];
    expect(checksOf(asking, early)).toMatchObject({ as_of: '2024-01-01' });
    expect(checksOf(asking, early).decides).not.toBe(checksOf(asking, late).decides);
    expect(checksOf(`[${one}]`, early)).toMatchObject({ as_of: null, decides: checksOf(`[${one}]`, late).decides });
  });

  test('is nothing where no check is declared for its part, or all of them only warn', () => {
    expect(gateChecks(declared('[x > 0, {sql: SELECT 1, that: value > 0}]'), 'test')).toBeNull();
    expect(checksOf('[{that: x > 0, on: test, severity: warn}]').decides).toBeNull();
  });
});

describe('checks of a sealed part', () => {
  const outcomes = async (checks: GateChecks) => {
    const checked = (await checkPart(paramsOf(checks), await contextWith()))!;
    const report = checked.report as unknown as readonly { outcome: string; failingCount: number; message: string }[];
    return { holds: checked.holds, report };
  };

  test('that cannot be carried out are found from the columns of the split; the part is not opened', async () => {
    const checks = checksOf(
      `[{that: nope > 1, on: test}, {that: x > 0, on: test}, {that: "note matches '['", on: test}, {that: x matches 'a', on: test}]`,
    );
    const context = { ...(await contextWith()), sealingKey: null };
    const refused = await requireSoundChecks(paramsOf(checks), context).then(
      () => null,
      (error: PlatformError) => error,
    );
    expect(refused).toMatchObject({
      code: 'GATE_CHECK_BROKEN',
      details: { gate: 'final', checks: ['nope > 1', "note matches '['", "x matches 'a'"] },
    });
    expect(refused!.message).toMatch(/^gate final: .*there is no column nope.*takes a string.*no use was spent$/s);
    await requireSoundChecks(paramsOf(checksOf('[{that: x > 0, on: test}, {that: __row >= 0, on: test}]')), context);
  });

  test('hold or fail together, and their counts are for the owner', async () => {
    const found = await outcomes(checksOf('[{that: x > 1, on: test}, {that: x > 2, on: test, severity: warn}]'));
    expect(found).toMatchObject({
      holds: false,
      report: [
        { that: 'x > 1', outcome: 'failed', rowCount: 3, failingCount: 1 },
        { that: 'x > 2', outcome: 'failed', severity: 'warn', failingCount: 2 },
      ],
    });
    expect((await outcomes(checksOf('[{that: x > 2, on: test, severity: warn}]'))).holds).toBe(true);
    expect(found.report.every((one) => !('examples' in one))).toBe(true);
  });

  test('that a value breaks fail, as any other: which words there were is for the owner', async () => {
    const { holds, report } = await outcomes(
      checksOf("[{that: day > '2000-01-01', on: test}, {that: x > 0, on: test}]"),
    );
    expect([holds, ...report.map(({ outcome }) => outcome)]).toEqual([false, 'broken', 'passed']);
  });

  test('end in an error where something around them is to blame: the rows are not', async () => {
    const broken: QueryEngine = {
      ...engine,
      describe: (sql) => engine.describe(sql),
      rows: async () => {
        throw new PlatformError('TABLE_DISK_FULL', { message: 'no space' });
      },
    };
    const part = checkPart(paramsOf(checksOf('[{that: x > 0, on: test}]')), await contextWith(broken));
    await expect(part).rejects.toMatchObject({ code: 'TABLE_DISK_FULL' });
  });

  test('never need more room than their declaration gives them', async () => {
    const why = 'ä'.repeat(3000);
    const checks = checksOf(
      `[{that: "most_frequent(note) == 'a'", on: test}, {that: max(note) == 'a', on: test, why: ${why}}, {that: x > 1, on: test, why: ${why}}]`,
    );
    const { report } = await outcomes(checks);
    const bytes = Buffer.byteLength(canonicalJson(report as unknown as JsonValue));
    expect(bytes).toBeLessThanOrEqual(checksRoomBytes(checks) + 2);
    expect(report[1]!.message).toBe('what was measured is too long to be kept');
    expect(report[2]!.message).toContain(why);
  });

  test('make a gate fail, and never pass', async () => {
    const checked = { holds: false, report: [] };
    expect(withChecks(knownBefore('pass'), checked)).toEqual({
      bit: 'fail',
      report: { bit: 'fail', clauses: null, checks: [] },
    });
    expect(withChecks(knownBefore('fail'), { ...checked, holds: true }).bit).toBe('fail');
    expect(withChecks(knownBefore('pass'), { ...checked, holds: true }).bit).toBe('pass');
    expect(withChecks(knownBefore('pass'), null)).toEqual(knownBefore('pass'));
  });
});

describe('statistics of a sealed part', () => {
  const params = { gate: 'final', profile: true } as unknown as TestingParams;

  test('are those of analysis, as far as there is room for frequent values', async () => {
    const found = await profilePart(params, await contextWith());
    expect(found).toEqual(await profileTable(engine, parquetSource(join(folder, 'plain.parquet'))));
    const whole = await profileTable(engine, parquetSource(join(folder, 'long.parquet')));
    const cut = (await profilePart(params, await contextWith(engine, 'long'))) as unknown as typeof whole;
    const [, note] = whole.columns;
    expect(note!.top).toHaveLength(60);
    const shown = cut.columns[1]!.top.length;
    expect(shown).toBeGreaterThan(5);
    expect(cut.columns[1]).toEqual({ ...note!, top: note!.top.slice(0, shown) });
    const bytes = Buffer.byteLength(canonicalJson(cut as unknown as JsonValue));
    expect(bytes).toBeLessThanOrEqual(statisticsRoomBytes(params, await contextWith()));
    expect(Buffer.byteLength(canonicalJson(note! as unknown as JsonValue))).toBeGreaterThan(8192 + 4);
  });

  test('decide nothing: what goes wrong with them is told to the owner in their place', async () => {
    const broken: QueryEngine = {
      ...engine,
      describe: async () => {
        throw new PlatformError('TABLE_OUT_OF_MEMORY', { message: 'row 7 is too long' });
      },
      rows: (sql, options) => engine.rows(sql, options),
    };
    const found = await profilePart(params, await contextWith(broken));
    expect(found).toEqual({ failure: { code: 'TABLE_OUT_OF_MEMORY', message: 'row 7 is too long' } });
    expect(withStatistics(knownBefore('pass'), found)).toMatchObject({ bit: 'pass', report: { statistics: found } });
    expect(withStatistics(knownBefore('pass'), null)).toEqual(knownBefore('pass'));
  });

  test('are not made where nobody wants them', async () => {
    const none = { gate: 'final' } as unknown as TestingParams;
    expect([await profilePart(none, await contextWith()), statisticsRoomBytes(none, await contextWith())]).toEqual([
      null,
      0,
    ]);
  });
});
