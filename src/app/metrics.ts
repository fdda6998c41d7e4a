import { PlatformError } from '../errors/index.ts';
import type { Config } from './config.ts';
import { type CrossValidated, type MeasuredInterval, readCrossValidation } from './cross-validation.ts';
import { lastAttempts, readJsonOutput, readRun, withRecord } from './records.ts';

/** A measured value with its interval, as evaluation wrote it. */
export interface EvaluatedMetric {
  readonly value: number | null;
  readonly interval: MeasuredInterval | null;
}

/** What evaluation of a run wrote. */
export interface RunMetrics {
  readonly runId: string;
  readonly on: string;
  readonly rowCount: number;
  readonly metrics: Readonly<Record<string, EvaluatedMetric>>;
  readonly baselines: Readonly<Record<string, Readonly<Record<string, EvaluatedMetric>>>>;
  readonly slices: readonly {
    readonly slice: string;
    readonly value: string;
    readonly rowCount: number;
    readonly metrics: Readonly<Record<string, EvaluatedMetric>>;
  }[];
  readonly importance: readonly { readonly feature: string; readonly drop: number; readonly metric: string }[] | null;
  /** Null where the declaration has no folds. */
  readonly folds: CrossValidated | null;
}

/** The metrics of a run. @throws PlatformError METADATA_RUN_UNKNOWN, METRICS_NOT_RECORDED */
export async function readMetrics(config: Config, name: string): Promise<RunMetrics> {
  return await withRecord(config, async (record) => {
    const run = await readRun(record, name);
    const evaluation = await readJsonOutput<Omit<RunMetrics, 'runId' | 'folds'>>(
      record,
      lastAttempts(run).get('evaluation'),
      'metrics',
    );
    if (evaluation === null)
      throw new PlatformError('METRICS_NOT_RECORDED', {
        message: `run ${run.run.id} of ${run.run.spec} ended ${run.run.state} without an evaluation`,
      });
    return { runId: run.run.id, ...evaluation, folds: await readCrossValidation(record, run) };
  });
}
