import type { Batch, Column } from '../../tables/index.ts';
import type { FittedOutlierRule, FittedTransform, OutlierRule } from '../graph.ts';
import { bindInputs } from '../interpreter.ts';
import { ExactMoments } from '../numerics/exact-moments.ts';
import { ExactQuantiles } from '../numerics/exact-quantiles.ts';
import { numbersOf } from '../operations/kernel.ts';

/** The median distance from the median of a normal distribution is 1 / 1.4826 of its standard deviation. */
const NORMAL_SCALE = 1.4826;

/** Learns the bounds of one rule. Missing, NaN and infinite values are left out of what is learnt. */
export class BoundsLearner {
  readonly rule: OutlierRule;
  private readonly moments = new ExactMoments();
  private readonly quantiles: ExactQuantiles;
  /** robust_z: the median, then the distances from it. */
  private median: number | null = null;
  private readonly distances: ExactQuantiles;

  /** @param quantileBudget values that it may keep in memory */
  constructor(rule: OutlierRule, quantileBudget: number) {
    this.rule = rule;
    const probabilities = { quantiles: rule.parameters, robust_z: [0.5] } as Readonly<
      Record<string, readonly number[]>
    >;
    this.quantiles = new ExactQuantiles(probabilities[rule.method] ?? [0.25, 0.75], quantileBudget);
    this.distances = new ExactQuantiles([0.5], quantileBudget);
  }

  /** Shows a chunk of the rule's column. */
  add(column: Column): void {
    const values = numbersOf(column);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value - value !== 0 || (column.valid !== null && column.valid[i] === 0)) continue;
      if (this.rule.method === 'zscore') this.moments.add(value);
      else if (this.median !== null) this.distances.add(Math.abs(value - this.median));
      else this.quantiles.add(value);
    }
  }

  /** Ends a pass; true where another is needed. */
  endPass(): boolean {
    if (this.rule.method === 'zscore') return false;
    if (this.median !== null) return this.distances.endPass();
    if (this.quantiles.endPass()) return true;
    if (this.rule.method !== 'robust_z' || this.quantiles.valueCount === 0) return false;
    this.median = this.quantiles.results()[0]!;
    return true;
  }

  /** The lowest and the highest value that is no outlier; without any value every value is one of neither. */
  bounds(): readonly [number, number] {
    const { method, parameters } = this.rule;
    if (method === 'range') return [parameters[0]!, parameters[1]!];
    const everything: readonly [number, number] = [-Number.MAX_VALUE, Number.MAX_VALUE];
    if (method === 'zscore') {
      if (this.moments.valueCount === 0) return everything;
      const reach = parameters[0]! * this.moments.deviation();
      return limited(this.moments.mean() - reach, this.moments.mean() + reach);
    }
    if (this.quantiles.valueCount === 0) return everything;
    if (this.median !== null) {
      const reach = parameters[0]! * NORMAL_SCALE * this.distances.results()[0]!;
      return limited(this.median - reach, this.median + reach);
    }
    const [lower, upper] = this.quantiles.results() as [number, number];
    if (method === 'quantiles') return [lower, upper];
    const reach = parameters[0]! * (upper - lower);
    return limited(lower - reach, upper + reach);
  }
}

function limited(low: number, high: number): readonly [number, number] {
  return [Math.max(low, -Number.MAX_VALUE), Math.min(high, Number.MAX_VALUE)];
}

type Bounds = Pick<FittedOutlierRule, 'column' | 'low' | 'high'>;

/** A byte a row, 1 where it stays; null where all stay. Missing and NaN values are no outliers. `count` is told of each rule's rows. */
export function outlierMask(
  rules: readonly Bounds[],
  columns: ReadonlyMap<string, Column>,
  count: (rule: number, rows: number) => void,
): Uint8Array | null {
  let mask: Uint8Array | null = null;
  for (let r = 0; r < rules.length; r++) {
    const { column: name, low, high } = rules[r]!;
    const column = columns.get(name)!;
    const values = numbersOf(column);
    let removed = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if ((value < low || value > high) && (column.valid === null || column.valid[i] === 1)) {
        mask ??= new Uint8Array(values.length).fill(1);
        mask[i] = 0;
        removed++;
      }
    }
    count(r, removed);
  }
  return mask;
}

/** The rows of a column whose byte in the mask is 1. */
export function keepRows(column: Column, mask: Uint8Array): Column {
  const keep = (_value: unknown, row: number): boolean => mask[row] === 1;
  const valid = column.valid?.filter(keep) ?? null;
  if (column.type === 'string') return { type: 'string', values: column.values.filter(keep), valid };
  return { type: column.type, values: column.values.filter(keep), valid } as Column;
}

/**
 * A batch of the training part without its outliers, as the fit saw it. Other parts and requests keep all rows.
 * @throws PlatformError TRANSFORM_INPUT_MISSING, TRANSFORM_INPUT_TYPE
 */
export function removeOutliers(fitted: FittedTransform, batch: Batch): Batch {
  if (fitted.outliers.length === 0) return batch;
  const named = new Set(fitted.outliers.map((rule) => rule.column));
  const columns = bindInputs(
    fitted.inputs.filter((input) => named.has(input.name)),
    batch,
  );
  const mask = outlierMask(fitted.outliers, columns, () => {});
  if (mask === null) return batch;
  return {
    schema: batch.schema,
    rowCount: mask.reduce((sum, byte) => sum + byte, 0),
    columns: batch.columns.map((column) => keepRows(column, mask)),
  };
}
