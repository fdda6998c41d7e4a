import type { Observations } from './observations.ts';

/**
 * The observations of some rows, in the order given; a row may come more than once. Queries of which no row is left are no
 * queries of the answer.
 */
export function selectRows(observations: Observations, rows: ArrayLike<number>): Observations {
  const pick = <T extends Float64Array | Int32Array>(values: T): T => {
    const picked = new (values.constructor as new (length: number) => T)(rows.length);
    for (let index = 0; index < rows.length; index++) picked[index] = values[rows[index]!]!;
    return picked;
  };
  if (observations.kind === 'numbers')
    return {
      ...observations,
      rowCount: rows.length,
      actual: pick(observations.actual),
      predicted: pick(observations.predicted),
      weights: observations.weights === null ? null : pick(observations.weights),
    };
  if (observations.kind === 'ranking')
    return {
      ...observations,
      rowCount: rows.length,
      relevance: pick(observations.relevance),
      scores: pick(observations.scores),
      ...renumbered(pick(observations.query)),
    };
  return {
    ...observations,
    rowCount: rows.length,
    actual: pick(observations.actual),
    predicted: pick(observations.predicted),
    scores: observations.scores?.map(pick) ?? null,
    weights: observations.weights === null ? null : pick(observations.weights),
  };
}

function renumbered(queries: Int32Array): { query: Int32Array; queryCount: number } {
  const numbers = new Map<number, number>();
  const query = queries.map((old) => {
    const number = numbers.get(old) ?? numbers.size;
    numbers.set(old, number);
    return number;
  });
  return { query, queryCount: numbers.size };
}
