import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by `metrics/`. */
export const metricsCodes = {
  METRIC_BAD_VALUE: {
    kind: 'invalid-input',
    title: 'A label, prediction or score is missing, not finite, or outside its range.',
    hint: 'Correct the model, or leave rows without a label out in the query.',
  },
  METRIC_NO_ANSWER: {
    kind: 'invalid-input',
    title: 'A model gives no predictions, or not one score a class.',
    hint: 'Answer with a column prediction, or with score_0, score_1 and so on, one a class.',
  },
  METRIC_BAD_COST: {
    kind: 'invalid-input',
    title: 'The condition of a declared cost has no truth value.',
    hint: 'Write a condition over predicted and actual, for example predicted and not actual.',
  },
  METRIC_UNKNOWN_CLASS: {
    kind: 'invalid-input',
    title: 'A label or prediction is none of the classes that the model knows.',
    hint: 'Declare task.classes, or make sure that every class occurs in the training part.',
  },
} as const satisfies Record<string, CatalogueEntry>;
