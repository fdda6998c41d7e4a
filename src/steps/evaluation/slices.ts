import { measureAll, type Observations, selectRows } from '../../metrics/index.ts';
import { type Groups, rowsByGroup } from './groups.ts';
import type { EvaluationResult } from './result.ts';
import { toJson } from './to-json.ts';

const maximumValues = 50;

/**
 * Measures the model by the values of each slice: the fifty largest, the rest counted.
 * @param further metrics by name, beside those that are always measured
 */
export function measureSlices(
  slices: Readonly<Record<string, Groups>>,
  observations: Observations,
  further: readonly string[],
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
        metrics: toJson(measureAll(selectRows(observations, rows[index]!), further)),
      });
  }
  return { slices: measured, slicesLeftOut };
}
