/*
 * The names of metrics: what objectives can name, and exactly what the module of metrics measures (a test holds the two
 * equal). They stand here because a declaration is checked before anything that measures is loaded.
 */

/** Metrics that are always measured where they apply. */
export const metricNames = [
  'accuracy',
  'error_rate',
  'precision',
  'recall',
  'specificity',
  'false_positive_rate',
  'false_negative_rate',
  'positive_rate',
  'f1',
  'precision_weighted',
  'recall_weighted',
  'f1_weighted',
  'f1_micro',
  'balanced_accuracy',
  'mcc',
  'kappa',
  'cost',
  'auc',
  'pr_auc',
  'log_loss',
  'brier',
  'ece',
  'mae',
  'mse',
  'rmse',
  'median_ae',
  'r2',
  'mape',
  'quantile_loss_10',
  'quantile_loss_50',
  'quantile_loss_90',
  'ndcg',
  'ndcg_10',
  'map',
] as const;

const most = 1_000_000;

/** Metrics told apart by a whole number in their name, with the least and the greatest one. */
export const metricForms = {
  'top_<k>_accuracy': [1, most],
  'quantile_loss_<percent>': [1, 99],
  'ndcg_<k>': [1, most],
  'map_<k>': [1, most],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** A form of names of metrics. */
export type MetricForm = keyof typeof metricForms;

/**
 * The form of a metric's name and the number in it; null where it has none of the forms.
 * @example metricForm('ndcg_5') // { form: 'ndcg_<k>', number: 5 }
 */
export function metricForm(name: string): { readonly form: MetricForm; readonly number: number } | null {
  for (const [form, [least, greatest]] of Object.entries(metricForms)) {
    const [before, after] = form.split(/<\w+>/) as [string, string];
    const middle = name.slice(before.length, name.length - after.length);
    if (!name.startsWith(before) || !name.endsWith(after) || !/^[1-9]\d*$/.test(middle)) continue;
    const number = Number(middle);
    if (number >= least && number <= greatest) return { form: form as MetricForm, number };
  }
  return null;
}
