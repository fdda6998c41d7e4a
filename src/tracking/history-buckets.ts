/**
 * Histories reduced before they are sent. A history is cut into buckets of about as many points; of each bucket the
 * first, the last, the smallest, the largest and a NaN are kept, as the real points that they are: no spike is lost,
 * however much is left out. Short histories are reduced from their points; long ones from blocks kept while they were
 * written, and from points only where a range begins and ends.
 */
import type { Session } from '../database/index.ts';
import type { Metric } from './entities.ts';
import { badValue } from './names.ts';
import { readPoints, seriesOfRuns } from './read-series.ts';
import { readBlocks, tailMark } from './series-blocks.ts';
import { comparePoints, compareSteps, metricOf, type StoredPoint } from './series-point.ts';
import { pointsOf, reduce, type SeriesSummary, summaryOf } from './series-summary.ts';
import type { MetricBucket, ReducedHistoryQuery, RunHistory, StepRange } from './tracking-store.ts';

/** Points that are read one by one, at most, where blocks would do. */
const pointsAtMost = 65_536;
/** Blocks of which only a part is wanted; where there are more, steps go up and down, and points are read. */
const partsAtMost = 16;
const runsAtOnce = 100;
const largestLimit = 2500;

/** The history of a metric in each of some runs as at most `limit` buckets; none where nobody logged it. */
export async function metricBuckets(session: Session, query: ReducedHistoryQuery): Promise<RunHistory<MetricBucket>[]> {
  return await ofEachRun(session, query, async (series) => {
    const parts = await readParts(session, series, query);
    return reduce(parts, query.limit).map((part) => bucketOf(part, query.key));
  });
}

/**
 * The history of a metric in each of some runs as at most `limit` of its points, by step: all, where there are no more;
 * else those that are kept of as many buckets as that allows. One point is the last one.
 */
export async function metricSample(session: Session, query: ReducedHistoryQuery): Promise<RunHistory<Metric>[]> {
  const { key, limit, steps } = query;
  return await ofEachRun(session, query, async (series) => {
    const parts = await readParts(session, series, { steps, limit: Math.ceil(limit / 2) });
    return sampleOf(parts, limit)
      .toSorted((a, b) => compareSteps(a.step, b.step) || comparePoints(a, b))
      .map((point) => metricOf(point, key));
  });
}

async function ofEachRun<Item>(
  session: Session,
  { runIds, key, steps, limit }: ReducedHistoryQuery,
  read: (series: number) => Promise<Item[]>,
): Promise<RunHistory<Item>[]> {
  if (runIds.length > runsAtOnce) throw badValue(`expected at most ${runsAtOnce} runs, found ${runIds.length}`);
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit)
    throw badValue(`expected a limit of 1 to ${largestLimit}, found ${limit}`);
  if (steps !== undefined && steps.from > steps.to)
    throw badValue(`expected a last step that is not before the first one, found ${steps.from} to ${steps.to}`);
  const series = await seriesOfRuns(session, runIds, key);
  const histories: RunHistory<Item>[] = [];
  for (const runId of runIds) {
    const id = series.get(runId);
    histories.push({ runId, items: id === undefined ? [] : await read(id) });
  }
  return histories;
}

type Wanted = Pick<ReducedHistoryQuery, 'steps' | 'limit'>;

/** A history as parts that follow each other: points, or blocks where those are enough for `limit` buckets. */
async function readParts(session: Session, series: number, wanted: Wanted): Promise<SeriesSummary[]> {
  const mark = await tailMark(session, series);
  const tail = await readPoints(session, series, { behind: mark, steps: wanted.steps });
  const before = mark === null ? [] : await readBlocked(session, { series, mark }, wanted);
  return [...before, ...tail.map(summaryOf)];
}

async function readBlocked(
  session: Session,
  { series, mark }: { readonly series: number; readonly mark: StoredPoint },
  { steps, limit }: Wanted,
): Promise<SeriesSummary[]> {
  const blocks = await readBlocks(session, series, { mark, steps });
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (first === undefined || last === undefined) return [];
  const wholeCount = blocks.filter((block) => isWithin(block, steps)).length;
  const pointCount = blocks.reduce((sum, { count }) => sum + count, 0);
  const areEnough = wholeCount >= limit || pointCount > pointsAtMost;
  if (!areEnough || blocks.length - wholeCount > partsAtMost)
    return (await readPoints(session, series, { from: first.first, to: last.last, steps })).map(summaryOf);
  const parts: SeriesSummary[] = [];
  for (const block of blocks) {
    if (isWithin(block, steps)) parts.push(block);
    else {
      const points = await readPoints(session, series, { from: block.first, to: block.last, steps });
      parts.push(...points.map(summaryOf));
    }
  }
  return parts;
}

function isWithin({ lowStep, highStep }: SeriesSummary, steps: StepRange | undefined): boolean {
  return steps === undefined || (BigInt(lowStep) >= steps.from && BigInt(highStep) <= steps.to);
}

function bucketOf({ first, last, min, max, nan }: SeriesSummary, key: string): MetricBucket {
  return {
    first: metricOf(first, key),
    last: metricOf(last, key),
    min: min && metricOf(min, key),
    max: max && metricOf(max, key),
    nan: nan && metricOf(nan, key),
  };
}

function sampleOf(parts: readonly SeriesSummary[], limit: number): StoredPoint[] {
  if (parts.length <= limit && parts.every(({ count }) => count === 1)) return parts.map(({ first }) => first);
  // A bucket leaves two points where values only rise or fall, five where it has a NaN besides.
  for (const share of [2, 3, 4, 5]) {
    const points = reduce(parts, Math.max(Math.floor(limit / share), 1)).flatMap(pointsOf);
    if (points.length <= limit) return points;
  }
  const [{ first, last, min, max }] = reduce(parts, 1) as [SeriesSummary];
  const byWeight = [last, first, max, min].filter((point) => point !== null);
  const different = byWeight.filter(
    (point, index) => byWeight.findIndex((one) => !comparePoints(one, point)) === index,
  );
  return different.slice(0, limit);
}
