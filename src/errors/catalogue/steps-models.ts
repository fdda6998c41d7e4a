import type { CatalogueEntry } from '../entry.ts';

/** Codes raised by the stages training, evaluation, testing and packaging. */
export const stepsModelsCodes = {
  TRANSFORM_BAD_DECLARATION: {
    kind: 'invalid-input',
    title: 'The declared transformation does not fit the columns of the dataset.',
    hint: 'Correct the expressions under transformation; the reference of transform functions lists what there is.',
  },
  TRAINING_NO_TRIAL: {
    kind: 'user-code',
    title: 'No trial of a search has a value of the objective.',
    hint: 'Look at the trials with mlspec show latest; a metric may be undefined on the part.',
  },
  TRAINING_COLUMN_MISSING: {
    kind: 'invalid-input',
    title: 'A column that training samples or weighs by is not in the transformed training part.',
    hint: 'Name the label, the key, the group or a feature; make another column a feature under transformation.',
  },
  TRAINING_CLASS_UNWEIGHED: {
    kind: 'invalid-input',
    title: 'Rows of the training part have a class that class_weights gives no weight.',
    hint: 'Add the class to training.class_weights, or write class_weights: balanced.',
  },
  EVALUATION_LABEL_MISSING: {
    kind: 'invalid-input',
    title: 'The part that a model is measured on has no label column, or rows without a label.',
    hint: 'Correct task.label, or leave rows without a label out in the query.',
  },
  EVALUATION_ROWS_DIFFER: {
    kind: 'invalid-input',
    title: 'A model did not answer every row that it is measured on.',
    hint: 'Look at the code of the model: it must give one answer a row, in the same order.',
  },
  EVALUATION_OTHER_TASK: {
    kind: 'invalid-input',
    title: 'A registered model solves another kind of task than the one that it is a baseline of.',
    hint: 'Let the baseline name a version of the same kind of task, or remove it.',
  },
  EVALUATION_UNKNOWN_METRIC: {
    kind: 'invalid-input',
    title: 'A metric is not known, or not one of this kind of task.',
    hint: 'See the reference of metrics for the names.',
  },
  EVALUATION_OVERFITTED: {
    kind: 'user-code',
    title: 'A model is better on its training rows than on others by more than is declared.',
    hint: 'Fit a simpler model or on more rows, or raise evaluation.overfitting.most_gap, or write severity: warn.',
  },
  EVALUATION_LABELS_LEAK: {
    kind: 'user-code',
    title: 'A model that was fitted on shuffled labels knows the labels of rows that it has not seen.',
    hint: 'Look at what the training code reads beside the part train: labels of other parts, or a source of its own.',
  },
  PACKAGING_GATE_FAILED: {
    kind: 'precondition-failed',
    title: 'A model that a gate did not pass, or that misses a measured objective, is not packaged.',
    hint: 'Look at the objectives with mlspec show latest evaluation and at the verdict with mlspec gate status, and improve the model.',
  },
  PACKAGING_NOT_EQUAL: {
    kind: 'user-code',
    title: 'The packaged model does not answer as the model did.',
    hint: 'Raise packaging.tolerance if the difference is acceptable, or package without this format.',
  },
  PACKAGING_CONVERSION: {
    kind: 'user-code',
    title: 'A model could not be converted to the declared format.',
    hint: 'Package as mlmodel alone, or add the converter to the requirements.',
  },
} as const satisfies Record<string, CatalogueEntry>;
