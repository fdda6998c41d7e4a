import { holmAdjusted } from '../../stats/index.ts';
import type { Field, QueryEngine } from '../../tables/index.ts';
import { isOrdered } from '../column-sql.ts';
import { type ColumnStates, statesOfRows } from '../column-states.ts';
import type { Partition } from '../in-partitions.ts';
import { countColumn } from './column-counts.ts';
import { defaultThresholds, type MeasuredColumn, measureColumn, needsOrder } from './compare-column.ts';
import type { ColumnDrift, DriftDistance, TableDrift } from './drift.ts';

const defaultFalseAlarmRate = 0.01;

/** How a column is judged. */
export interface DriftRule {
  readonly distance: DriftDistance;
  /** Default that of the distance. */
  readonly threshold?: number | undefined;
}

/** How two datasets are compared. */
export interface DriftOptions {
  /** By which distance columns are judged; default psi. Where it needs an order, columns without one are judged by psi. */
  readonly distance?: DriftDistance;
  /** A distance below it is no drift; default that of the distance, for every column. */
  readonly threshold?: number;
  /** Columns that are judged in another way. */
  readonly rules?: ReadonlyMap<string, DriftRule>;
  /** The chance, 0 to 1, that any column of equal data is called drifted; default 1 %. */
  readonly falseAlarmRate?: number;
  /** The columns that are compared; default all but those beginning with `__`. */
  readonly columns?: ReadonlySet<string>;
  /** Called before each column: how many are done, of how many. */
  readonly onProgress?: (doneCount: number, columnCount: number) => void;
  readonly signal?: AbortSignal;
}

/** Two sources: each a table or a query in parentheses. */
export interface ComparedTables {
  readonly reference: string;
  readonly current: string;
}

/** Compares two datasets column by column, as `compareStates` does. */
export async function compareTables(
  engine: QueryEngine,
  tables: ComparedTables,
  options: DriftOptions = {},
): Promise<TableDrift> {
  return await compareStates(
    engine,
    {
      reference: await statesOfRows(engine, tables.reference, options),
      current: await statesOfRows(engine, tables.current, options),
    },
    options,
  );
}

/**
 * Compares two datasets column by column. A column is called drifted where its test, adjusted over all columns, is at most the
 * false-alarm rate and its distance reaches the threshold. Columns that one side lacks, and those of different types, are
 * named and not compared; whole numbers and floats are one type.
 */
export async function compareStates(
  engine: QueryEngine,
  sides: { readonly reference: ColumnStates; readonly current: ColumnStates },
  options: DriftOptions = {},
): Promise<TableDrift> {
  const wanted = ({ fields }: ColumnStates): Field[] =>
    fields.filter(({ name }) => options.columns === undefined || options.columns.has(name));
  const [reference, current] = [wanted(sides.reference), wanted(sides.current)];
  const other = new Map(current.map((field) => [field.name, field]));
  const shared = reference.flatMap((field) => {
    const its = other.get(field.name);
    const type = commonType(field, its);
    return type === null ? [] : [{ reference: field, current: its!, field: { name: field.name, type } }];
  });
  const measured: MeasuredColumn[] = [];
  for (const column of shared) {
    options.onProgress?.(measured.length, shared.length);
    const compared = {
      reference: (partition: Partition) => sides.reference.counted(column.reference, partition),
      current: (partition: Partition) => sides.current.counted(column.current, partition),
      field: column.field,
    };
    const counts = await countColumn(engine, compared, options);
    measured.push(measureColumn(counts, distanceFor(column.field, options)));
  }
  const names = new Set(reference.map(({ name }) => name));
  return {
    falseAlarmRate: options.falseAlarmRate ?? defaultFalseAlarmRate,
    referenceRowCount: sides.reference.rowCount,
    currentRowCount: sides.current.rowCount,
    columns: judge(
      shared.map(({ field }) => field),
      measured,
      options,
    ),
    onlyReference: reference.filter(({ name }) => !other.has(name)).map(({ name }) => name),
    onlyCurrent: current.filter(({ name }) => !names.has(name)).map(({ name }) => name),
    differentTypes: reference.flatMap((field) => {
      const its = other.get(field.name);
      return its === undefined || commonType(field, its) !== null
        ? []
        : [{ name: field.name, reference: field.type, current: its.type }];
    }),
  };
}

/** The type under which both are compared; null where there is none. */
export function commonType(one: Field, other: Field | undefined): Field['type'] | null {
  if (other === undefined) return null;
  if (one.type === other.type) return one.type;
  const isNumber = ({ type }: Field): boolean => type === 'int64' || type === 'float64';
  return isNumber(one) && isNumber(other) ? 'float64' : null;
}

/** The rule of a column, or that of all. */
function ruleFor(name: string, { rules, distance = 'psi', threshold }: DriftOptions): DriftRule {
  return rules?.get(name) ?? { distance, threshold };
}

function distanceFor(field: Field, options: DriftOptions): DriftDistance {
  const { distance } = ruleFor(field.name, options);
  return needsOrder(distance) && !isOrdered(field) ? 'psi' : distance;
}

function judge(fields: readonly Field[], measured: readonly MeasuredColumn[], options: DriftOptions): ColumnDrift[] {
  const adjusted = holmAdjusted(measured.map(({ pValue }) => pValue));
  const { falseAlarmRate = defaultFalseAlarmRate } = options;
  return measured.map((column, at) => {
    const { distance, threshold } = ruleFor(fields[at]!.name, options);
    const limit =
      threshold !== undefined && column.judgedBy === distance ? threshold : defaultThresholds[column.judgedBy];
    const found = column.distances[column.judgedBy];
    return {
      name: fields[at]!.name,
      type: fields[at]!.type,
      ...column,
      threshold: limit,
      adjustedPValue: adjusted[at]!,
      drifted: adjusted[at]! <= falseAlarmRate && found !== null && found >= limit,
    };
  });
}
