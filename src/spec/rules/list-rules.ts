import type { ResolvedSpec, SliceSpec } from '../document.ts';
import type { Found, Rule } from './rule.ts';

interface NamedList {
  readonly path: readonly string[];
  readonly names: readonly (string | number | boolean)[];
}

function listsOf(spec: ResolvedSpec): NamedList[] {
  return [
    { path: ['secrets'], names: spec.secrets },
    { path: ['task', 'key'], names: spec.task.key },
    { path: ['task', 'label'], names: spec.task.labels ?? [] },
    { path: ['task', 'classes'], names: spec.task.classes ?? [] },
    { path: ['features', 'include'], names: spec.features.include ?? [] },
    { path: ['features', 'exclude'], names: spec.features.exclude },
    { path: ['features', 'forbidden'], names: spec.features.forbidden },
    { path: ['splitting', 'sealed'], names: spec.splitting.sealed },
    { path: ['testing', 'gates'], names: spec.testing.gates },
    { path: ['packaging', 'format'], names: spec.packaging.format },
    { path: ['evaluation', 'metrics'], names: spec.evaluation.metrics },
    ...slicesOf(spec).map(({ path, slices }) => ({ path, names: slices.map((slice) => slice.name) })),
  ];
}

function slicesOf({ analysis, evaluation }: ResolvedSpec): { path: readonly string[]; slices: readonly SliceSpec[] }[] {
  return [
    { path: ['analysis', 'slices'], slices: analysis.slices },
    { path: ['evaluation', 'slices'], slices: evaluation.slices },
    { path: ['analysis', 'inspect', 'columns'], slices: analysis.inspect?.columns ?? [] },
  ];
}

/** Rules about lists of names. */
export const listRules: readonly Rule[] = [
  {
    id: 'spec/repeated',
    severity: 'error',
    says: 'A list of names names each once.',
    check: (spec) =>
      listsOf(spec).flatMap(({ path, names }) =>
        names.flatMap((name, index): Found[] =>
          names.indexOf(name) === index
            ? []
            : [
                {
                  path: [...path, index],
                  message: `${String(name)} stands in ${path.join('.')} a second time`,
                  found: String(name),
                  suggestion: 'remove one of them',
                },
              ],
        ),
      ),
  },
  {
    id: 'spec/feature-excluded',
    severity: 'error',
    says: 'No column is included and excluded at once.',
    check: ({ features }) =>
      features.exclude.flatMap((column, index): Found[] =>
        features.include?.includes(column)
          ? [
              {
                path: ['features', 'exclude', index],
                message: `${column} is included and excluded`,
                found: column,
                suggestion: 'remove it from one of the lists',
              },
            ]
          : [],
      ),
  },
  {
    id: 'spec/slice-edges',
    severity: 'error',
    says: 'The edges of a slice ascend.',
    check: (spec) =>
      slicesOf(spec).flatMap(({ path, slices }) =>
        slices.flatMap((slice, index): Found[] =>
          slice.edges === null || slice.edges.every((edge, at) => at === 0 || slice.edges![at - 1]! < edge)
            ? []
            : [
                {
                  path: [...path, index, slice.column],
                  message: `the edges of ${slice.name} do not ascend`,
                  found: slice.edges.join(', '),
                  suggestion: `write [${[...new Set(slice.edges)].sort((a, b) => a - b).join(', ')}]`,
                },
              ],
        ),
      ),
  },
];
