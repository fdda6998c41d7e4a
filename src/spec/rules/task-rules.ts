import type { ResolvedSpec } from '../document.ts';
import { parseExpression, walkExpression } from '../expressions/index.ts';
import { builtTaskKinds } from '../sections/task.ts';
import type { Found, Rule } from './rule.ts';

const supervised = new Set([
  'binary',
  'multiclass',
  'multilabel',
  'regression',
  'ranking',
  'forecasting',
  'text',
  'image',
]);

/** Rules about the task and what the model may see. */
export const taskRules: readonly Rule[] = [
  {
    id: 'spec/task-not-built',
    severity: 'error',
    says: 'Training and metrics of a declared kind of task are not built yet.',
    check: (spec) =>
      builtTaskKinds.includes(spec.task.kind) || spec.training === null
        ? []
        : [
            {
              path: ['task', 'kind'],
              message: `training and evaluation of ${spec.task.kind} tasks are not built yet`,
              expected: builtTaskKinds.join(', '),
              found: spec.task.kind,
              suggestion: `use one of ${builtTaskKinds.join(', ')}, or leave training out`,
            },
          ],
  },
  {
    id: 'spec/label-missing',
    severity: 'error',
    says: 'A supervised task needs a label.',
    check: ({ task }) =>
      supervised.has(task.kind) && task.label === null && task.labels === null
        ? [{ path: ['task'], message: `a ${task.kind} task needs a label`, suggestion: 'write label: <column>' }]
        : [],
  },
  {
    id: 'spec/threshold-not-binary',
    severity: 'error',
    says: 'Only binary tasks have a threshold.',
    check: ({ task }) =>
      task.threshold !== null && task.kind !== 'binary'
        ? [{ path: ['task', 'threshold'], message: `a ${task.kind} task has no threshold`, suggestion: 'remove it' }]
        : [],
  },
  {
    id: 'spec/ranking-group',
    severity: 'error',
    says: 'A ranking task needs the column that groups its rows.',
    check: ({ task }) =>
      task.kind === 'ranking' && task.group === null
        ? [
            {
              path: ['task'],
              message: 'a ranking task needs group: the column that names the query of a row',
              suggestion: 'write group: <column>',
            },
          ]
        : [],
  },
  {
    id: 'spec/label-is-feature',
    severity: 'error',
    says: 'The label cannot be a feature.',
    check: ({ task, features, transformation }) => {
      const label = task.label;
      if (label === null) return [];
      const at = features.include?.indexOf(label) ?? -1;
      const included = {
        path: ['features', 'include', at],
        message: `the label ${label} is among the features`,
        found: label,
        suggestion: `remove ${label}`,
      };
      return [
        ...(at < 0 ? [] : [included]),
        ...usesOf([label], transformation).map(({ feature, ...use }) => ({
          ...use,
          message: `feature ${feature} is made from the label ${label}`,
          suggestion: 'remove it: the label is not known when the model is used',
        })),
      ];
    },
  },
  {
    id: 'spec/excluded-column-used',
    severity: 'error',
    says: 'No feature is made from a column that the model must not see.',
    check: ({ features, transformation }) =>
      usesOf(features.exclude, transformation).map(({ feature, ...use }) => ({
        ...use,
        message: `feature ${feature} is made from ${use.found}, which features.exclude hides from the model`,
        suggestion: `remove it, or remove ${use.found} from features.exclude`,
      })),
  },
  {
    id: 'spec/forbidden-column-used',
    severity: 'error',
    says: 'No feature is made from a forbidden column, and none goes along with the features.',
    check: ({ features, transformation, task }) => {
      const { forbidden } = features;
      const along = [
        ...task.key.map((name, at) => ({ name, path: ['task', 'key', at] })),
        ...[...(task.labels ?? []), task.label].map((name) => ({ name, path: ['task', 'label'] })),
        { name: task.group, path: ['task', 'group'] },
        ...(features.include ?? []).map((name, at) => ({ name, path: ['features', 'include', at] })),
      ].filter(({ name }) => name !== null && isOneOf(name, forbidden));
      return [
        ...along.map(({ name, path }) => ({
          path,
          message: `${name} is given to training, and features.forbidden refuses it`,
          found: name!,
          suggestion: `take ${name} out here, or out of features.forbidden`,
        })),
        ...usesOf(forbidden, transformation).map(({ feature, ...use }) => ({
          ...use,
          message: `feature ${feature} is made from ${use.found}, which features.forbidden refuses`,
          suggestion: `remove it, or remove ${use.found} from features.forbidden`,
        })),
      ];
    },
  },
  {
    id: 'spec/label-list',
    severity: 'error',
    says: 'Only a multilabel task has a list of labels.',
    check: ({ task }) =>
      task.labels !== null && task.kind !== 'multilabel'
        ? [
            {
              path: ['task', 'label'],
              message: `a ${task.kind} task has one label, found ${task.labels.length}`,
              suggestion: 'write label: <column>',
            },
          ]
        : [],
  },
  {
    id: 'spec/label-in-key',
    severity: 'error',
    says: 'The label is neither key nor time nor group.',
    check: ({ task }) => {
      const others = [
        ...task.key,
        ...(task.time === null ? [] : [task.time]),
        ...(task.group === null ? [] : [task.group]),
      ];
      return [...(task.labels ?? []), ...(task.label === null ? [] : [task.label])]
        .filter((label) => others.includes(label))
        .map((label) => ({
          path: ['task', 'label'],
          message: `the label ${label} is also key, time or group`,
          found: label,
          suggestion: 'take it out there: it is not known when the model is used',
        }));
    },
  },
  {
    id: 'spec/class-weights',
    severity: 'error',
    says: 'Only tasks with classes have weights of classes, one for each where they are named.',
    check: ({ task, training }) => checkClassWeights(task, training?.class_weights ?? null),
  },
  {
    id: 'spec/classes',
    severity: 'error',
    says: 'Classes fit the kind of task: none for numbers, two for binary, the positive one among them.',
    check: ({ task }) => checkClasses(task),
  },
];

function checkClassWeights({ kind, classes }: ResolvedSpec['task'], weights: ClassWeights): Found[] {
  const path = ['training', 'class_weights'];
  if (weights === null) return [];
  if (kind !== 'binary' && kind !== 'multiclass')
    return [{ path, message: `a ${kind} task has no classes to weigh`, suggestion: 'remove class_weights' }];
  if (weights === 'balanced' || classes === null) return [];
  const missing = classes.map(String).filter((one) => !Object.hasOwn(weights, one));
  return missing.length === 0
    ? []
    : [
        {
          path,
          message: `class_weights has no weight of ${missing.join(', ')}`,
          expected: classes.map(String).join(', '),
          found: Object.keys(weights).join(', '),
          suggestion: 'write a weight for each class; 1 leaves it as it is',
        },
      ];
}

type ClassWeights = NonNullable<ResolvedSpec['training']>['class_weights'];

interface ColumnUse extends Pick<Found, 'path' | 'within'> {
  readonly feature: string;
  readonly found: string;
}

/** Whether a column is among some, as SQL sees names: whatever the case of their letters. */
function isOneOf(name: string, columns: readonly string[]): boolean {
  return columns.some((one) => one.toLowerCase() === name.toLowerCase());
}

/** Where features name one of `columns`, in any case of letters. */
function usesOf(columns: readonly string[], { features }: ResolvedSpec['transformation']): ColumnUse[] {
  return Object.entries(features).flatMap(([feature, text]) => {
    const { expression } = parseExpression(text);
    if (expression === null) return [];
    return [...walkExpression(expression)].flatMap((part): ColumnUse[] => {
      const name = part.kind === 'name' ? part.path.join('.') : '';
      if (!isOneOf(name, columns)) return [];
      return [{ feature, found: name, path: ['transformation', feature], within: { text, span: part.span } }];
    });
  });
}

function checkClasses(task: ResolvedSpec['task']): Found[] {
  const { kind, classes, positive } = task;
  const path = ['task', 'classes'];
  if (classes !== null && (kind === 'regression' || kind === 'ranking' || kind === 'forecasting'))
    return [{ path, message: `a ${kind} task has no classes`, suggestion: 'remove classes' }];
  if (classes !== null && kind === 'binary' && classes.length !== 2)
    return [
      {
        path,
        message: `a binary task has two classes, found ${classes.length}`,
        expected: 'two classes',
        suggestion: 'write two classes, or kind: multiclass',
      },
    ];
  if (positive !== null && kind !== 'binary')
    return [
      { path: ['task', 'positive'], message: `a ${kind} task has no positive class`, suggestion: 'remove positive' },
    ];
  if (positive !== null && classes !== null && !classes.some((one) => one === positive))
    return [
      {
        path: ['task', 'positive'],
        message: `${JSON.stringify(positive)} is none of the classes`,
        expected: classes.map((one) => JSON.stringify(one)).join(', '),
        found: JSON.stringify(positive),
        suggestion: `write one of ${classes.map((one) => JSON.stringify(one)).join(', ')}`,
      },
    ];
  return [];
}
