/**
 * The transform interpreter: 3,000,000 flights × 8 functions on one core, and one row at a time. The target is 5,000,000
 * cells a second. Reading the Parquet file is in `wholeSeconds` and not in `applySeconds`; memory is the highest resident size
 * seen after a batch.
 *
 * With `--large` a Parquet file of 40,000,000 rows of random numbers (over 1 GiB, which does not compress) is made first, and the
 * engine is given 256 MiB: resident memory stays a fraction of the file.
 *
 * node bench/transform.ts [--large] [file.parquet]   prints a table on stderr and JSON on stdout
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicMs } from '../src/encoding/index.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../src/tables/index.ts';
import {
  batchFromRows,
  compileTransform,
  fitTransform,
  type PreparedTransform,
  prepareTransform,
} from '../src/transform/index.ts';

const target = 5_000_000;
const large = process.argv.includes('--large');
const given = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
const flights = join(import.meta.dirname, '..', 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');

const flightFeatures = {
  hour: 'bucketize(hour(date), [6, 12, 18])',
  weekday: 'weekday(date)',
  month: 'month(date)',
  distance: 'standardize(log1p(distance))',
  far: 'quantile_buckets(distance, 10)',
  origin: 'vocabulary(origin, top=50)',
  destination: 'hash(destination, 100)',
  long: 'if(distance > 1000, 1, 0)',
};
const numberFeatures = {
  a: 'standardize(a)',
  b: 'minmax(log1p(b))',
  c: 'robust_scale(c)',
  d: 'quantile_buckets(d, 10)',
  sum: 'a + b * c',
  large: 'if(d > 0.5, 1, 0)',
  bucket: 'bucketize(c, [0.25, 0.5, 0.75])',
  clipped: 'clip(exp(a), 1, 2)',
};
const features: Record<string, string> = large ? numberFeatures : flightFeatures;

const folder = await mkdtemp(join(tmpdir(), 'bench-transform-'));
const engine = await createDuckDb({ threads: 1, memoryLimitBytes: 256 * 1024 * 1024, tempDirectory: folder });
try {
  const file = given ?? (large ? await makeLarge(engine) : flights);
  await measure(engine, file);
} finally {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
}

async function makeLarge(writer: QueryEngine): Promise<string> {
  const file = join(folder, 'large.parquet');
  await writer.execute('SELECT setseed(0.5)');
  await writer.writeParquet('SELECT random() a, random() b, random() c, random() d FROM range(40000000)', file);
  return file;
}

async function measure(reader: QueryEngine, file: string): Promise<void> {
  const columns = large ? '*' : 'date, distance, origin, destination';
  const source = `SELECT ${columns} FROM ${parquetSource(file)}`;
  const { graph, findings } = compileTransform(features, await reader.describe(source));
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  let peakBytes = process.memoryUsage().rss;
  const watch = () => {
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
  };
  const fitStarted = monotonicMs();
  const signal = new AbortController().signal;
  const fitted = await fitTransform(graph, () => reader.batches(source), { signal, onProgress: watch });
  const fitSeconds = seconds(monotonicMs() - fitStarted);
  const transform = prepareTransform(fitted);
  let applyMs = 0;
  let rows = 0;
  const started = monotonicMs();
  for await (const batch of reader.batches(source)) {
    const before = monotonicMs();
    rows += transform.apply(batch).rowCount;
    applyMs += monotonicMs() - before;
    watch();
  }
  const wholeMs = monotonicMs() - started;
  const cells = rows * Object.keys(features).length;
  report({
    bench: large ? 'transform-large' : 'transform',
    rows,
    functions: Object.keys(features).length,
    cellsPerSecond: Math.round((cells / applyMs) * 1000),
    cellsPerSecondWithReading: Math.round((cells / wholeMs) * 1000),
    targetCellsPerSecond: target,
    applySeconds: seconds(applyMs),
    wholeSeconds: seconds(wholeMs),
    fitSeconds,
    ...(large ? {} : { oneRowMicroseconds: oneRowMicroseconds(transform) }),
    peakResidentMiB: Math.round(peakBytes / 1048576),
    inputFileMiB: Math.round((await stat(file)).size / 1048576),
    engineMemoryMiB: 256,
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    met: (cells / applyMs) * 1000 >= target,
  });
}

function oneRowMicroseconds(transform: PreparedTransform): number {
  const row = { date: '2001-01-06T06:30:00Z', distance: 500, origin: 'SFO', destination: 'LAX' };
  const repeats = 50_000;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const started = monotonicMs();
    for (let i = 0; i < repeats; i++) transform.apply(batchFromRows(transform.fitted.inputs, [row]));
    best = Math.min(best, (monotonicMs() - started) / repeats);
  }
  return Math.round(best * 100_000) / 100;
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

function report(result: Record<string, string | number | boolean>): void {
  for (const [name, value] of Object.entries(result)) console.error(`${name.padEnd(28)} ${value}`);
  console.log(JSON.stringify(result));
}
