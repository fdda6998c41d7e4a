import type { ClassObservations, NumberObservations } from './observations.ts';

/** A classifier as one class sees it: rows are of it or not. Without scores and costs. Null where it is no class of theirs. */
export function oneAgainstRest(
  observations: ClassObservations,
  of: string | number | boolean,
): ClassObservations | null {
  const index = observations.classes.findIndex((one) => String(one) === String(of));
  if (index < 0) return null;
  const { rowCount, actual, predicted, weights } = observations;
  const isOf = (other: number): number => (other === index ? 1 : 0);
  return {
    kind: 'classes',
    rowCount,
    actual: actual.map(isOf),
    predicted: predicted.map(isOf),
    scores: null,
    classes: [`not ${of}`, of],
    weights,
    costs: null,
  };
}

/** Numbers whose errors beyond a limit count as the limit. */
export function cappedErrors(observations: NumberObservations, limit: number): NumberObservations {
  const { actual, predicted } = observations;
  const nearest = (value: number, row: number): number =>
    Math.min(actual[row]! + limit, Math.max(actual[row]! - limit, value));
  return { ...observations, predicted: predicted.map(nearest) };
}
