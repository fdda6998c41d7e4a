import type { MetricFacts, RankingMetric } from './metric.ts';
import { measureMean } from './metric-intervals.ts';
import type { RankingObservations } from './observations.ts';
import { ndcgs, queryAveragePrecisions } from './query-gains.ts';
import { weightedMean } from './row-means.ts';

const unweighted = { weights: null };

/** A metric that is a mean of one number a query. */
function ofQueries(
  name: string,
  says: string,
  perQuery: (observations: RankingObservations) => Float64Array,
): RankingMetric {
  const facts: MetricFacts = {
    name,
    says,
    tasks: ['ranking'],
    direction: 'maximize',
    range: [0, 1],
    method: "Student's t, of the mean over queries",
  };
  return {
    ...facts,
    rows: perQuery,
    value: (o) => weightedMean(perQuery(o), unweighted),
    measure: (o) => {
      const { value, interval } = measureMean(perQuery(o), unweighted, { low: 0, high: 1 });
      return { value, interval: interval === null ? null : { ...interval, method: facts.method! } };
    },
  };
}

/** NDCG of the first `k` ranks. */
export function ndcgAt(k: number): RankingMetric {
  return ofQueries(`ndcg_${k}`, `NDCG of the first ${k} ranks.`, (o) => ndcgs(o, k));
}

/** MAP of the first `k` ranks. */
export function mapAt(k: number): RankingMetric {
  return ofQueries(`map_${k}`, `MAP of the first ${k} ranks; the best that ${k} ranks allow is 1.`, (o) =>
    queryAveragePrecisions(o, k),
  );
}

/** Metrics of rankings: means over queries. */
export const rankingMetrics: readonly RankingMetric[] = [
  ofQueries(
    'ndcg',
    'Mean over queries of the discounted gain against the best order; rows of equal score share their ranks; a query without relevant rows counts 0.',
    (o) => ndcgs(o, Number.POSITIVE_INFINITY),
  ),
  ndcgAt(10),
  ofQueries(
    'map',
    'Mean over queries of the average precision; rows of equal score stand at one step; a query without relevant rows counts 0.',
    (o) => queryAveragePrecisions(o, Number.POSITIVE_INFINITY),
  ),
];
