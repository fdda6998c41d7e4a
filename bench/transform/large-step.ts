import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, type JsonObject } from '../../src/encoding/index.ts';
import type { Invocation } from '../../src/pipeline/index.ts';
import { createLocalExecutor } from '../../src/pipeline/local/index.ts';
import type { TransformationParams } from '../../src/steps/transformation/plan.ts';
import { createDuckDb } from '../../src/tables/index.ts';

const programRoot = join(import.meta.dirname, '..', '..');

/** Eight functions of four numbers; two of them learn exact quantiles, which takes passes. */
const features: Readonly<Record<string, string>> = {
  a: 'standardize(a)',
  b: 'minmax(log1p(b))',
  c: 'robust_scale(c)',
  d: 'quantile_buckets(d, 10)',
  sum: 'a + b * c',
  large: 'if(d > 0.5, 1, 0)',
  bucket: 'bucketize(c, [0.25, 0.5, 0.75])',
  clipped: 'clip(exp(a), 1, 2)',
};

/** What the step did within its limit. */
export interface LargeStep {
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly limitBytes: number;
  /** The most memory that the step's process had at any time, as the kernel counted it. */
  readonly peakBytes: number;
  readonly seconds: number;
}

/** Writes a Parquet file of random numbers, which do not compress: 32 bytes a row. */
export async function makeLargeFile(folder: string, rowCount: number): Promise<string> {
  const file = join(folder, 'large.parquet');
  const engine = await createDuckDb({ threads: 1, memoryLimitBytes: 512 << 20, tempDirectory: folder });
  try {
    await engine.execute('SELECT setseed(0.5)');
    await engine.writeParquet(`SELECT random() a, random() b, random() c, random() d FROM range(${rowCount})`, file);
  } finally {
    await engine.close();
  }
  return file;
}

/**
 * Carries the transformation step out on a file, as the engine does: fits on all of it, applies to all of it, writes the
 * result; in a process of its own, which the executor ends where it takes more memory than the limit.
 * @throws Error where the step did not end well
 */
export async function runLargeStep(file: string, folder: string, limitBytes: number): Promise<LargeStep> {
  const invocation = invocationOf(file, folder, limitBytes);
  const executor = createLocalExecutor({
    stagesModule: join(programRoot, 'src', 'steps', 'index.ts'),
    nodePath: process.execPath,
    programRoot,
    baseEnv: { PATH: process.env['PATH'] ?? '' },
    python: 'python3',
  });
  const { result, durationMs } = await executor.execute(invocation, {
    signal: new AbortController().signal,
    onEvent: () => undefined,
    secrets: {},
    sealingKey: null,
    gateFiles: null,
  });
  if (result.status !== 'complete') throw new Error(`the step failed: ${JSON.stringify(result.error)}`);
  return {
    inputBytes: statSync(file).size,
    outputBytes: statSync(invocation.outputs['train']!.path).size,
    limitBytes,
    peakBytes: result.usage.peakMemoryBytes,
    seconds: durationMs / 1000,
  };
}

function invocationOf(file: string, folder: string, memoryBytes: number): Invocation {
  const root = join(folder, 'step');
  for (const name of ['outputs', 'work', 'logs']) mkdirSync(join(root, name), { recursive: true });
  const params: TransformationParams = {
    label: null,
    key: [],
    time: null,
    group: null,
    include: null,
    exclude: [],
    features,
    outliers: null,
    passthrough: false,
    parts: ['train'],
  };
  const output = (port: string, type: 'Dataset' | 'Transform', ending: string) => ({
    path: join(root, 'outputs', `${port}${ending}`),
    type,
    optional: false,
  });
  const invocation: Invocation = {
    version: 1,
    runId: 'run_bench',
    executionId: 'exe_bench',
    step: 'transformation',
    attempt: 1,
    component: { kind: 'builtin', stage: 'transformation' },
    params: params as unknown as JsonObject,
    inputs: {
      train: [
        {
          path: file,
          type: 'Dataset',
          digest: digestOf(''),
          properties: {},
          from: { step: 'splitting', port: 'train' },
        },
      ],
    },
    outputs: { train: output('train', 'Dataset', '.parquet'), transform: output('transform', 'Transform', '.json') },
    environment: { python: null, digest: null },
    projectRoot: folder,
    workDir: join(root, 'work'),
    seed: 0,
    limits: { memoryBytes },
    timeoutMs: null,
    secretNames: [],
    files: {},
    eventsPath: join(root, 'events.ndjson'),
    resultPath: join(root, 'result.json'),
  };
  writeFileSync(join(root, 'invocation.json'), JSON.stringify(invocation));
  return invocation;
}
