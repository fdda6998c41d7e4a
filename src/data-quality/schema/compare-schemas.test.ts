/** What a difference of schemas says is what happens to tables that are held to both. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import {
  type Anomaly,
  compareSchemas,
  type DataSchema,
  findAnomalies,
  profileTable,
  readSchemaFile,
} from '../index.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 1 });
});
afterAll(() => engine.close());

function schemaOf(columns: string, more = ''): DataSchema {
  return readSchemaFile(`schema: 1\n${more}\ncolumns:\n${columns}`, 'test.yaml');
}

test.each([
  ['a: {type: int64}', 'a: {type: int64}', []],
  ['a: {type: int64}', 'b: {type: int64}', ['a column removed readers', 'b column added writers']],
  ['a: {type: int64}', 'a: {type: int64}\n  b: {type: date, required: false}', ['b column added ']],
  ['a: {type: int64}', 'a: {type: float64}', ['a type laxer readers']],
  ['a: {type: timestamp}', 'a: {type: date}', ['a type stricter writers']],
  ['a: {type: string}', 'a: {type: date}', ['a type changed readers,writers']],
  ['a: {type: string}', 'a: {type: string, required: false}', ['a required laxer readers']],
  ['a: {type: string}', 'a: {type: string, nullable: true, presence: 0.5}', ['a nullable laxer readers']],
  [
    'a: {type: string, nullable: true, presence: 0.5}',
    'a: {type: string, nullable: true, presence: 0.7}',
    ['a presence stricter writers'],
  ],
  [
    'a: {type: string, nullable: true, presence: 0.5}',
    'a: {type: string, nullable: true}',
    ['a presence laxer readers'],
  ],
  ['a: {type: string, presence: 0.5}', 'a: {type: string}', []],
  [
    'a: {type: string, domain: [x, y]}',
    'a: {type: string, domain: [z, y]}',
    ['a domain stricter readers,writers', 'a domain laxer readers'],
  ],
  ['a: {type: string}', 'a: {type: string, domain: [z]}', ['a domain stricter writers']],
  [
    'a: {type: int64, min: 1, max: 5}',
    'a: {type: int64, min: 0, max: 4}',
    ['a min laxer readers', 'a max stricter writers'],
  ],
  [
    "a: {type: date, min: '2001-01-01'}",
    "a: {type: date, min: '2001-02-01', max: '2024-01-01'}",
    ['a min stricter writers', 'a max stricter writers'],
  ],
  ['a: {type: float64}', 'a: {type: float64, nan: true}', ['a nan laxer readers']],
  ['a: {type: string, format: ip}', 'a: {type: string, format: url}', ['a format changed readers,writers']],
  ['a: {type: string, unique: true}', 'a: {type: string, unique: false}', ['a unique laxer readers']],
  ['a: {type: string, unique: false}', 'a: {type: string}', []],
  ['a: {type: string}', 'a: {type: string, description: new}', ['a description changed ']],
  ['a: {type: string}', 'a: {type: string, min_present: 5}', ['a min_present stricter writers']],
  [
    'a: {type: string, distinct: {min: 2, max: 5}}',
    'a: {type: string, distinct: {min: 1, max: 4}}',
    ['a distinct.min laxer readers', 'a distinct.max stricter writers'],
  ],
  [
    'a: {type: string, domain: [x], domain_share: 0.9}',
    'a: {type: string, domain: [x]}',
    ['a domain_share stricter writers'],
  ],
  ['a: {type: string, stage: beta}', 'a: {type: string}', ['a stage changed ']],
  ['a: {type: string}', 'a: {type: string, stage: deprecated}', ['a stage laxer readers']],
  ['a: {type: string}', 'b: {type: string, stage: planned}', ['a column removed readers', 'b column added ']],
  ['a: {type: string}', 'a: {type: string, severity: warn}', ['a severity laxer readers']],
  ['a: {type: string}', 'a: {type: string, drift: {distance: psi, threshold: 0.2}}', ['a drift stricter writers']],
  ['a: {type: string, skew: 0.1}', 'a: {type: string, skew: 0.01}', ['a skew stricter writers']],
  ['a: {type: string, drift: {threshold: 0.1}}', 'a: {type: string, drift: {}}', []],
  [
    'a: {type: string, drift: {threshold: 0.2}}',
    'a: {type: string, drift: {distance: hellinger}}',
    ['a drift changed readers,writers'],
  ],
  [
    'constructor: {type: string}',
    'toString: {type: string}',
    ['constructor column removed readers', 'toString column added writers'],
  ],
])('%s becomes %s', (before, after, expected) => {
  const found = compareSchemas(schemaOf(`  ${before}`), schemaOf(`  ${after}`));
  expect(found.map(({ column, key, effect, breaks }) => `${column} ${key} ${effect} ${breaks.join()}`)).toEqual(
    expected,
  );
});

test('the table as a whole', () => {
  const found = compareSchemas(
    schemaOf('  a: {type: int64}', 'rows: {min: 5}'),
    schemaOf('  {}', 'additional: refuse'),
  );
  expect(found.map(({ column, key, effect, breaks }) => [column, key, effect, breaks.join()])).toEqual([
    [null, 'rows.min', 'laxer', 'readers'],
    [null, 'additional', 'stricter', 'writers'],
    ['a', 'column', 'removed', 'readers,writers'],
  ]);
});

test('environments, severities and ratios', () => {
  const found = compareSchemas(
    schemaOf(
      '  a: {type: int64, environments: [x]}\n  b: {type: int64}\n  c: {type: int64, environments: [x]}',
      'environments: [x, y]\nseverity: {FLOAT_TYPE_HAS_NAN: warn}',
    ),
    schemaOf(
      '  a: {type: int64, environments: [y, x]}\n  b: {type: int64, environments: [x]}\n  c: {type: int64, environments: [y]}',
      'environments: [y, x, z]\nseverity: {FLOAT_TYPE_HAS_NAN: fail, FLOAT_TYPE_HAS_INF: warn}\nrows: {min_ratio: 0.5}',
    ),
  );
  expect(found.map(({ column, key, effect, breaks }) => `${column} ${key} ${effect} ${breaks.join()}`)).toEqual([
    'null rows.min_ratio stricter writers',
    'null environments changed ',
    'null severity.FLOAT_TYPE_HAS_NAN stricter writers',
    'null severity.FLOAT_TYPE_HAS_INF laxer readers',
    'a environments stricter writers',
    'b environments laxer readers',
    'c environments changed readers,writers',
  ]);
});

const some = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const column = fc
  .record({
    type: fc.constantFrom('int64', 'float64', 'string'),
    required: fc.boolean(),
    nullable: fc.boolean(),
    presence: some(fc.constantFrom(0.25, 0.5, 1)),
    domain: some(fc.subarray([0, 1, 2, 3], { minLength: 1 })),
    min: some(fc.constantFrom(0, 1, 2)),
    max: some(fc.constantFrom(1, 2, 3)),
    nan: fc.boolean(),
    unique: some(fc.boolean()),
    distinct: some(fc.record({ min: some(fc.nat(2)), max: some(fc.integer({ min: 1, max: 3 })) })),
    min_present: some(fc.nat(3)),
    domain_share: some(fc.constantFrom(0.3, 0.5, 1)),
    stage: some(fc.constantFrom('planned', 'beta', 'production', 'deprecated')),
    severity: some(fc.constantFrom('warn', 'fail')),
  })
  .map((one) => (one.type === 'string' ? { ...one, format: undefined } : one));
const schema = fc.record({
  schema: fc.constant(1),
  rows: some(fc.record({ min: some(fc.nat(3)), max: some(fc.integer({ min: 1, max: 4 })) })),
  additional: fc.constantFrom('allow', 'warn', 'refuse'),
  columns: fc.dictionary(fc.constantFrom('a', 'b'), column, { maxKeys: 2, noNullPrototype: true }),
});
/** A schema, and another one or the same with something else in one column. */
const pair = fc
  .tuple(
    schema,
    schema,
    column,
    fc.constantFrom(
      ...(['type', 'required', 'nullable', 'presence', 'domain', 'min', 'max', 'nan', 'unique'] as const),
      ...(['distinct', 'min_present', 'domain_share', 'stage', 'severity', 'all'] as const),
    ),
  )
  .map(([one, other, how, key]) => {
    if (key === 'all') return [one, other];
    const a = { ...how, ...one.columns['a'], [key]: how[key] };
    return [one, { ...one, columns: { ...one.columns, a } }];
  });
const table = fc.record({
  names: fc.subarray(['a', 'b']),
  type: fc.constantFrom('BIGINT', 'DOUBLE', 'VARCHAR'),
  rows: fc.array(fc.array(fc.constantFrom(null, '0', '1', '2', '3'), { minLength: 2, maxLength: 2 }), {
    minLength: 1,
    maxLength: 4,
  }),
});

test('where nothing breaks writers, every table that was allowed is allowed; where nothing breaks readers, none is allowed that was not', async () => {
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(pair, fc.array(table, { minLength: 4, maxLength: 4 }), async ([one, other], tables) => {
      const [before, after] = [one, other].map((text) => readSchemaFile(JSON.stringify(text), 'random.json')) as [
        DataSchema,
        DataSchema,
      ];
      const broken = compareSchemas(before, after).flatMap(({ breaks }) => breaks);
      if (broken.includes('readers') && broken.includes('writers')) return;
      for (const { names, type, rows } of tables) {
        const list = ['0 AS z', ...names.map((name, at) => `CAST(${name}${at} AS ${type}) AS ${name}`)];
        const values = rows.map((row) => `(${row.map((value) => quoteLiteral(value)).join(', ')})`);
        const source = `(SELECT ${list.slice(names.length === 0 ? 0 : 1).join(', ')} FROM (VALUES ${values.join(', ')}) AS t(${['a', 'b'].map((name, at) => (names[at] === undefined ? `${name}_${at}` : `${names[at]}${at}`)).join(', ')}))`;
        const statistics = await profileTable(engine, source);
        const failing = async (of: DataSchema): Promise<Anomaly[]> =>
          (await findAnomalies(engine, { source, statistics, schema: of })).filter(
            ({ severity }) => severity === 'fail',
          );
        const [was, is] = [await failing(before), await failing(after)];
        // A column that the older schema does not speak of may have been sent with anything in it.
        const isKnown = names.every((name) => Object.hasOwn(before.columns, name));
        if (!broken.includes('writers') && isKnown && was.length === 0) expect(is).toEqual([]);
        // Readers do not look at columns that they do not know.
        if (!broken.includes('readers') && is.length === 0)
          expect(was.filter(({ reason }) => reason !== 'SCHEMA_NEW_COLUMN')).toEqual([]);
        if (was.length === 0 || is.length === 0) allowed++;
      }
    }),
    { numRuns: 150 },
  );
  expect(allowed).toBeGreaterThan(40);
});
