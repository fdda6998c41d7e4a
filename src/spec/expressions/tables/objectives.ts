import { metricForm, metricNames } from '../metric-names.ts';
import {
  constructs,
  type ExpressionScope,
  type ExpressionTable,
  type FunctionEntry,
  optionalParameter,
  parameter,
  patterns,
} from '../table.ts';
import { type ExpressionType, numberType, plainType, sizeUnit, timeUnit, type Unit } from '../types.ts';
import { rowConditions } from './conditions.ts';

/** Quantities of a model as a program, with their units. */
const modelQuantities: readonly (readonly [name: string, unit: Unit])[] = [
  ...['mean', 'p50', 'p90', 'p95', 'p99'].map((name) => [`latency.${name}`, timeUnit] as const),
  ['size', sizeUnit],
];

const ofGroups = (name: string, doc: string): FunctionEntry => ({
  name,
  positional: [parameter('quantity', patterns.groups, 'a quantity by groups')],
  result: { type: numberType(), shape: 'scalar' },
  doc,
  example: `${name}(recall by origin_state)`,
});

const ofClass = (name: string, doc: string): FunctionEntry => ({
  name,
  positional: [],
  named: [optionalParameter('class', patterns.constantValue, { doc: 'the class; the positive one in a binary task' })],
  result: { type: numberType(), shape: 'scalar' },
  ofModel: true,
  doc,
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
  ofClass('recall', 'Share of the rows of a class that are predicted to be of it.'),
  ofClass('specificity', 'Share of the rows outside a class that are predicted to be outside.'),
  ofClass('precision', 'Share of the rows predicted to be of a class that are of it.'),
  ofClass('false_positive_rate', '1 - specificity.'),
  ofClass('false_negative_rate', '1 - recall.'),
  ofClass('positive_rate', 'Share of rows that are predicted to be of a class.'),
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
    ...[...metricNames, ...metrics].map((name) => [name, numberType()] as const),
    ...modelQuantities.map(([name, unit]) => [name, numberType(unit)] as const),
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
    byForm: (path) => {
      const [model, metric] = path.length === 1 ? ['new', path[0]!] : path;
      const isKnown = path.length <= 2 && models.includes(model!) && metricForm(metric!) !== null;
      return isKnown ? numberType() : null;
    },
    groups: new Set(groups),
    models: new Set(models),
    rows: columns === undefined ? { names: rows, open: true } : { names: rows },
  };
}
