import type { ResolvedSpec } from '../document.ts';
import { takesEnvironment } from '../sections/implementation.ts';
import type { Found, Rule } from './rule.ts';
import { allSteps } from './step-paths.ts';

const maximumCombinations = 10_000;

function cycleOf(models: ResolvedSpec['models']): string[] | null {
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, trail: readonly string[]): string[] | null => {
    if (state.get(name) === 'done') return null;
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    for (const need of models[name]?.needs ?? []) {
      const found = visit(need, [...trail, name]);
      if (found !== null) return found;
    }
    state.set(name, 'done');
    return null;
  };
  for (const name of Object.keys(models)) {
    const found = visit(name, []);
    if (found !== null) return found;
  }
  return null;
}

/** Rules about steps, training and models. */
export const stepRules: readonly Rule[] = [
  {
    id: 'spec/implementation',
    severity: 'error',
    says: 'A step has exactly one implementation.',
    check: (spec) => {
      const kinds = 'python, typescript, command, container or sql';
      const trainings = [
        { path: ['training'], training: spec.training },
        ...Object.entries(spec.models).map(([name, { training }]) => ({
          path: ['models', name, 'training'],
          training,
        })),
      ].filter(({ training }) => training !== null && training.implementation === null);
      const steps = [...allSteps(spec.steps)].filter(({ step }) => step.steps === null && step.implementation === null);
      return [...trainings, ...steps].map(({ path }) => ({
        path,
        message: `${path.at(-1)} has no implementation, or more than one`,
        suggestion: `write exactly one of ${kinds}`,
      }));
    },
  },
  {
    id: 'spec/group-implementation',
    severity: 'error',
    says: 'A group of steps has no implementation of its own.',
    check: (spec) =>
      [...allSteps(spec.steps)]
        .filter(({ step }) => step.steps !== null && step.implementation !== null)
        .map(({ path, step }) => ({
          path: [...path, step.implementation!.kind],
          message: `${path.at(-1)} has steps, and an implementation besides`,
          suggestion: `remove ${step.implementation!.kind}, or steps`,
        })),
  },
  {
    id: 'spec/environment-unused',
    severity: 'error',
    says: 'Only what can run in a Python environment declares one.',
    check: (spec) => [
      ...(spec.validation.environment === null || spec.validation.checks.some(({ own }) => own?.kind === 'python')
        ? []
        : [
            {
              path: ['validation', 'environment'],
              message: 'the environment of validation would not be used: no check is a Python function',
              suggestion: 'remove environment',
            },
          ]),
      ...[...allSteps(spec.steps)].flatMap(({ path, step: { implementation, environment } }): Found[] =>
        implementation === null || environment === null || takesEnvironment(implementation.kind)
          ? []
          : [
              {
                path: [...path, 'environment'],
                message: `the environment of ${path.at(-1)} would not be used: ${
                  implementation.kind === 'sql' ? 'SQL runs inside mlspec' : 'a container has what is in its image'
                }`,
                expected: `no environment beside ${implementation.kind}`,
                suggestion: 'remove environment',
              },
            ],
      ),
    ],
  },
  {
    id: 'spec/loop-size',
    severity: 'error',
    says: 'A loop has at most 10,000 combinations of values.',
    check: (spec) =>
      [...allSteps(spec.steps)].flatMap(({ path, step }): Found[] => {
        const sizes = Object.values(step.for_each ?? {}).map((values) => values.length);
        const combinations = sizes.reduce((product, size) => product * size, 1);
        return combinations <= maximumCombinations
          ? []
          : [
              {
                path: [...path, 'for_each'],
                message: `the loop has ${combinations} combinations of values`,
                expected: `at most ${maximumCombinations}`,
                suggestion: 'give fewer values',
              },
            ];
      }),
  },
  {
    id: 'spec/empty-loop',
    severity: 'error',
    says: 'A loop has at least one value for each of its parameters.',
    check: (spec) =>
      [...allSteps(spec.steps)].flatMap(({ path, step }) =>
        Object.entries(step.for_each ?? {})
          .filter(([, values]) => values.length === 0)
          .map(([name]) => ({
            path: [...path, 'for_each', name],
            message: `the loop over ${name} is empty: the step could never run`,
            suggestion: 'write at least one value',
          })),
      ),
  },
  {
    id: 'spec/executor-not-built',
    severity: 'error',
    says: 'A declared executor or store is not built yet.',
    check: (spec) => [
      ...(spec.executor === 'local'
        ? []
        : [
            {
              path: ['executor'],
              message: `the executor ${spec.executor} is not built yet`,
              expected: 'local',
              found: spec.executor,
              suggestion: 'write executor: local',
            },
          ]),
    ],
  },
  {
    id: 'spec/model-needs',
    severity: 'error',
    says: 'Models need models that exist, and not each other in a circle.',
    check: ({ models }) => {
      const unknown = Object.entries(models).flatMap(([name, model]) =>
        model.needs
          .filter((need) => !(need in models))
          .map((need) => ({
            path: ['models', name, 'needs'],
            message: `there is no model ${need}`,
            expected: Object.keys(models).join(', '),
            found: need,
            suggestion: `use one of ${Object.keys(models).join(', ')}`,
          })),
      );
      const cycle = cycleOf(models);
      return cycle === null
        ? unknown
        : [
            ...unknown,
            {
              path: ['models', cycle[0]!, 'needs'],
              message: `these models need each other: ${cycle.join(' → ')}`,
              suggestion: 'break the circle',
            },
          ];
    },
  },
  {
    id: 'spec/several-models-not-built',
    severity: 'error',
    says: 'Several models are declared and resolved; carrying them out is not built yet.',
    check: ({ models }) =>
      Object.keys(models).length === 0
        ? []
        : [
            {
              path: ['models'],
              message: 'several models in one declaration are not carried out yet',
              suggestion: 'declare one model with training at the top',
            },
          ],
  },
];
