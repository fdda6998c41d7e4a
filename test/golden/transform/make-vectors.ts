/**
 * Writes vectors.json: for every transform function a small training table, rows, the fitted transformation and the result. Both
 * interpreters are held to the file, so that neither can change a result unnoticed. The features are the examples of the reference and
 * the edges of every function.
 *
 * node test/golden/transform/make-vectors.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ColumnType } from '../../../src/tables/index.ts';
import { batchFromRows, compileTransform, fitTransform, type Row } from '../../../src/transform/index.ts';
import { makeCase, sourceOf, type TransformCase } from '../../transform/cases.ts';

const inputs: readonly { name: string; type: ColumnType }[] = [
  { name: 'x', type: 'float64' },
  { name: 'y', type: 'float64' },
  { name: 'n', type: 'int64' },
  { name: 'b', type: 'boolean' },
  { name: 's', type: 'string' },
  { name: 'd', type: 'date' },
  { name: 't', type: 'timestamp' },
];

const train: readonly Row[] = [
  { x: 1.5, y: -2, n: 1, b: true, s: 'New York', d: '2000-02-29', t: '2000-02-29T23:59:59.999999Z' },
  { x: 0.1, y: 0, n: 2, b: false, s: 'boston', d: '1969-12-31', t: '1969-12-31T23:59:59Z' },
  { x: 100, y: 3.25, n: 2, b: true, s: 'new york', d: '2001-12-31', t: '2001-12-31T12:00:00+02:00' },
  { x: null, y: 1e-9, n: null, b: null, s: null, d: null, t: null },
  { x: Number.NaN, y: 7, n: 10, b: true, s: 'Łódź, Zürich', d: '2020-12-28', t: '2021-01-03 06:07:08' },
  { x: -4, y: 1e6, n: -3, b: false, s: 'boston', d: '2010-01-03', t: '2010-01-03T00:00Z' },
  { x: 2.5, y: 2.5, n: 5, b: true, s: '', d: '1900-03-01', t: '1900-03-01T01:02:03.5Z' },
];

const rows: readonly Row[] = [
  ...train,
  {},
  { x: -0, y: Number.POSITIVE_INFINITY, n: 0, b: true, s: 'unseen', d: '9999-12-31', t: '0001-01-01T00:00:00Z' },
  { x: Number.NEGATIVE_INFINITY, y: -1, n: 9007199254740992, b: false, s: '  ÀÉ\u2003 ', d: '0000-01-01', t: 0 },
  { x: 5e-324, y: 1.7976931348623157e308, n: -1, b: true, s: 'a|b\\c', d: 0, t: -1 },
  { x: -1, y: 710, n: 6, b: false, s: 'nan', d: '2024-02-29', t: '2024-12-30T18:30:00-05:30' },
];

const features: Record<string, Record<string, string>> = {
  arithmetic: { sum: 'x + y', difference: 'x - y', product: 'x * y', quotient: 'x / n', sign: '-x', days: "d - '2000-01-01'", seconds: 't - t' },
  shapes: { abs: 'abs(x)', sqrt: 'sqrt(x)', log: 'log(x)', log1p: 'log1p(x)', exp: 'exp(y)', clip: 'clip(x, -1, 2)', floor: 'clip(x, low=0)' },
  scales: { standardize: 'standardize(x)', minmax: 'minmax(x)', signed: 'minmax(y, -1, 1)', robust: 'robust_scale(n)', both: 'standardize(log1p(abs(x)))' },
  buckets: { few: 'bucketize(x, [0, 1.5, 100])', many: 'bucketize(n, [-9,-8,-7,-6,-5,-4,-3,-2,-1,0])', quantiles: 'quantile_buckets(x, 3)' },
  vocabularies: { all: 'vocabulary(s)', top: 'vocabulary(lower(s), top=2, oov=0)', others: 'vocabulary(s, top=1, oov=3)', numbers: 'vocabulary(n)', flags: 'vocabulary(b)', often: 'vocabulary(n, min_count=2)' },
  wide: { city: 'one_hot(lower(s), top=2, oov=2)', number: 'one_hot(n)', flag: 'one_hot(b)', day: 'one_hot(d, top=2)', words: 'tokens(s)', filled: 'impute(x, mean, indicator=true)' },
  hashes: { text: 'hash(s, 1000)', number: 'hash(x, 1000)', whole: 'hash(n, 7)', flag: 'hash(b, 2)', date: 'hash(d, 100)', time: 'hash(t, 100)', crossed: 'hash(cross(s, n, b, d), 4096)' },
  texts: { cross: 'cross(s, x, d)', lower: 'lower(s)', trim: 'trim(s)', length: 'length(s)', words: 'token_count(s)', number: 'cast(x, string)', time: 'cast(t, string)', date: 'cast(d, string)', flag: 'cast(b, string)' },
  missing: { mean: 'impute(x, mean)', median: 'impute(x, median)', mode: 'impute(s, mode)', given: "impute(s, 'none')", zero: 'impute(x, 0)', is: 'is_missing(x)', null: 's is null', first: 'coalesce(x, y, 0)' },
  dates: { year: 'year(d)', month: 'month(d)', day: 'day(d)', weekday: 'weekday(d)', day_of_year: 'day_of_year(d)', week: 'week(d)' },
  times: { year: 'year(t)', month: 'month(t)', day: 'day(t)', hour: 'hour(t)', minute: 'minute(t)', second: 'second(t)', weekday: 'weekday(t)', week: 'week(t)' },
  conditions: { less: 'x < y', most: 'x <= 1.5', more: 'n > 1', least: "s >= 'boston'", equal: "s == 'boston'", other: 'x != x', between: 'n between 1 and 5', in: "s in ['boston', '']", and: 'b and x > 0', or: 'b or x > 0', not: 'not b', if: 'if(b, x, y)', null: 'if(x > 0, n, null)', after: "t >= '2000-01-01T00:00:00Z'" },
  casts: { whole: 'cast(x, int64)', flag: 'cast(x, boolean)', number: 'cast(s, float64)', one: 'cast(b, float64)', day: 'cast(cast(t, date), float64)', start: 'cast(cast(d, timestamp), float64)', parsed: "year(cast(s, date))" },
};

async function cases(): Promise<TransformCase[]> {
  const made: TransformCase[] = [];
  const signal = new AbortController().signal;
  for (const [name, declared] of Object.entries(features)) {
    const { graph, findings } = compileTransform(declared, { fields: inputs });
    if (findings.length > 0) throw new Error(JSON.stringify(findings, null, 1));
    made.push(makeCase(name, await fitTransform(graph, sourceOf(batchFromRows(inputs, train)), { signal }), rows));
  }
  return made;
}

const path = join(import.meta.dirname, 'vectors.json');
const text = `[\n${(await cases()).map((one) => JSON.stringify(one)).join(',\n')}\n]\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error('test/golden/transform/vectors.json differs from what this interpreter gives');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, text);
}
