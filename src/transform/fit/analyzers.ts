import type { JsonValue } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Column } from '../../tables/index.ts';
import type { TransformNode } from '../graph.ts';
import { ExactMoments } from '../numerics/exact-moments.ts';
import { ExactQuantiles } from '../numerics/exact-quantiles.ts';
import { numbersOf } from '../operations/kernel.ts';
import { compareText, wordsOf } from '../text/text.ts';

/** What a node learns. Sees every chunk of the training part, in one pass or several. */
export interface Analyzer {
  /** Shows a chunk of the node's input. */
  add(column: Column): void;
  /** Ends a pass; true where the analyzer has to see all rows again. */
  endPass(): boolean;
  /** The constants, after the last pass. @throws PlatformError TRANSFORM_NOTHING_TO_LEARN, TRANSFORM_TOO_MANY_VALUES */
  constants(): Record<string, JsonValue>;
}

/** Calls `use` with every present, finite number of a column. */
function eachFinite(column: Column, use: (value: number) => void): void {
  const values = numbersOf(column);
  const valid = column.valid;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value === 0 && (valid === null || valid[i] === 1)) use(value);
  }
}

function nothingToLearn(node: TransformNode): PlatformError {
  return new PlatformError('TRANSFORM_NOTHING_TO_LEARN', {
    message: `${node.op} has no present, finite value to learn from in the training part`,
    details: { op: node.op },
  });
}

/** A finite difference, or an error where it is beyond the range of doubles. */
function finite(value: number, node: TransformNode): number {
  if (Number.isFinite(value)) return value;
  throw new PlatformError('TRANSFORM_OUT_OF_RANGE', {
    message: `${node.op}: the range of the values in the training part is beyond the largest double`,
    details: { op: node.op },
  });
}

function standardizeAnalyzer(node: TransformNode): Analyzer {
  const moments = new ExactMoments();
  return {
    add: (column) => eachFinite(column, (value) => moments.add(value)),
    endPass: () => false,
    constants() {
      if (moments.valueCount === 0) throw nothingToLearn(node);
      return { center: moments.mean(), scale: moments.deviation() || 1, count: moments.valueCount };
    },
  };
}

function minmaxAnalyzer(node: TransformNode): Analyzer {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    add: (column) =>
      eachFinite(column, (value) => {
        count++;
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
      }),
    endPass: () => false,
    constants() {
      if (count === 0) throw nothingToLearn(node);
      return { minimum: minimum + 0, maximum: maximum + 0, range: finite(maximum - minimum, node) || 1, count };
    },
  };
}

function quantileAnalyzer(
  node: TransformNode,
  { probabilities, budget }: { readonly probabilities: readonly number[]; readonly budget: number },
  finish: (quantiles: readonly number[]) => Record<string, JsonValue>,
): Analyzer {
  const quantiles = new ExactQuantiles(probabilities, budget);
  return {
    add: (column) => eachFinite(column, (value) => quantiles.add(value)),
    endPass: () => quantiles.endPass(),
    constants() {
      if (quantiles.valueCount === 0) throw nothingToLearn(node);
      return { ...finish(quantiles.results()), count: quantiles.valueCount };
    },
  };
}

function robustAnalyzer(node: TransformNode, budget: number): Analyzer {
  return quantileAnalyzer(node, { probabilities: [0.25, 0.5, 0.75], budget }, (quartiles) => {
    const [lower, median, upper] = quartiles as [number, number, number];
    return { center: median, lower, upper, scale: finite(upper - lower, node) || 1 };
  });
}

function bucketAnalyzer(node: TransformNode, budget: number): Analyzer {
  const count = Number(node.params['count']);
  const probabilities = Array.from({ length: count - 1 }, (_, i) => (i + 1) / count);
  return quantileAnalyzer(node, { probabilities, budget }, (edges) => ({
    edges: edges.filter((edge, i) => i === 0 || edge > edges[i - 1]!),
  }));
}

/** Distinct values that are counted before it is an error, unless the caller says otherwise: some gigabytes of text at most. */
const MAXIMUM_DISTINCT = 10_000_000;

/** Counts values. Missing, NaN and infinities are not values; -0 is 0. */
class ValueCounts {
  private readonly places = new Map<string | number, number>();
  private counts = new Float64Array(1024);
  private readonly maximum: number;

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  add(value: string | number): void {
    let place = this.places.get(value);
    if (place === undefined) {
      place = this.places.size;
      if (place === this.maximum) throw tooManyValues(this.maximum);
      this.places.set(value, place);
      if (place === this.counts.length) {
        const larger = new Float64Array(place * 2);
        larger.set(this.counts);
        this.counts = larger;
      }
    }
    this.counts[place]!++;
  }

  /** Values with their counts, most frequent first, equal counts by value. */
  ranked(): [string | number, number][] {
    const entries = [...this.places].map(([value, place]): [string | number, number] => [value, this.counts[place]!]);
    return entries.sort((a, b) => b[1] - a[1] || compareValues(a[0], b[0]));
  }
}

function tooManyValues(maximum: number): PlatformError {
  return new PlatformError('TRANSFORM_TOO_MANY_VALUES', {
    message: `a column has more than ${maximum} different values`,
  });
}

function compareValues(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b));
}

function countColumn(counts: ValueCounts, column: Column): void {
  if (column.type === 'string') {
    for (const value of column.values) if (value !== null) counts.add(value);
    return;
  }
  eachFinite(column, (value) => counts.add(value + 0));
}

function listAnalyzer(
  node: TransformNode,
  counts: ValueCounts,
  count: (counts: ValueCounts, column: Column) => void,
): Analyzer {
  return {
    add: (column) => count(counts, column),
    endPass: () => false,
    constants() {
      const ranked = counts.ranked();
      const top = node.params['top'];
      const frequent = ranked.filter(([, times]) => times >= Number(node.params['min_count']));
      const kept = typeof top === 'number' ? frequent.slice(0, top) : frequent;
      if (node.op === 'one_hot') kept.sort((a, b) => compareValues(a[0], b[0]));
      return { values: kept.map(([value]) => value), counts: kept.map(([, times]) => times), distinct: ranked.length };
    },
  };
}

function countWords(counts: ValueCounts, column: Column): void {
  if (column.type !== 'string') return;
  for (const value of column.values) {
    if (value !== null) for (const word of wordsOf(value)) counts.add(word);
  }
}

function imputeAnalyzer(node: TransformNode, counts: ValueCounts, budget: number): Analyzer {
  if (node.params['learn'] === 'median')
    return quantileAnalyzer(node, { probabilities: [0.5], budget }, ([median]) => ({ value: median! }));
  if (node.params['learn'] === 'mean') {
    const inner = standardizeAnalyzer(node);
    return {
      ...inner,
      constants() {
        const { center, count } = inner.constants();
        return { value: center!, count: count! };
      },
    };
  }
  return {
    add: (column) => countColumn(counts, column),
    endPass: () => false,
    constants() {
      const [most] = counts.ranked();
      if (most === undefined) throw nothingToLearn(node);
      return { value: node.type === 'boolean' ? most[0] === 1 : most[0], count: most[1] };
    },
  };
}

/** What the analyzers of one pass may keep. */
export interface AnalyzerLimits {
  /** Different values of a column that are counted before it is an error; default ten million. */
  readonly maximumDistinct?: number | undefined;
  /** Values that an analyzer of quantiles keeps. */
  readonly quantileBudget: number;
}

/** Whether a node learns. */
export function learns(node: TransformNode): boolean {
  return analyzerOf(node, { quantileBudget: 0 }) !== null;
}

/** Whether a node learns quantiles, for which values are kept. */
export function learnsQuantiles(node: TransformNode): boolean {
  return node.op === 'robust_scale' || node.op === 'quantile_buckets' || node.params['learn'] === 'median';
}

/** The analyzer of a node, or null where it learns nothing. */
export function analyzerOf(node: TransformNode, limits: AnalyzerLimits): Analyzer | null {
  const { maximumDistinct = MAXIMUM_DISTINCT, quantileBudget } = limits;
  switch (node.op) {
    case 'standardize':
      return standardizeAnalyzer(node);
    case 'minmax':
      return minmaxAnalyzer(node);
    case 'robust_scale':
      return robustAnalyzer(node, quantileBudget);
    case 'quantile_buckets':
      return bucketAnalyzer(node, quantileBudget);
    case 'vocabulary':
    case 'one_hot':
      return listAnalyzer(node, new ValueCounts(maximumDistinct), countColumn);
    case 'tokens':
      return listAnalyzer(node, new ValueCounts(maximumDistinct), countWords);
    case 'impute':
      return 'learn' in node.params ? imputeAnalyzer(node, new ValueCounts(maximumDistinct), quantileBudget) : null;
    default:
      return null;
  }
}
