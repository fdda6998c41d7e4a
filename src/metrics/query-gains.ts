import type { RankingObservations } from './observations.ts';

/** Rows of each query in falling order of score; ties in the order of rows. */
function queriesInOrder(observations: RankingObservations): number[][] {
  const queries: number[][] = Array.from({ length: observations.queryCount }, () => []);
  for (let row = 0; row < observations.rowCount; row++) queries[observations.query[row]!]!.push(row);
  for (const rows of queries) rows.sort((a, b) => observations.scores[b]! - observations.scores[a]! || a - b);
  return queries;
}

/**
 * NDCG of each query with linear gains and discount 1 / log2(rank + 1), at most `limit` ranks; rows of equal score share
 * the mean of their discounts. A query without relevant rows counts 0.
 * @see Järvelin and Kekäläinen 2002; McSherry and Najork 2008 for ties
 */
export function ndcgs(observations: RankingObservations, limit: number): Float64Array {
  return Float64Array.from(queriesInOrder(observations), (rows) => {
    const ideal = rows.map((row) => observations.relevance[row]!).sort((a, b) => b - a);
    const best = ideal.slice(0, limit).reduce((sum, relevance, rank) => sum + relevance / Math.log2(rank + 2), 0);
    return best === 0 ? 0 : discountedGain(rows, observations, limit) / best;
  });
}

function discountedGain(rows: readonly number[], { scores, relevance }: RankingObservations, limit: number): number {
  let gain = 0;
  for (let from = 0; from < rows.length; ) {
    let to = from;
    while (to + 1 < rows.length && scores[rows[to + 1]!] === scores[rows[from]!]) to++;
    let discounts = 0;
    let relevances = 0;
    for (let rank = from; rank <= to; rank++) {
      discounts += rank < limit ? 1 / Math.log2(rank + 2) : 0;
      relevances += relevance[rows[rank]!]!;
    }
    gain += (discounts * relevances) / (to - from + 1);
    from = to + 1;
  }
  return gain;
}

/**
 * Average precision of each query over its first `limit` ranks: the sum of precision over steps of recall; rows of equal
 * score stand at one step. Without relevant rows 0. Beyond the limit relevant rows count as never found.
 */
export function queryAveragePrecisions(observations: RankingObservations, limit: number): Float64Array {
  const { scores, relevance } = observations;
  return Float64Array.from(queriesInOrder(observations), (rows) => {
    const relevant = rows.reduce((count, row) => count + (relevance[row]! > 0 ? 1 : 0), 0);
    let found = 0;
    let sum = 0;
    for (let from = 0; from < Math.min(limit, rows.length); ) {
      let to = from;
      let here = 0;
      while (to < rows.length && scores[rows[to]!] === scores[rows[from]!]) here += relevance[rows[to++]!]! > 0 ? 1 : 0;
      // of equal scores that reach beyond the limit, those within it hold their part
      const within = Math.min(to, limit) - from;
      const hits = (here * within) / (to - from);
      found += hits;
      sum += (hits * found) / (from + within);
      from = to;
    }
    return relevant === 0 ? 0 : sum / Math.min(relevant, limit);
  });
}
