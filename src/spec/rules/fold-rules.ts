import type { Found, Rule } from './rule.ts';

/** The part that `part.metric` names, where it is what folds are measured as. */
export const foldsPart = 'folds';
/** Ports of the steps of a fold beside the parts. */
const foldPorts = [foldsPart, 'held_out'];

/** Rules about folds of the training part. */
export const foldRules: readonly Rule[] = [
  {
    id: 'spec/fold-column',
    severity: 'error',
    says: 'Folds by group, stratified or rolling name their column.',
    check: ({ splitting: { folds }, task }) => {
      if (folds === null || folds.column !== null) return [];
      const usual = { hash: '', stratified: task.label, group: task.group, rolling: task.time }[folds.by];
      return usual !== null
        ? []
        : [
            {
              path: ['splitting', 'folds'],
              message: `folds by ${folds.by} need a column`,
              suggestion: `write by: ${folds.by}(<column>)`,
            },
          ];
    },
  },
  {
    id: 'spec/fold-gap',
    severity: 'error',
    says: 'Only rolling folds have a gap.',
    check: ({ splitting: { folds } }) =>
      folds === null || folds.gapMs === 0 || folds.by === 'rolling'
        ? []
        : [
            {
              path: ['splitting', 'folds', 'gap'],
              message: `folds by ${folds.by} have no gap: none is later than another`,
              suggestion: 'remove gap, or write by: rolling(<column>)',
            },
          ],
  },
  {
    id: 'spec/fold-part-name',
    severity: 'error',
    says: 'Where there are folds, no part has the name of what they are made into.',
    check: ({ splitting: { folds, parts } }): Found[] =>
      folds === null
        ? []
        : foldPorts
            .filter((name) => name in parts)
            .map((name) => ({
              path: ['splitting', 'parts', name],
              message: `${name} has a meaning of its own where there are folds`,
              found: name,
              suggestion: 'choose another name',
            })),
  },
  {
    id: 'spec/fold-tuning',
    severity: 'error',
    says: 'Where there are folds, tuning chooses by what was measured on them.',
    check: ({ splitting: { folds }, training }): Found[] => {
      const tuning = training?.tuning;
      if (folds === null || tuning == null || tuning.objective.startsWith(`${foldsPart}.`)) return [];
      const metric = tuning.objective.split('.').slice(1).join('.') || tuning.objective;
      return [
        {
          path: ['training', 'tuning', tuning.direction],
          message: `tuning chooses by ${tuning.objective}, so that the folds would tell nothing of what was chosen`,
          found: tuning.objective,
          expected: `${foldsPart}.<metric>`,
          suggestion: `write ${tuning.direction}: ${foldsPart}.${metric}, or remove folds`,
        },
      ];
    },
  },
];
