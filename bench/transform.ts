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
import type { Bench, BenchOptions, BenchResult } from './frame/bench.ts';
import { spreadOf } from './frame/spread.ts';
import { makeLargeFile, runLargeStep } from './transform/large-step.ts';

/** The transform interpreter: many rows, one row, and a file larger than the memory that there is for it. */
export const transformBench: Bench = { name: 'transform', title: 'Transform interpreter', run: measure };

const flights = join(import.meta.dirname, '..', 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');
const features: Readonly<Record<string, string>> = {
  hour: 'bucketize(hour(date), [6, 12, 18])',
  weekday: 'weekday(date)',
  month: 'month(date)',
  distance: 'standardize(log1p(distance))',
  far: 'quantile_buckets(distance, 10)',
  origin: 'vocabulary(origin, top=50)',
  destination: 'hash(destination, 100)',
  long: 'if(distance > 1000, 1, 0)',
};
const sizes = {
  full: { rows: 3_000_000, rounds: 5, largeRows: 19_000_000, limitBytes: 512 << 20, oneRow: 50_000 },
  small: { rows: 20_000, rounds: 1, largeRows: 100_000, limitBytes: 512 << 20, oneRow: 100 },
} as const;

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const size = sizes[extent];
  const engine = await createDuckDb({ threads: 1, memoryLimitBytes: 256 << 20, tempDirectory: folder });
  try {
    const source = `SELECT date, distance, origin, destination FROM ${parquetSource(flights)} LIMIT ${size.rows}`;
    const { transform, fitMs } = await learn(engine, source);
    const applied: Applied[] = [];
    for (let round = 0; round < size.rounds; round++) applied.push(await apply(engine, source, transform));
    const one = Array.from({ length: size.rounds }, () => oneRowMicroseconds(transform, size.oneRow));
    say(`a file of ${size.largeRows} rows`);
    const large = await runLargeStep(await makeLargeFile(folder, size.largeRows), folder, size.limitBytes);
    const once = (value: number) => spreadOf([value]);
    const mebibytes = (bytes: number) => once(bytes / 2 ** 20);
    const cells = 'million cells/s';
    return {
      figures: [
        {
          what: 'applied, on one core',
          unit: cells,
          spread: spreadOf(applied.map((one) => one.cells / one.applyMs / 1e3)),
          limit: { atLeast: 5 },
        },
        {
          what: 'read from Parquet and applied, on one core',
          unit: cells,
          spread: spreadOf(applied.map((one) => one.cells / one.wholeMs / 1e3)),
        },
        { what: 'fitted, reading included', unit: 's', spread: once(fitMs / 1000) },
        { what: 'one row', unit: 'µs', spread: spreadOf(one) },
        { what: 'a larger file: its size', unit: 'MiB', spread: mebibytes(large.inputBytes) },
        { what: 'a larger file: the limit of the process', unit: 'MiB', spread: mebibytes(large.limitBytes) },
        {
          what: 'a larger file: the most memory that it had',
          unit: 'MiB',
          spread: mebibytes(large.peakBytes),
          limit: { atMost: large.inputBytes / 2 ** 20 },
        },
        { what: 'a larger file: fitted, applied and written', unit: 's', spread: once(large.seconds) },
      ],
      notes: [
        `${size.rows} flights × ${Object.keys(features).length} functions; the query engine reads on one thread, the interpreter has one anyway.`,
        `The larger file: ${size.largeRows} rows × 4 random numbers, 8 functions. The transformation step of the product fits on all of it, applies to all of it and writes the result, in a process of its own that the executor ends where it takes more than its limit; the most memory is the resident size that the kernel counted.`,
      ],
    };
  } finally {
    await engine.close();
  }
}

async function learn(engine: QueryEngine, source: string): Promise<{ transform: PreparedTransform; fitMs: number }> {
  const { graph, findings } = compileTransform(features, await engine.describe(source));
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  const startedMs = monotonicMs();
  const fitted = await fitTransform(graph, () => engine.batches(source), { signal: new AbortController().signal });
  return { transform: prepareTransform(fitted), fitMs: monotonicMs() - startedMs };
}

interface Applied {
  readonly cells: number;
  readonly applyMs: number;
  readonly wholeMs: number;
}

async function apply(engine: QueryEngine, source: string, transform: PreparedTransform): Promise<Applied> {
  let applyMs = 0;
  let rows = 0;
  const startedMs = monotonicMs();
  for await (const batch of engine.batches(source)) {
    const before = monotonicMs();
    rows += transform.apply(batch).rowCount;
    applyMs += monotonicMs() - before;
  }
  return { cells: rows * Object.keys(features).length, applyMs, wholeMs: monotonicMs() - startedMs };
}

function oneRowMicroseconds(transform: PreparedTransform, times: number): number {
  const row = { date: '2001-01-06T06:30:00Z', distance: 500, origin: 'SFO', destination: 'LAX' };
  const startedMs = monotonicMs();
  for (let i = 0; i < times; i++) transform.apply(batchFromRows(transform.fitted.inputs, [row]));
  return ((monotonicMs() - startedMs) / times) * 1000;
}
