/**
 * What can fill a cell of a template: the closed vocabulary. The first group is proved by signed statements and falls back to the
 * declaration where it speaks of the same; the second stands in the declaration alone.
 */
export const sourceNames = [
  'declaration',
  'lifecycle',
  'objectives',
  'data-sources',
  'data-parts',
  'data-checks',
  'data-statistics',
  'training-data',
  'transformation',
  'model',
  'metrics',
  'metrics-by-slice',
  'measured-objectives',
  'gates',
  'package',
  'registration',
  'approvals',
  'deployments',
  'windows',
  'environments',
  'code',
  'compute',
  'bill-of-materials',
  'record',
  'purpose',
  'intended-use',
  'limitations',
  'license',
  'owners',
  'task',
  'labels',
  'features',
  'explanations',
  'resources',
  'serving',
  'monitoring',
  'rollback',
  'retraining',
  'logging',
] as const;

/** One word of the vocabulary. */
export type SourceName = (typeof sourceNames)[number];
