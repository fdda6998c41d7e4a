import type { Measured } from '../../metrics/index.ts';
import type { EvaluationResult } from './result.ts';

/** NaN has no JSON form: an undefined metric is null. */
export function toJson(measured: Readonly<Record<string, Measured>>): EvaluationResult['metrics'] {
  return Object.fromEntries(
    Object.entries(measured).map(([name, { value, interval }]) => [
      name,
      { value: Number.isFinite(value) ? value : null, interval: interval === null ? null : { ...interval } },
    ]),
  );
}
