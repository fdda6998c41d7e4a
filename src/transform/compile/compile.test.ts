import { expect, test } from 'vitest';
import type { ColumnType } from '../../tables/index.ts';
import { transformFunctions } from '../functions/table.ts';
import { compileTransform } from './compile.ts';

const types: Readonly<Record<string, ColumnType>> = {
  date: 'timestamp',
  day: 'date',
  delay: 'int64',
  distance: 'float64',
  late: 'boolean',
  origin: 'string',
};
const schema = { fields: Object.entries(types).map(([name, type]) => ({ name, type })) };

function errorsOf(expression: string): readonly { rule: string; message: string; suggestion?: string }[] {
  return compileTransform({ f: expression }, schema).findings.filter((finding) => finding.severity === 'error');
}

test('features know the columns that they came from', () => {
  const { graph, findings } = compileTransform(
    {
      hour: 'bucketize(hour(date), [6, 12, 18])',
      route: 'hash(cross(origin, day), 500)',
      both: 'distance * 2 + delay',
    },
    schema,
  );
  expect(findings).toEqual([]);
  expect(graph.features.map(({ feature, sources }) => [feature, sources])).toEqual([
    ['hour', ['date']],
    ['route', ['day', 'origin']],
    ['both', ['delay', 'distance']],
  ]);
  expect(graph.inputs.map((input) => input.name)).toEqual(['date', 'day', 'delay', 'distance', 'origin']);
});

test('equal parts of features are computed once', () => {
  const { graph } = compileTransform({ a: 'standardize(log1p(distance))', b: 'minmax(log1p(distance))' }, schema);
  expect(graph.nodes.filter((node) => node.op === 'log1p')).toHaveLength(1);
  expect(graph.nodes.filter((node) => node.op === 'input')).toHaveLength(1);
});

test('results have types', () => {
  const typeOf = (expression: string) => {
    const { graph } = compileTransform({ f: expression }, schema);
    return graph.nodes[graph.features[0]!.node]!.type;
  };
  expect(typeOf('distance')).toBe('float64');
  expect(typeOf('delay')).toBe('int64');
  expect(typeOf('delay + 1')).toBe('float64');
  expect(typeOf('impute(delay, mode)')).toBe('int64');
  expect(typeOf('impute(delay, mean)')).toBe('float64');
  expect(typeOf('impute(delay, 0.5)')).toBe('float64');
  expect(typeOf('if(late, delay, distance)')).toBe('float64');
  expect(typeOf('if(late, null, origin)')).toBe('string');
  expect(typeOf('lower(origin)')).toBe('string');
  expect(typeOf('late')).toBe('boolean');
  expect(typeOf("day >= '2001-01-01'")).toBe('boolean');
});

test.each([
  ['standardise(distance)', 'expression/unknown-function', 'standardize'],
  ['log1p(distanse)', 'expression/unknown-name', 'distance'],
  ['standardize(origin)', 'expression/type-mismatch', 'cast(…, float64), or vocabulary(…) for categories'],
  ['hour(day)', 'expression/type-mismatch', 'the column has days only'],
  ['hour(origin)', 'expression/type-mismatch', 'cast(…, timestamp)'],
  ['clip()', 'expression/missing-argument', 'clip(distance, 0, high=3000)'],
  ['clip(distance, 1, 2, 3)', 'expression/too-many-arguments', undefined],
  ['clip(distance, lo=1)', 'expression/unknown-argument', 'low='],
  ['clip(distance, 1, low=2)', 'expression/repeated-argument', undefined],
  ['clip(distance, delay)', 'expression/not-constant', undefined],
  ['bucketize(distance, [3, 2])', 'expression/bad-argument', undefined],
  ['bucketize(distance, [])', 'expression/bad-argument', undefined],
  ['quantile_buckets(distance, 1)', 'expression/bad-argument', undefined],
  ['hash(origin, 0)', 'expression/bad-argument', undefined],
  ['hash(origin, 2.5)', 'expression/bad-argument', undefined],
  ["impute(distance, 'mean')", 'expression/type-mismatch', 'mean, median and mode are written without quotes'],
  ['impute(origin, mean)', 'expression/type-mismatch', 'mode'],
  ['impute(distance, delay)', 'expression/bad-argument', 'coalesce(x, y) fills from another column'],
  ['standardize(one_hot(origin))', 'expression/not-allowed-here', undefined],
  ['impute(distance, 0, indicator=true) + 1', 'expression/not-allowed-here', undefined],
  ['if(distance, 1, 2)', 'expression/type-mismatch', undefined],
  ['if(late, 1, origin)', 'expression/type-mismatch', 'cast(…, string) or cast(…, float64)'],
  ['if(late, null, null)', 'expression/type-mismatch', undefined],
  ['origin + 1', 'expression/type-mismatch', undefined],
  ['origin < 3', 'expression/type-mismatch', undefined],
  ["day == 'yesterday'", 'expression/bad-argument', undefined],
  ['origin in [1, 2]', 'expression/type-mismatch', undefined],
  ['delay in origin', 'expression/not-constant', undefined],
  ["origin matches 'S.*'", 'expression/not-allowed-here', "sql('regexp_matches(…)', type=boolean)"],
  ['cast(distance, decimal)', 'expression/bad-argument', undefined],
  ['cast(distance, date)', 'expression/type-mismatch', undefined],
  ['date', 'expression/type-mismatch', 'take its parts (hour, weekday, month …), or cast(…, float64)'],
  ['null', 'expression/not-allowed-here', undefined],
  ['not distance', 'expression/type-mismatch', undefined],
  ['distance and late', 'expression/type-mismatch', undefined],
  ['recall by origin', 'expression/not-allowed-here', undefined],
  ['log1p(', 'expression/unexpected-token', undefined],
  ["sql('distance; drop table x')", 'expression/bad-argument', undefined],
])('%s is a finding', (expression, rule, suggestion) => {
  const [finding] = errorsOf(expression);
  expect(finding?.rule).toBe(rule);
  if (suggestion !== undefined) expect(finding?.suggestion).toBe(suggestion);
});

test('all findings come at once, with the place marked', () => {
  const { findings, graph } = compileTransform({ a: 'log(origin)', b: 'log(distance)', c: 'log(distnce)' }, schema);
  expect(findings.map((finding) => finding.path)).toEqual([
    ['transformation', 'a'],
    ['transformation', 'c'],
  ]);
  expect(findings[0]!.frame).toBe('log(origin)\n    ^^^^^^');
  expect(graph.features.map((feature) => feature.feature)).toEqual(['b']);
});

test('forbidden columns are refused, in sql() too', () => {
  const options = { forbidden: { delay: 'features.exclude hides it' } };
  for (const expression of ['delay > 15', "sql('Delay + 1')", `sql('"delay" + 1')`]) {
    const { findings } = compileTransform({ f: expression }, schema, options);
    expect(findings[0]).toMatchObject({ rule: 'transform/forbidden-column', severity: 'error' });
  }
  expect(compileTransform({ f: "sql('length(''delay'')')" }, schema, options).graph.features).toHaveLength(1);
});

test('sql() makes a prepared column, its lineage, and a warning', () => {
  const { graph, findings } = compileTransform(
    { a: "sql('distance % 100')", b: "log1p(sql('distance % 100'))" },
    schema,
  );
  expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
    ['transform/needs-duckdb', 'warning'],
    ['transform/needs-duckdb', 'warning'],
  ]);
  const columns = [{ name: 'distance', type: 'float64' }];
  expect(graph.prepared).toEqual([{ name: '__sql_0', sql: 'distance % 100', type: 'float64', columns }]);
  expect(graph.features.map((feature) => feature.sources)).toEqual([['distance'], ['distance']]);
  expect(graph.inputs).toEqual([]);
});

test('rules for outliers are checked', () => {
  const compiled = (rule: string, column = 'distance') =>
    compileTransform({ f: 'distance' }, schema, { outliers: { [column]: rule } });
  expect(compiled('tukey(3)').graph.outliers).toEqual([{ column: 'distance', method: 'tukey', parameters: [3] }]);
  expect(compiled('range(-1, 5)').graph.outliers[0]!.parameters).toEqual([-1, 5]);
  for (const wrong of ['tukey(0)', 'tukey()', 'quantiles(0.9, 0.1)', 'range(2)', 'mad(3)', '3']) {
    expect(compiled(wrong).findings, wrong).toHaveLength(1);
  }
  expect(compiled('tukey(3)', 'origin').findings[0]!.rule).toBe('expression/type-mismatch');
  expect(compiled('tukey(3)', 'distanc').findings[0]!.suggestion).toBe('distance');
});

test('the examples of the reference compile', () => {
  const columns: Record<string, ColumnType> = {
    ...types,
    destination: 'string',
    carrier: 'string',
    tail_number: 'string',
    description: 'string',
    name: 'string',
    code: 'int64',
  };
  const fields = Object.entries(columns).map(([name, type]) => ({ name, type }));
  for (const { name, example } of transformFunctions) {
    const { findings } = compileTransform({ [name]: example }, { fields });
    expect(
      findings.filter((finding) => finding.severity === 'error'),
      example,
    ).toEqual([]);
  }
});
