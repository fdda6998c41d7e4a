import {
  constructs,
  type ExpressionScope,
  type ExpressionTable,
  type FunctionEntry,
  optionalParameter,
  parameter,
  patterns,
} from '../table.ts';
import { type ExpressionType, noUnit, numberType, plainType, sizeUnit, timeUnit, type Unit } from '../types.ts';
import { rowConditions } from './conditions.ts';

/** A quantity that objectives can name. */
export interface QuantityEntry {
  readonly name: string;
  readonly unit: Unit;
  /** What a gate can certify: a mean, over rows or over rows of a class, of numbers with a known range. */
  readonly certifiable: boolean;
  readonly doc: string;
}

const share = (name: string, certifiable: boolean, doc: string): QuantityEntry => ({
  name,
  unit: noUnit,
  certifiable,
  doc,
});
const latency = (name: string, doc: string): QuantityEntry => ({
  name: `latency.${name}`,
  unit: timeUnit,
  certifiable: false,
  doc,
});

/** Every quantity of the product that objectives can name, in the order of the reference. */
export const objectiveQuantities: readonly QuantityEntry[] = [
  share('accuracy', true, 'Share of rows that are predicted right.'),
  share('error_rate', true, 'Share of rows that are predicted wrong.'),
  share('cost', true, 'Mean of the declared costs.'),
  share(
    'recall',
    true,
    'Share of the rows of a class that are predicted to be of it; the positive class in a binary task.',
  ),
  share('specificity', true, 'Share of the rows outside a class that are predicted to be outside.'),
  share('precision', true, 'Share of the rows predicted to be of a class that are of it.'),
  share('false_positive_rate', true, '1 - specificity.'),
  share('false_negative_rate', true, '1 - recall.'),
  share('positive_rate', true, 'Share of rows that are predicted to be of a class.'),
  share('brier', true, 'Mean squared distance of the scores from the truth.'),
  share('auc', false, 'Area under the ROC curve.'),
  share('pr_auc', false, 'Area under the precision-recall curve.'),
  share('log_loss', false, 'Mean negative logarithm of the score of the truth.'),
  share('ece', false, 'Expected calibration error.'),
  share('f1', false, 'Harmonic mean of precision and recall.'),
  share('precision_weighted', false, 'Precision, averaged over classes by their sizes.'),
  share('recall_weighted', false, 'Recall, averaged over classes by their sizes.'),
  share('f1_weighted', false, 'F1, averaged over classes by their sizes.'),
  share('balanced_accuracy', false, 'Mean of the recalls of all classes.'),
  share('mcc', false, 'Matthews correlation coefficient.'),
  share('kappa', false, "Cohen's kappa."),
  share('mae', false, 'Mean absolute error; certifiable with cap=.'),
  share('mse', false, 'Mean squared error; certifiable with cap=.'),
  share('rmse', false, 'Root of the mean squared error.'),
  share('median_ae', false, 'Median absolute error.'),
  share('r2', false, 'Share of the variance that is explained.'),
  share('mape', false, 'Mean absolute error as a share of the truth.'),
  share('quantile_loss_10', false, 'Pinball loss at 10 %.'),
  share('quantile_loss_50', false, 'Pinball loss at 50 %.'),
  share('quantile_loss_90', false, 'Pinball loss at 90 %.'),
  share('ndcg', false, 'Normalized discounted cumulative gain.'),
  share('ndcg_10', false, 'NDCG of the first ten.'),
  share('map', false, 'Mean average precision.'),
  latency('mean', 'Mean time of one request.'),
  latency('p50', 'Median time of one request.'),
  latency('p90', 'Time within which 90 % of requests are answered.'),
  latency('p95', 'Time within which 95 % of requests are answered.'),
  latency('p99', 'Time within which 99 % of requests are answered.'),
  {
    name: 'size',
    unit: sizeUnit,
    certifiable: false,
    doc: 'Bytes of the model, without what a package has around it.',
  },
];

const ofGroups = (name: string, doc: string): FunctionEntry => ({
  name,
  positional: [parameter('quantity', patterns.groups, 'a quantity by groups')],
  result: { type: numberType(), shape: 'scalar' },
  doc,
  example: `${name}(recall by origin_state)`,
});

const ofClass = (name: string): FunctionEntry => ({
  name,
  positional: [],
  named: [optionalParameter('class', patterns.constantValue, { doc: 'the class; the positive one in a binary task' })],
  result: { type: numberType(), shape: 'scalar' },
  ofModel: true,
  doc: objectiveQuantities.find((one) => one.name === name)!.doc,
  example: `new.${name}(class='late')`,
});

const capped = (name: string, doc: string): FunctionEntry => ({
  name,
  positional: [],
  named: [parameter('cap', patterns.constantNumber, 'errors above it count as it')],
  result: { type: numberType(), shape: 'scalar' },
  ofModel: true,
  verify: ({ cap }) => (typeof cap === 'number' && cap <= 0 ? `expected a cap above 0, found ${cap}` : null),
  doc,
  example: `new.${name}(cap=60) < 10 +/- 2`,
});

/** Functions of objectives. */
export const objectiveFunctions: readonly FunctionEntry[] = [
  ofGroups('gap', 'The largest minus the smallest of the groups.'),
  ofGroups('min', 'The smallest of the groups.'),
  ofGroups('max', 'The largest of the groups.'),
  ofGroups('mean', 'The mean of the groups, each counting the same.'),
  {
    name: 'abs',
    positional: [parameter('quantity', patterns.number, 'a quantity')],
    result: { like: 'quantity', shape: 'scalar' },
    doc: 'The quantity without its sign.',
    example: 'abs(new.positive_rate - old.positive_rate) < 0.05 +/- 0.02',
  },
  {
    name: 'disagreement',
    positional: [parameter('first', patterns.model, 'a model'), parameter('second', patterns.model, 'another one')],
    result: { type: numberType(), shape: 'scalar' },
    doc: 'Share of rows that two models predict differently.',
    example: 'disagreement(new, old) < 0.1 +/- 0.01',
  },
  ...['recall', 'specificity', 'precision', 'false_positive_rate', 'false_negative_rate', 'positive_rate'].map(ofClass),
  capped('mae', 'Mean of the absolute errors, none counting more than cap.'),
  capped('mse', 'Mean of the squared errors, none counting more than cap.'),
];

/** Objectives: one comparison of quantities with a bound, with a tolerance where it is to be certified. */
export const objectives: ExpressionTable = {
  name: 'an objective',
  doc: 'expression cmp bound [+/- tolerance]',
  functions: objectiveFunctions,
  constructs: constructs('arithmetic', 'order', 'tolerance', 'groups'),
  result: { kinds: ['boolean'], text: 'a comparison' },
  rows: rowConditions,
};

/** What the names in objectives depend on. */
export interface ObjectiveNames {
  /** Names of baselines. */
  readonly baselines: readonly string[];
  /** The project's own metrics. */
  readonly metrics: readonly string[];
  /** Declared slices. */
  readonly groups: readonly string[];
  /** Columns of the data where they are known; absent: any name is a column. */
  readonly columns?: ReadonlyMap<string, ExpressionType>;
}

/** The names of objectives: every quantity alone (of the new model), and behind each model. */
export function objectiveScope({ baselines, metrics, groups, columns }: ObjectiveNames): ExpressionScope {
  const models = ['new', ...baselines];
  const names = new Map<string, ExpressionType>();
  const quantities = [
    ...objectiveQuantities.map(({ name, unit }) => [name, numberType(unit)] as const),
    ...metrics.map((name) => [name, numberType()] as const),
  ];
  for (const [name, type] of quantities) names.set(name, type);
  for (const model of models) {
    names.set(model, plainType('model'));
    for (const [name, type] of quantities) names.set(`${model}.${name}`, type);
  }
  const rows = new Map<string, ExpressionType>([...(columns ?? [])]);
  for (const name of ['predicted', 'actual']) rows.set(name, plainType('any', 'column'));
  return {
    names,
    groups: new Set(groups),
    models: new Set(models),
    rows: columns === undefined ? { names: rows, open: true } : { names: rows },
  };
}
