import type { JsonValue } from '../encoding/index.ts';
import type { ColumnType } from '../tables/index.ts';

/** What a node of a transformation computes. One kernel for each, here and in `python/mlspec/transform/`. */
export type Operation =
  | 'input'
  | 'constant'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'negate'
  | 'abs'
  | 'sqrt'
  | 'log'
  | 'log1p'
  | 'exp'
  | 'clip'
  | 'standardize'
  | 'minmax'
  | 'robust_scale'
  | 'bucketize'
  | 'quantile_buckets'
  | 'vocabulary'
  | 'one_hot'
  | 'hash'
  | 'cross'
  | 'in'
  | 'impute'
  | 'is_missing'
  | 'coalesce'
  | 'if'
  | 'and'
  | 'or'
  | 'not'
  | 'less'
  | 'less_or_equal'
  | 'equal'
  | 'not_equal'
  | 'cast'
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'weekday'
  | 'day_of_year'
  | 'week'
  | 'lower'
  | 'trim'
  | 'length'
  | 'token_count'
  | 'tokens';

/** The types that a feature column can have. */
export type FeatureType = 'float64' | 'int64' | 'string';

/** One step of the computation. `inputs` are indices of earlier nodes. */
export interface TransformNode {
  readonly op: Operation;
  readonly inputs: readonly number[];
  readonly type: ColumnType;
  /** What the declaration says: edges, numbers of buckets, the name of an input column. */
  readonly params: Readonly<Record<string, JsonValue>>;
}

/** A node after fitting: `constants` holds what was learnt from the training part, and is empty where nothing is. */
export interface FittedNode extends TransformNode {
  readonly constants: Readonly<Record<string, JsonValue>>;
}

/** A column that the transformation reads. */
export interface TransformInput {
  readonly name: string;
  readonly type: ColumnType;
}

/** A column that DuckDB computes from a row before the transformation reads it: `sql('…')`. */
export interface PreparedColumn extends TransformInput {
  readonly sql: string;
  /** The columns of the table that the text names. */
  readonly columns: readonly TransformInput[];
}

/** A declared feature: the node that computes it and the input columns that it came from (its lineage), sorted. */
export interface TransformFeature {
  readonly feature: string;
  readonly expression: string;
  readonly node: number;
  readonly sources: readonly string[];
}

/** What `compileTransform` makes of a declaration: typed, and not yet fitted. */
export interface TransformGraph {
  readonly inputs: readonly TransformInput[];
  readonly prepared: readonly PreparedColumn[];
  readonly nodes: readonly TransformNode[];
  readonly features: readonly TransformFeature[];
  readonly outliers: readonly OutlierRule[];
}

/** Which values of an input column are outliers. Bounds are learnt from the training part, or given. */
export interface OutlierRule {
  readonly column: string;
  readonly method: 'tukey' | 'zscore' | 'robust_z' | 'quantiles' | 'range';
  /** tukey, zscore, robust_z: one factor. quantiles, range: low and high. */
  readonly parameters: readonly number[];
}

/** A rule with its bounds and what it did to the training part: rows outside [low, high] were left out. */
export interface FittedOutlierRule extends OutlierRule {
  readonly low: number;
  readonly high: number;
  /** Rows of the training part outside the bounds, each rule counted on its own. */
  readonly removedRowCount: number;
}

/** One column of the output. */
export interface OutputColumn {
  readonly name: string;
  readonly type: FeatureType;
}

/** A feature of a fitted transformation, with the columns that it became, in order. */
export interface FittedFeature extends TransformFeature {
  readonly columns: readonly OutputColumn[];
}

/**
 * A fitted transformation: everything that an interpreter needs, in one JSON document. Numbers are doubles written in their
 * shortest form; the canonical text of the document is its identity. Output columns come in the order of `features`.
 */
export interface FittedTransform {
  readonly format: 'mlspec.transform';
  readonly version: 1;
  readonly inputs: readonly TransformInput[];
  readonly prepared: readonly PreparedColumn[];
  readonly nodes: readonly FittedNode[];
  readonly features: readonly FittedFeature[];
  readonly outliers: readonly FittedOutlierRule[];
  readonly fit: {
    /** Rows of the training part. */
    readonly rowCount: number;
    /** Rows left out as outliers (a row that breaks several rules counts once). */
    readonly removedRowCount: number;
  };
}
