/**
 * Fitting: passes over the training part, as few as the declaration allows.
 *
 * A node that learns is ready when everything that it reads is: `standardize(log1p(impute(x, mean)))` needs two passes, one for the
 * mean, one for the moments of what the mean filled. Nodes of one level learn in the same pass. Bounds of outliers come first,
 * since the rest must not see those rows. All analyzers are exact and give the same constants whatever the order
 * and the size of the batches.
 */
import { PlatformError, toPlatformError } from '../../errors/index.ts';
import type { Batch, Column } from '../../tables/index.ts';
import { canonicalTransform } from '../document.ts';
import type { FittedFeature, FittedNode, FittedOutlierRule, FittedTransform, TransformGraph } from '../graph.ts';
import { bindInputs, CHUNK_ROWS, compileNodes, sliceColumn } from '../interpreter.ts';
import { quantileBudget } from '../numerics/exact-quantiles.ts';
import { type Analyzer, analyzerOf, learns, learnsQuantiles } from './analyzers.ts';
import { BoundsLearner, keepRows, outlierMask } from './outliers.ts';
import { outputColumns } from './output-columns.ts';

/** Options of `fitTransform`. */
export interface FitOptions {
  readonly signal: AbortSignal;
  /** Different values of a column that are counted before it is an error; default ten million. */
  readonly maximumDistinct?: number;
  /** Told after every batch: rows read in all passes, and the number of the pass from 1. */
  readonly onProgress?: (progress: { readonly rowCount: number; readonly pass: number }) => void;
}

/** The training part: each call starts a new pass over the same rows. */
export type BatchSource = () => AsyncIterable<Batch>;

/**
 * Learns the constants of a graph from the training part.
 * @throws PlatformError TRANSFORM_NOTHING_TO_LEARN, TRANSFORM_TOO_MANY_VALUES, TRANSFORM_OUT_OF_RANGE, TRANSFORM_INPUT_MISSING,
 *   TRANSFORM_INPUT_TYPE, TRANSFORM_DUPLICATE_COLUMN, TRANSFORM_TOO_MANY_COLUMNS, CANCELED
 */
export async function fitTransform(
  graph: TransformGraph,
  batches: BatchSource,
  options: FitOptions,
): Promise<FittedTransform> {
  const passes = new Passes(graph, batches, options);
  const bounds = await learnBounds(graph, passes);
  const nodes: FittedNode[] = graph.nodes.map((node) => ({ ...node, constants: {} }));
  const levels = levelsOf(graph);
  const highest = Math.max(0, ...levels);
  const state = { graph, nodes, levels, passes, maximumDistinct: options.maximumDistinct };
  for (let level = 1; level <= highest; level++) await fitLevel(state, bounds, level);
  const counted = await passes.count(bounds);
  const features: FittedFeature[] = graph.features.map((feature) => ({
    ...feature,
    columns: outputColumns(feature, nodes),
  }));
  refuseEqualNames(features);
  return canonicalTransform({
    format: 'mlspec.transform',
    version: 1,
    inputs: graph.inputs,
    prepared: graph.prepared,
    nodes,
    features,
    outliers: bounds.map((rule, index) => ({ ...rule, removedRowCount: counted.removedByRule[index]! })),
    fit: { rowCount: counted.rowCount, removedRowCount: counted.removedRowCount },
  });
}

type Bounds = Omit<FittedOutlierRule, 'removedRowCount'>;

async function learnBounds(graph: TransformGraph, passes: Passes): Promise<Bounds[]> {
  const learners = graph.outliers.map((rule) => new BoundsLearner(rule, quantileBudget(graph.outliers.length)));
  let learning = learners.filter((learner) => learner.rule.method !== 'range');
  while (learning.length > 0) {
    await passes.run([], (columns) => {
      for (const learner of learning) learner.add(columns.get(learner.rule.column)!);
    });
    learning = learning.filter((learner) => learner.endPass());
  }
  return learners.map((learner) => {
    const [low, high] = learner.bounds();
    return { ...learner.rule, low, high };
  });
}

/** For each node: 0 where nothing below it learns, else the number of passes after which it is ready. */
function levelsOf(graph: TransformGraph): number[] {
  const levels: number[] = [];
  for (const node of graph.nodes) {
    const below = Math.max(0, ...node.inputs.map((input) => levels[input]!));
    levels.push(below + (learns(node) ? 1 : 0));
  }
  return levels;
}

interface FitState {
  readonly graph: TransformGraph;
  readonly nodes: FittedNode[];
  readonly levels: readonly number[];
  readonly passes: Passes;
  readonly maximumDistinct: number | undefined;
}

async function fitLevel(state: FitState, bounds: readonly Bounds[], level: number): Promise<void> {
  const { graph, nodes, levels, passes, maximumDistinct } = state;
  const learnerCount = graph.nodes.filter((node, index) => levels[index] === level && learnsQuantiles(node)).length;
  const limits = { maximumDistinct, quantileBudget: quantileBudget(learnerCount) };
  const all: { readonly index: number; readonly analyzer: Analyzer }[] = [];
  for (let index = 0; index < nodes.length; index++) {
    const analyzer = levels[index] === level ? analyzerOf(graph.nodes[index]!, limits) : null;
    if (analyzer !== null) all.push({ index, analyzer });
  }
  let learning = all;
  while (learning.length > 0) {
    const program = compileNodes(
      nodes,
      learning.map(({ index }) => nodes[index]!.inputs[0]!),
    );
    await passes.run(bounds, (columns, rowCount) => {
      const inputs = program.run(columns, rowCount);
      learning.forEach(({ index, analyzer }, i) => {
        explained(state, index, () => analyzer.add(inputs[i]![0]!));
      });
    });
    learning = learning.filter(({ analyzer }) => analyzer.endPass());
  }
  for (const { index, analyzer } of all)
    nodes[index] = { ...nodes[index]!, constants: explained(state, index, () => analyzer.constants()) };
}

/** What `work` for a node gives; an error says which feature it belongs to. */
function explained<T>(state: FitState, index: number, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const error = toPlatformError(thrown);
    const feature = state.graph.features.find((candidate) => reaches(state.graph, candidate.node, index));
    if (feature === undefined) throw error;
    const message = `${feature.feature}: ${feature.expression}: ${error.message}`;
    throw new PlatformError(error.code, {
      message,
      details: { ...error.details, feature: feature.feature },
      cause: error,
    });
  }
}

function reaches(graph: TransformGraph, from: number, to: number): boolean {
  return from === to || graph.nodes[from]!.inputs.some((input) => reaches(graph, input, to));
}

function refuseEqualNames(features: readonly FittedFeature[]): void {
  const owners = new Map<string, string>();
  for (const { feature, columns } of features) {
    for (const { name } of columns) {
      const owner = owners.get(name);
      if (owner !== undefined) {
        throw new PlatformError('TRANSFORM_DUPLICATE_COLUMN', {
          message: `the features ${owner} and ${feature} both make a column named ${name}`,
          details: { column: name },
        });
      }
      owners.set(name, feature);
    }
  }
}

interface Counted {
  readonly rowCount: number;
  readonly removedRowCount: number;
  readonly removedByRule: readonly number[];
}

/** Runs over the training part chunk by chunk, without its outliers, and counts on the way. */
class Passes {
  private readonly graph: TransformGraph;
  private readonly batches: BatchSource;
  private readonly options: FitOptions;
  private pass = 0;
  private rowsRead = 0;
  private counted: Counted | null = null;

  constructor(graph: TransformGraph, batches: BatchSource, options: FitOptions) {
    this.graph = graph;
    this.batches = batches;
    this.options = options;
  }

  async run(
    bounds: readonly Bounds[],
    use: (columns: ReadonlyMap<string, Column>, rowCount: number) => void,
  ): Promise<void> {
    this.pass++;
    const { signal, onProgress } = this.options;
    const readable = [...this.graph.inputs, ...this.graph.prepared];
    const removedByRule = bounds.map(() => 0);
    let rowCount = 0;
    let kept = 0;
    for await (const batch of this.batches()) {
      if (signal.aborted) throw new PlatformError('CANCELED', { message: 'fitting the transformation was canceled' });
      const columns = bindInputs(readable, batch);
      for (let start = 0; start < batch.rowCount; start += CHUNK_ROWS) {
        const chunk = new Map<string, Column>();
        const end = Math.min(start + CHUNK_ROWS, batch.rowCount);
        for (const [name, column] of columns) chunk.set(name, sliceColumn(column, start, end));
        const mask = outlierMask(bounds, chunk, (rule, rows) => {
          removedByRule[rule]! += rows;
        });
        if (mask !== null) for (const [name, column] of chunk) chunk.set(name, keepRows(column, mask));
        const rows = mask === null ? end - start : mask.reduce((sum, byte) => sum + byte, 0);
        kept += rows;
        use(chunk, rows);
      }
      rowCount += batch.rowCount;
      this.rowsRead += batch.rowCount;
      onProgress?.({ rowCount: this.rowsRead, pass: this.pass });
    }
    if (bounds.length === this.graph.outliers.length) {
      this.counted = { rowCount, removedRowCount: rowCount - kept, removedByRule };
    }
  }

  /** Counts of the last pass that knew the bounds; makes one where there was none. */
  async count(bounds: readonly Bounds[]): Promise<Counted> {
    if (this.counted === null) await this.run(bounds, () => {});
    return this.counted!;
  }
}
