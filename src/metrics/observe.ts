/** From tables of predictions and labels to what metrics are computed from. */
import { PlatformError } from '../errors/index.ts';
import type { Column } from '../tables/index.ts';
import { costMatrix, type DeclaredCost } from './cost-matrix.ts';
import type { ClassObservations, NumberObservations, Observations, RankingObservations } from './observations.ts';
import { highestClass } from './score-metrics.ts';

/** The part of a task that decides how predictions are read. */
export interface TaskFacts {
  readonly kind: string;
  readonly threshold: number | null;
  readonly positive: unknown;
  readonly classes: readonly (string | number | boolean)[] | null;
}

/** Predictions and labels of the same rows, as columns of equal length. */
export interface PredictedColumns {
  /** The true labels. */
  readonly label: Column;
  /** What was predicted, where the model gives no scores. */
  readonly prediction: Column | null;
  /** One column of scores a class of the model. */
  readonly scores: readonly Column[];
  /** The query of each row, for ranking. */
  readonly group: Column | null;
  readonly rowCount: number;
}

/** How a model's answers are to be read. */
export interface ReadingOptions {
  readonly task: TaskFacts;
  /** The classes of the model, in the order of its scores; null where it names none. */
  readonly modelClasses: readonly (string | number | boolean)[] | null;
  readonly costs: Readonly<Record<string, DeclaredCost>>;
}

/**
 * The observations of a task. Metrics are thus never computed from missing, infinite or NaN values, nor from scores that
 * are no probabilities; what they are with one class only, ties or few rows is said of each.
 * @throws PlatformError METRIC_UNKNOWN_CLASS, METRIC_BAD_COST, METRIC_BAD_VALUE, METRIC_NO_ANSWER
 */
export function observe(columns: PredictedColumns, options: ReadingOptions): Observations {
  const { kind } = options.task;
  if (columns.prediction === null && columns.scores.length === 0) {
    throw new PlatformError('METRIC_NO_ANSWER', {
      message: 'expected a column prediction, or score_0, score_1, … one a class, found neither',
    });
  }
  if (kind === 'regression') return observeNumbers(columns);
  if (kind === 'ranking') return observeRanking(columns);
  return observeClasses(columns, options);
}

function observeNumbers(columns: PredictedColumns): NumberObservations {
  const predicted = columns.prediction ?? columns.scores.at(-1)!;
  return {
    kind: 'numbers',
    rowCount: columns.rowCount,
    actual: numbersOf(columns.label, columns.rowCount, { what: 'labels' }),
    predicted: numbersOf(predicted, columns.rowCount, { what: 'predictions' }),
    weights: null,
  };
}

function observeRanking(columns: PredictedColumns): RankingObservations {
  const queries = new Map<unknown, number>();
  const query = Int32Array.from({ length: columns.rowCount }, (_, row) => {
    const value = columns.group === null ? 0 : cellOf(columns.group, row);
    const known = queries.get(value) ?? queries.size;
    queries.set(value, known);
    return known;
  });
  const scores = columns.prediction ?? columns.scores.at(-1)!;
  return {
    kind: 'ranking',
    rowCount: columns.rowCount,
    relevance: numbersOf(columns.label, columns.rowCount, { what: 'labels, for ranking,', low: 0 }),
    scores: numbersOf(scores, columns.rowCount, { what: 'scores' }),
    query,
    queryCount: queries.size,
  };
}

const probabilities = { what: 'scores of classes', low: 0, high: 1 };

function observeClasses(columns: PredictedColumns, options: ReadingOptions): ClassObservations {
  const { classes, order } = orderedClasses(columns, options);
  const unseen = options.task.kind === 'multiclass' ? unseenLabels(columns, classes) : [];
  const scores =
    columns.scores.length === 0
      ? null
      : [
          ...order.map((index) => numbersOf(columns.scores[index]!, columns.rowCount, probabilities)),
          ...unseen.map(() => new Float64Array(columns.rowCount)),
        ];
  const all = [...classes, ...unseen];
  const indexes = new Map(all.map((value, index) => [String(value), index]));
  const predicted =
    scores === null ? classIndexes(columns.prediction!, columns.rowCount, indexes) : chosen(scores, options.task);
  return {
    kind: 'classes',
    rowCount: columns.rowCount,
    actual: classIndexes(columns.label, columns.rowCount, indexes),
    predicted,
    scores,
    classes: all,
    weights: null,
    costs: costMatrix(options.costs, all),
  };
}

/** The classes, and for each the place of its score; in a binary task the positive one last. */
function orderedClasses(
  columns: PredictedColumns,
  options: ReadingOptions,
): { classes: (string | number | boolean)[]; order: number[] } {
  const { task, modelClasses } = options;
  const found = modelClasses ?? task.classes ?? (task.kind === 'binary' ? [false, true] : distinctLabels(columns));
  const classes = [...found];
  if (columns.scores.length > 0 && columns.scores.length !== classes.length) {
    throw new PlatformError('METRIC_NO_ANSWER', {
      message: `expected a column of scores for each of the ${classes.length} classes ${classes.join(', ')}, found ${columns.scores.length}`,
    });
  }
  const order = classes.map((_, index) => index);
  const isReversed =
    classes.length === 2 &&
    task.kind === 'binary' &&
    task.positive !== null &&
    task.positive !== undefined &&
    String(classes[0]) === String(task.positive);
  return isReversed ? { classes: classes.reverse(), order: order.reverse() } : { classes, order };
}

/** Labels that are no class of the model: answers that it cannot give, with scores of 0. */
function unseenLabels(
  columns: PredictedColumns,
  classes: readonly (string | number | boolean)[],
): (string | number | boolean)[] {
  const known = new Set(classes.map(String));
  return distinctLabels(columns).filter((label) => !known.has(String(label)));
}

function distinctLabels(columns: PredictedColumns): (string | number | boolean)[] {
  const values = new Set<string | number | boolean>();
  for (let row = 0; row < columns.rowCount; row++) {
    const value = cellOf(columns.label, row);
    if (value !== null) values.add(value);
  }
  return [...values].sort((a, b) => (String(a) < String(b) ? -1 : 1));
}

/** The class with the highest score (ties: the first); in a binary task the positive one from the threshold on. */
function chosen(scores: readonly Float64Array[], task: TaskFacts): Int32Array {
  const threshold = task.threshold ?? 0.5;
  if (scores.length === 2) return Int32Array.from(scores[1]!, (score) => (score >= threshold ? 1 : 0));
  return Int32Array.from(scores[0]!, (_, row) => highestClass(scores, row));
}

function classIndexes(column: Column, rowCount: number, indexes: ReadonlyMap<string, number>): Int32Array {
  const known = new Map<number | string | boolean | null, number>();
  return Int32Array.from({ length: rowCount }, (_, row) => {
    const value = cellOf(column, row);
    const index = known.get(value) ?? indexes.get(String(value)) ?? booleanIndex(value, indexes);
    if (index !== undefined) {
      known.set(value, index);
      return index;
    }
    throw new PlatformError('METRIC_UNKNOWN_CLASS', {
      message: `expected one of the classes ${[...indexes.keys()].join(', ')}, found ${JSON.stringify(value)} in row ${row}`,
    });
  });
}

/** The value of a row; null where it is missing. Of its own, so that planning with metrics loads no query engine. */
function cellOf(column: Column, row: number): number | string | boolean | null {
  if (column.valid?.[row] === 0) return null;
  return column.type === 'boolean' ? column.values[row] === 1 : (column.values[row] ?? null);
}

/** 0 and 1 for false and true, either way. */
function booleanIndex(
  value: number | string | boolean | null,
  indexes: ReadonlyMap<string, number>,
): number | undefined {
  if (typeof value === 'boolean') return indexes.get(value ? '1' : '0');
  return value === 1 || value === 0 ? indexes.get(value === 1 ? 'true' : 'false') : undefined;
}

interface Allowed {
  readonly what: string;
  readonly low?: number;
  readonly high?: number;
}

/** How far a score may lie outside of what it can be: what rounding in float32 makes of a probability. */
const rounding = 1e-6;

/** The values of a column, every one finite and within its range. */
function numbersOf(column: Column, rowCount: number, allowed: Allowed): Float64Array {
  const isPlain = column.type !== 'string' && column.type !== 'boolean' && column.valid === null;
  const values = isPlain ? column.values : looseNumbers(column, rowCount);
  const low = (allowed.low ?? -Number.MAX_VALUE) - rounding;
  const high = (allowed.high ?? Number.MAX_VALUE) + rounding;
  let bad = 0;
  let first = -1;
  for (let row = 0; row < rowCount; row++) {
    const value = values[row]!;
    if (value >= low && value <= high) continue;
    bad++;
    if (first < 0) first = row;
  }
  if (bad === 0) return values;
  const range =
    allowed.high === undefined
      ? allowed.low === undefined
        ? ''
        : ` from ${allowed.low} on`
      : ` from ${allowed.low} to ${allowed.high}`;
  throw new PlatformError('METRIC_BAD_VALUE', {
    message: `expected ${allowed.what} to be finite numbers${range}, found ${cellOf(column, first)} in row ${first}${bad > 1 ? ` and ${bad - 1} more` : ''}`,
    details: { rows: bad, first },
  });
}

function looseNumbers(column: Column, rowCount: number): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, row) => {
    const value = cellOf(column, row);
    return value === null || value === '' ? Number.NaN : Number(value);
  });
}
