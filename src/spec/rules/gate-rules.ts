import type { Found, Rule } from './rule.ts';

const reservedGates = ['none', 'measured'];
const reservedBaselines = ['new', 'predicted', 'actual', 'latency'];

/** Rules about gates and testing. */
export const gateRules: readonly Rule[] = [
  {
    id: 'spec/gate-open-part',
    severity: 'error',
    says: 'A gate uses a sealed part.',
    check: ({ objectives, splitting }) =>
      Object.entries(objectives.gates)
        .filter(([, gate]) => gate.on in splitting.parts && !splitting.sealed.includes(gate.on))
        .map(([name, gate]) => ({
          path: ['objectives', 'gates', name, 'on'],
          message: `gate ${name} uses part ${gate.on}, which is not sealed: whoever has seen it can fit to it`,
          suggestion: `write sealed: [${gate.on}] under splitting`,
        })),
  },
  {
    id: 'spec/gate-shared-part',
    severity: 'error',
    says: 'Two gates do not share one part.',
    check: ({ objectives }) => {
      const users = new Map<string, string>();
      return Object.entries(objectives.gates).flatMap(([name, gate]) => {
        const other = users.get(gate.on);
        users.set(gate.on, other ?? name);
        return other === undefined
          ? []
          : [
              {
                path: ['objectives', 'gates', name, 'on'],
                message: `gates ${other} and ${name} use the same part ${gate.on}: the reliability of each assumes that it is alone`,
                suggestion: 'give each gate a part of its own',
              },
            ];
      });
    },
  },
  {
    id: 'spec/unknown-gate',
    severity: 'error',
    says: 'Every gate that is named exists.',
    check: ({ objectives, testing }) => {
      const gates = Object.keys(objectives.gates);
      const named = [
        ...testing.gates.map((gate, index) => ({ path: ['testing', 'gates', index], gate })),
        ...Object.entries(objectives.require).flatMap(([name, requirement]) =>
          Array.isArray(requirement.gate)
            ? requirement.gate.map((gate) => ({ path: ['objectives', 'require', name, 'gate'], gate }))
            : [],
        ),
      ];
      return named
        .filter(({ gate }) => !gates.includes(gate))
        .map(({ path, gate }) => ({
          path,
          message: `there is no gate ${gate}`,
          found: gate,
          expected: gates.join(', ') || 'none declared',
          suggestion: gates.length === 0 ? 'declare it under objectives.gates' : `use one of ${gates.join(', ')}`,
        }));
    },
  },
  {
    id: 'spec/reliability-range',
    severity: 'error',
    says: 'A reliability lies between 50 % and 100 %, both excluded.',
    check: ({ objectives }) =>
      Object.entries(objectives.gates)
        .filter(([, gate]) => gate.reliability <= 0.5 || gate.reliability >= 1)
        .map(([name, gate]) => ({
          path: ['objectives', 'gates', name, 'reliability'],
          message: `a reliability of ${gate.reliability} says nothing, or cannot be reached`,
          suggestion: 'write for example 0.99',
        })),
  },
  {
    id: 'spec/gate-unused',
    severity: 'warning',
    says: 'A declared gate is carried out by testing.',
    check: ({ objectives, testing }) =>
      Object.keys(objectives.gates)
        .filter((gate) => !testing.gates.includes(gate))
        .map((gate) => ({
          path: ['objectives', 'gates', gate],
          message: `no release carries out gate ${gate}`,
          suggestion: `write testing: {gates: [${[...testing.gates, gate].join(', ')}]}`,
        })),
  },
  {
    id: 'spec/gate-empty',
    severity: 'warning',
    says: 'A gate has an objective to certify.',
    check: ({ objectives }) =>
      Object.keys(objectives.gates)
        .filter(
          (gate) =>
            !Object.values(objectives.require).some(
              (requirement) =>
                requirement.gate === null || (Array.isArray(requirement.gate) && requirement.gate.includes(gate)),
            ),
        )
        .map((gate) => ({
          path: ['objectives', 'gates', gate],
          message: `no objective belongs to gate ${gate}: every model passes it`,
          suggestion: 'declare one under objectives.require, or remove the gate',
        })),
  },
  {
    id: 'spec/gate-without-key',
    severity: 'warning',
    says: 'Rows of a part that gates use are known by a key.',
    check: ({ objectives, task }) =>
      task.key.length > 0
        ? []
        : Object.entries(objectives.gates).map(([name, gate]) => ({
            path: ['objectives', 'gates', name, 'on'],
            message: `no task.key is declared: the ledger knows rows of ${gate.on} by all their columns, and a new column makes them other rows`,
            suggestion: 'write task: {key: [...]} with the columns that name a row',
          })),
  },
  {
    id: 'spec/reserved-name',
    severity: 'error',
    says: 'Gates and baselines do not take words that mean something else in objectives.',
    check: ({ objectives }) => [
      ...reserved(objectives.gates, 'gates', reservedGates),
      ...reserved(objectives.baselines, 'baselines', reservedBaselines),
    ],
  },
  {
    id: 'spec/metric-implementation',
    severity: 'error',
    says: "A metric of the project's own has exactly one implementation, and a range that goes upwards.",
    check: ({ objectives }) =>
      Object.entries(objectives.metrics).flatMap(([name, metric]): Found[] => {
        const path = ['objectives', 'metrics', name];
        const count = [metric.python, metric.typescript].filter((one) => one !== undefined).length;
        const [low, high] = metric.range ?? [0, 1];
        return [
          ...(count === 1
            ? []
            : [
                {
                  path,
                  message: `metric ${name} has ${count === 0 ? 'no implementation' : 'two implementations'}`,
                  suggestion: 'write exactly one of python and typescript',
                },
              ]),
          ...(low < high
            ? []
            : [
                {
                  path: [...path, 'range'],
                  message: `the range of metric ${name} is empty`,
                  found: `${low}, ${high}`,
                  suggestion: 'write the least value first',
                },
              ]),
        ];
      }),
  },
  {
    id: 'spec/trivial-baseline',
    severity: 'error',
    says: 'A trivial model fits the kind of task.',
    check: ({ objectives, task }) =>
      Object.entries(objectives.baselines).flatMap(([name, baseline]): Found[] => {
        if (!('trivial' in baseline)) return [];
        const forNumbers = baseline.trivial === 'mean' || baseline.trivial === 'median';
        const numbers = task.kind === 'regression' || task.kind === 'forecasting';
        const classes = task.kind === 'binary' || task.kind === 'multiclass' || task.kind === 'multilabel';
        if (!(forNumbers ? classes : numbers)) return [];
        return [
          {
            path: ['objectives', 'baselines', name],
            message: `the trivial model ${baseline.trivial} does not fit a ${task.kind} task`,
            found: baseline.trivial,
            expected: numbers ? 'mean, median' : 'majority, prior',
            suggestion: `write ${numbers ? 'mean or median' : 'majority or prior'}`,
          },
        ];
      }),
  },
];

function reserved(declared: Readonly<Record<string, unknown>>, key: string, words: readonly string[]): Found[] {
  return Object.keys(declared)
    .filter((name) => words.includes(name))
    .map((name) => ({
      path: ['objectives', key, name],
      message: `${name} has a meaning of its own in objectives`,
      found: name,
      suggestion: 'choose another name',
    }));
}
