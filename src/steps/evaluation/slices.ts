import { applicableMetrics, type Observations, selectRows } from '../../metrics/index.ts';
import { type Groups, rowsByGroup } from './groups.ts';
import type { EvaluationResult } from './result.ts';
import { toJson } from './to-json.ts';

const maximumValues = 50;
/** Metrics whose intervals take long and that are left out of slices. */
const overallOnly = new Set(['ece', 'pr_auc', 'precision_weighted', 'recall_weighted', 'f1_weighted', 'f1_micro']);

/** Measures the model by the values of each slice: the fifty largest, the rest counted. */
export function measureSlices(
  slices: Readonly<Record<string, Groups>>,
  observations: Observations,
): Pick<EvaluationResult, 'slices' | 'slicesLeftOut'> {
  const measured: EvaluationResult['slices'] = [];
  const slicesLeftOut: Record<string, number> = {};
  for (const [slice, groups] of Object.entries(slices)) {
    if (groups.names.length > maximumValues) slicesLeftOut[slice] = groups.names.length - maximumValues;
    const rows = rowsByGroup(groups);
    for (const [index, value] of groups.names.slice(0, maximumValues).entries())
      measured.push({
        slice,
        value,
        rowCount: rows[index]!.length,
        metrics: measureSlice(selectRows(observations, rows[index]!)),
      });
  }
  return { slices: measured, slicesLeftOut };
}

function measureSlice(observations: Observations): EvaluationResult['metrics'] {
  const metrics = applicableMetrics(observations).filter((metric) => !overallOnly.has(metric.name));
  return toJson(Object.fromEntries(metrics.map((metric) => [metric.name, metric.measure(observations)])));
}
