import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLargeTable } from './data/tables.ts';
import type { Bench, BenchOptions, BenchResult } from './frame/bench.ts';
import { peakMemoryEnv, takePeakMemories } from './frame/peak-memory.ts';
import { projectAt } from './frame/project.ts';
import { spreadOf } from './frame/spread.ts';

/** The statistics of a table that does not fit into the memory which is given. It takes minutes and gigabytes of disk, so it runs only where it is named. */
export const largeTableBench: Bench = {
  name: 'large-table',
  title: 'A table larger than memory',
  onlyNamed: true,
  run: measure,
};

const sizes = { full: { flights: 3_000_000, repeats: 100 }, small: { flights: 5_000, repeats: 10 } } as const;
const memoryBytes = 4e9;

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const { repeats } = sizes[extent];
  const made = await makeLargeTable(join(folder, 'large.parquet'), sizes[extent]);
  say('the table is made');
  const project = projectAt(join(folder, 'project'), { 'README.md': 'no project is needed' });
  const [peaks, profile] = [join(project.root, 'peaks'), join(project.root, 'profile.json')];
  const { wallMs } = await project.mlspecWith(
    peakMemoryEnv(peaks),
    ...['data', 'profile', join(folder, 'large.parquet'), '--memory', `${memoryBytes / 1e9} GB`, '--out', profile],
  );
  // What was told is of the whole table.
  const { rowCount } = statisticsIn(profile);
  if (rowCount !== made.rows) throw new Error(`expected statistics of ${made.rows} rows, found ${rowCount}`);
  const held = takePeakMemories(peaks);
  const gigabytes = (bytes: number): number => bytes / 1e9;
  return {
    figures: [
      {
        what: `memory of \`mlspec data profile --memory "4 GB"\` of ${made.rows} rows, both processes`,
        unit: 'GB',
        spread: spreadOf([gigabytes(held.reduce((sum, bytes) => sum + bytes, 0))]),
        limit: { atMost: gigabytes(memoryBytes) },
      },
      { what: `\`mlspec data profile\` of ${made.rows} rows`, unit: 's', spread: spreadOf([wallMs / 1000]) },
      { what: 'the table on the disk', unit: 'GB', spread: spreadOf([gigabytes(made.bytes)]) },
    ],
    notes: [
      `The flights ${repeats} times, each time half a year later, as one Parquet file of DuckDB: five columns, ${made.times} different times.`,
      'Statistics are exact, quantiles and numbers of different values among them. The memory is what the kernel counted of each process at its highest, added up.',
    ],
  };
}

function statisticsIn(path: string): { readonly rowCount: number } {
  return (JSON.parse(readFileSync(path, 'utf8')) as { statistics: { rowCount: number } }).statistics;
}
