import type { ProjectRecord } from './project-record.ts';
import { lastAttempts, type RecordedRun, readJsonOutput } from './records.ts';

/** An interval as it was written beside what was measured. */
export interface MeasuredInterval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  readonly method: string;
}

/** A metric of a model over the folds of the training part. */
export interface FoldedMetric {
  /** Null where a fold has no value. */
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly interval: MeasuredInterval | null;
}

/** What a model was measured at on what each fold holds out, after it was trained without it. */
export interface CrossValidated {
  /** The metric by whose mean a search chose; null where none did. */
  readonly metric: string | null;
  readonly folds: readonly {
    readonly fold: number;
    readonly rowCount: number;
    readonly trainRowCount: number;
    readonly metrics: Readonly<Record<string, number | null>>;
  }[];
  readonly metrics: Readonly<Record<string, FoldedMetric>>;
}

/** What was measured on the folds of a run's model; of a search, of the trial that was chosen. Null where there are no folds. */
export async function readCrossValidation(record: ProjectRecord, run: RecordedRun): Promise<CrossValidated | null> {
  const steps = lastAttempts(run);
  return (
    (await readJsonOutput<CrossValidated>(record, steps.get('training'), 'folds')) ??
    (await readJsonOutput<CrossValidated>(record, steps.get('training/folds'), 'metrics'))
  );
}
