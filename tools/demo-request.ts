/*
 * The end of `npm run demo`: serves the package that the release made, asks it about one row of the validation part, and
 * holds the answer to what the evaluation's batch prediction said of the same row.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadConfig } from '../src/app/index.ts';
import { lastAttempts, readRun, withRecord } from '../src/app/records.ts';
import { createDuckDb, parquetSource } from '../src/tables/index.ts';

/** How far an answer of the package's ONNX model, whose numbers have 24 bits, may lie from the batch prediction. */
export const tolerance = 1e-5;
const startTimeoutMs = 60_000;

/** What the demo shows of its request. */
export interface Answered {
  readonly row: Readonly<Record<string, unknown>>;
  readonly batch: readonly number[];
  readonly served: readonly number[];
  readonly url: string;
  readonly isEqual: boolean;
}

/** Serves the latest package of an example's folder and asks it about one row. */
export async function askServed(folder: string, mlspec: string): Promise<Answered> {
  const { row: whole, scores } = await readBatchPrediction(folder);
  const child = spawn(mlspec, ['serve', '--port', '0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const { url, model } = await servedAt(child);
    const { inputs } = (await (await fetch(`${url}/v2/models/${model}`)).json()) as {
      inputs: readonly { name: string }[];
    };
    const row = Object.fromEntries(inputs.map(({ name }) => [name, whole[name]]));
    const response = await fetch(`${url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataframe_records: [row] }),
    });
    const answer = (await response.json()) as { predictions?: readonly Record<string, unknown>[] };
    const first = answer.predictions?.[0];
    if (first === undefined) throw new Error(`the server answered ${response.status}: ${JSON.stringify(answer)}`);
    const served = Object.entries(first)
      .filter(([name]) => name.startsWith('score'))
      .map(([, value]) => Number(value));
    const isEqual =
      served.length === scores.length && served.every((value, index) => Math.abs(value - scores[index]!) <= tolerance);
    return { row, batch: scores, served, url, isEqual };
  } finally {
    child.kill('SIGINT');
  }
}

/** A row of the raw validation part with the scores that the evaluation's batch prediction gave it. */
async function readBatchPrediction(folder: string): Promise<{ row: Record<string, unknown>; scores: number[] }> {
  const config = loadConfig({ env: process.env, cwd: folder });
  const scratch = mkdtempSync(join(tmpdir(), 'mlspec-demo-'));
  const engine = await createDuckDb();
  try {
    const [raw, predictions] = await withRecord(config, async (record) => {
      const evaluation = lastAttempts(await readRun(record, 'latest')).get('evaluation')!;
      const paths = [join(scratch, 'raw.parquet'), join(scratch, 'predictions.parquet')] as const;
      await record.artifacts.materialize(
        evaluation.inputs.find((input) => input.port === 'raw')!.artifact.digest,
        paths[0],
      );
      await record.artifacts.materialize(
        evaluation.outputs.find((output) => output.port === 'predictions')!.artifact.digest,
        paths[1],
      );
      return paths;
    });
    const [joined] = await engine.rows(
      `SELECT r.* EXCLUDE (__row), p.* EXCLUDE (__row) FROM ${parquetSource(raw)} r JOIN ${parquetSource(predictions)} p USING (__row) ORDER BY r.__row LIMIT 1`,
    );
    const entries = Object.entries(joined!);
    const isScore = (name: string): boolean => /^score_\d+$/.test(name);
    return {
      row: Object.fromEntries(entries.filter(([name]) => !isScore(name))),
      scores: entries.filter(([name]) => isScore(name)).map(([, value]) => Number(value)),
    };
  } finally {
    await engine.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The address and the name of the model that `mlspec serve --json` prints once it answers. */
async function servedAt(child: ChildProcess): Promise<{ url: string; model: string }> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the server was not ready in time')), startTimeoutMs);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const event = JSON.parse(line) as { type: string; url: string; model: string };
      if (event.type !== 'ready') return;
      clearTimeout(timer);
      resolve(event);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with exit code ${code}`)));
  });
}
