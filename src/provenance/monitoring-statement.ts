import { type Digest, formatInstant, type JsonObject } from '../encoding/index.ts';
import { describe, type StatementBody, statementBody } from './statement.ts';

/** `predicateType` of the statement that data of production were compared with what a model was trained on. */
export const monitoringWindowPredicateType = 'urn:mlspec:predicate:monitoring-window:v1';

/** Data of production between two instants, compared with the training part of a run. */
export interface MonitoringWindow {
  /** The run whose training part is the other side. */
  readonly run: string;
  /** The resolved declaration of that run. */
  readonly spec: { readonly name: string; readonly digest: Digest };
  /** `MODEL/VERSION` by which the run was named; null: it was named itself. */
  readonly model: string | null;
  /** The file with the data, as it was before and after it was read. */
  readonly windowDigest: Digest;
  readonly trained: {
    /** The open part `train`. */
    readonly dataset: Digest;
    /** What analysis found of it. */
    readonly profile: Digest;
    readonly rowCount: number;
  };
  readonly window: {
    readonly fromMs: number;
    /** Not in it any more. */
    readonly toMs: number;
    /** The column by which rows were taken; null: the file has none, and the bounds are as somebody said. */
    readonly timeColumn: string | null;
    readonly rowCount: number;
    /** Rows of the file outside the bounds, or without a time. */
    readonly leftOutRowCount: number;
  };
  /** How it was compared: 0 to 1, the chance that any column of equal data is called drifted. */
  readonly falseAlarmRate: number;
  /** Version of the program that compared. */
  readonly program: string;
  readonly columns: readonly {
    readonly name: string;
    readonly judgedBy: string;
    /** Null where one side has nothing to compare. */
    readonly distance: number | null;
    readonly threshold: number;
    readonly adjustedPValue: number;
    readonly drifted: boolean;
  }[];
  /** Columns that the model reads and the window does not have. */
  readonly missing: readonly string[];
  /** Columns of another type than in training, which cannot be compared. */
  readonly differentTypes: readonly string[];
  readonly atMs: number;
}

/** The statement of a window: its subject is the file with the data. No value of a row is in it. */
export function monitoringWindowStatement(monitored: MonitoringWindow): StatementBody {
  const { run, spec, model, windowDigest, trained, window, atMs } = monitored;
  const { falseAlarmRate, program, columns, missing, differentTypes } = monitored;
  const { fromMs, toMs, ...rows } = window;
  const predicate = {
    mlspec_run: run,
    ...{ spec, model, trained: { part: 'train', ...trained } },
    window: { from: formatInstant(fromMs), to: formatInstant(toMs), ...rows },
    ...{ falseAlarmRate, program, columns, missing, differentTypes },
    comparedOn: formatInstant(atMs),
  } as unknown as JsonObject;
  return statementBody([describe('window', windowDigest)], monitoringWindowPredicateType, predicate);
}
