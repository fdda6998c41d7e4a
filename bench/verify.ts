import { join } from 'node:path';
import type { Bench, BenchOptions, BenchResult, Figure } from './frame/bench.ts';
import { peakMemoryEnv, takePeakMemories } from './frame/peak-memory.ts';
import { inTurn } from './frame/processes.ts';
import { exampleAt, projectAt } from './frame/project.ts';
import { spreadOf } from './frame/spread.ts';

/** Verifying a whole release, and an artifact that no process has room for. */
export const verifyBench: Bench = { name: 'verify', title: 'Verifying a run', run: measure };

const sizes = {
  full: { example: 'flights', rounds: 15, mebibytes: 2048, largeRounds: 3 },
  small: { example: 'penguins', rounds: 1, mebibytes: 3, largeRounds: 1 },
} as const;
const heapMebibytes = 64;

async function measure(options: BenchOptions): Promise<BenchResult> {
  const { example, mebibytes } = sizes[options.extent];
  return {
    figures: [...(await measureExample(options)), ...(await measureLarge(options))],
    notes: [
      `A release of examples/${example}, with its gates and its package: every signature, every proof of the log, every artifact by its bytes, each time anew. Files are in the page cache.`,
      `The large artifact has ${mebibytes} MiB; the process that verifies it may keep ${heapMebibytes} MiB of objects.`,
    ],
  };
}

async function measureExample({ extent, folder, say }: BenchOptions): Promise<Figure[]> {
  const { example, rounds } = sizes[extent];
  const project = exampleAt(example, folder);
  say('releasing the example once');
  await project.mlspec('release', '--yes');
  const exported = join(folder, 'exported');
  await project.mlspec('export', 'latest', exported);
  say('verifying it');
  const times = await inTurn(
    { record: () => project.mlspec('verify'), export: () => project.mlspec('verify', exported) },
    rounds,
  );
  const figure = (command: string, wallMs: readonly number[]): Figure => ({
    what: `\`mlspec verify${command}\` of a release of examples/${example}`,
    unit: 's',
    spread: spreadOf(wallMs.map((ms) => ms / 1000)),
    limit: { atMost: 1 },
  });
  return [figure('', times.record), figure(' FOLDER', times.export)];
}

async function measureLarge({ extent, folder, say }: BenchOptions): Promise<Figure[]> {
  const { mebibytes, largeRounds } = sizes[extent];
  const fill = `yes 0123456789abcdef | head -c ${mebibytes * 2 ** 20} > {outputs.out}`;
  const project = projectAt(join(folder, 'large'), {
    'rows.csv': 'x,y\n1,2\n',
    'mlspec.yaml': `mlspec: 1
name: large
task: {kind: regression, label: y}
ingestion: {sources: {rows: {csv: rows.csv}}}
steps:
  fill: {command: [sh, -ec, "${fill}"], outputs: {out: Any}}
`,
  });
  await project.mlspec('run', '--until', 'steps');
  say(`an artifact of ${mebibytes} MiB is in the store`);
  const told = join(folder, 'peak-memory');
  const peaks: number[] = [];
  const times = await inTurn(
    {
      verify: async () => {
        const ran = await project.mlspecWith(peakMemoryEnv(told, heapMebibytes), 'verify');
        peaks.push(Math.max(...takePeakMemories(told)) / 2 ** 20);
        return ran;
      },
    },
    largeRounds,
  );
  const gigabytes = (mebibytes * 2 ** 20) / 1e9;
  return [
    {
      ...{ what: 'memory of `mlspec verify`, with a large artifact', unit: 'MiB', spread: spreadOf(peaks) },
      ...(extent === 'full' ? { limit: { atMost: mebibytes } } : {}),
    },
    {
      ...{ what: '`mlspec verify`, with a large artifact', unit: 'GB/s' },
      spread: spreadOf(times.verify.map((ms) => (gigabytes * 1000) / ms)),
    },
  ];
}
