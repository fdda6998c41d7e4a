/**
 * Summaries of long series, kept while points are written, so that a history of a million points is shown without
 * reading them.
 *
 * The points of a series up to a mark are cut, in their order, into blocks of 256; those behind the mark are its tail.
 * A write that makes the tail longer than 2,304 points cuts blocks from its beginning, in its own transaction. A point
 * that comes late belongs to the block that ends at it or behind it and is added to that summary; a block that has
 * grown to four times its size is read again and cut. So every block always stands for exactly the points between its
 * first and its last one, short series cost nothing, and no write reads more than a few thousand points.
 */
import type { Session } from '../database/index.ts';
import { readPoints } from './read-series.ts';
import { comparePoints, keyOf, keyPlaces, pointKey, type StoredPoint } from './series-point.ts';
import { merge, packSummary, type SeriesSummary, summarize, summaryOf, unpackSummary } from './series-summary.ts';
import type { StepRange } from './tracking-store.ts';

const blockSize = 256;
const tailLimit = 9 * blockSize;
const splitAt = 4 * blockSize;
/** Series whose tails one write cuts: many keys that are logged together grow too long together. */
const cutsAtOnce = 4;
/** Points that one cut reads. */
const cutLimit = 8192;

/** What a write has to know of a series. */
export interface SeriesState {
  readonly id: number;
  /** The time of the last point in a block; -1 where there is no block. */
  readonly blocked_until_ms: number;
  /** Points behind it, at most: points that were logged twice may count twice. */
  readonly tail_points: number;
}

/** Whether a write to a series concerns its blocks: it has some, or is long enough for some. */
export function hasBlocks({ blocked_until_ms, tail_points }: SeriesState): boolean {
  return blocked_until_ms >= 0 || tail_points > tailLimit;
}

/** A series with points that were just written to it. */
export interface WrittenSeries {
  readonly state: SeriesState;
  readonly points: readonly StoredPoint[];
}

/** Brings the blocks of series up to date with points that are in the table already. */
export async function keepBlocks(session: Session, written: readonly WrittenSeries[]): Promise<void> {
  for (const { state, points } of written) {
    const late = points.filter((point) => point.timestamp_ms <= state.blocked_until_ms);
    if (late.length > 0) await addLate(session, state.id, late.toSorted(comparePoints));
  }
  const long = written.filter(({ state }) => state.tail_points > tailLimit).slice(0, cutsAtOnce);
  for (const { state } of long) await cutTail(session, state);
}

const lastKey = pointKey.map((column) => `last_${column}`);
const columns = ['series', ...lastKey, 'low_step', 'high_step', 'summary'];

interface SummaryRow {
  readonly summary: string;
}

/** Where the tail of a series begins: behind this point; null where it has no blocks. */
export async function tailMark(session: Session, series: number): Promise<StoredPoint | null> {
  const sql = `select summary from metric_blocks where series = ?
    order by ${lastKey.map((column) => `${column} desc`).join(', ')} limit 1`;
  const row = await session.first<SummaryRow>(sql, [series]);
  return row === null ? null : unpackSummary(row.summary).last;
}

/** The blocks up to a mark that hold a step of a range, in their order. */
export async function readBlocks(
  session: Session,
  series: number,
  { mark, steps }: { readonly mark: StoredPoint; readonly steps: StepRange | undefined },
): Promise<SeriesSummary[]> {
  const within = steps === undefined ? '' : 'and low_step <= ? and high_step >= ?';
  const sql = `select summary from metric_blocks where series = ? and (${lastKey.join(', ')}) <= ${keyPlaces} ${within}
    order by ${lastKey.join(', ')}`;
  const range = steps === undefined ? [] : [steps.to, steps.from];
  const rows = await session.all<SummaryRow>(sql, [series, ...keyOf(mark), ...range]);
  return rows.map(({ summary }) => unpackSummary(summary));
}

async function cutTail(session: Session, { id, tail_points: claimed }: SeriesState): Promise<void> {
  const tail = await readPoints(session, id, { behind: await tailMark(session, id), limit: cutLimit });
  // The last block's worth stays: points of several writers come a little out of order.
  const count = Math.max(0, Math.floor(tail.length / blockSize) - 1);
  const cut = tail.slice(0, count * blockSize);
  await writeBlocks(session, id, cut);
  const left = tail.length < cutLimit ? tail.length - cut.length : Math.max(claimed - cut.length, 0);
  const mark = cut.at(-1);
  if (mark === undefined) await session.run('update metric_series set tail_points = ? where id = ?', [left, id]);
  else {
    const sql = 'update metric_series set tail_points = ?, blocked_until_ms = ? where id = ?';
    await session.run(sql, [left, mark.timestamp_ms, id]);
  }
}

/** Cuts points into blocks, the last of which may be longer or shorter. */
async function writeBlocks(session: Session, series: number, all: readonly StoredPoint[]): Promise<void> {
  const rows: (string | number | bigint)[][] = [];
  for (let start = 0; start < all.length; start += blockSize) {
    const block = summarize(all.slice(start, start + blockSize));
    const { last, lowStep, highStep } = block;
    rows.push([series, ...keyOf(last), BigInt(lowStep), BigInt(highStep), packSummary(block)]);
  }
  await session.insert({ table: 'metric_blocks', columns }, rows);
}

/** Adds points, in their order, to the blocks that end at them or behind them; those behind all blocks are of the tail. */
async function addLate(session: Session, series: number, late: readonly StoredPoint[]): Promise<void> {
  for (let start = 0; start < late.length; ) {
    const found = await blockOf(session, series, late[start]!);
    if (found === null) return;
    const behind = late.findIndex((point, index) => index > start && comparePoints(point, found.last) > 0);
    const end = behind < 0 ? late.length : behind;
    const added = late.slice(start, end).reduce((block, point) => merge(block, summaryOf(point)), found);
    if (added.count < splitAt) await replaceBlock(session, series, added);
    else await splitBlock(session, series, added);
    start = end;
  }
}

async function blockOf(session: Session, series: number, point: StoredPoint): Promise<SeriesSummary | null> {
  const sql = `select summary from metric_blocks where series = ? and (${lastKey.join(', ')}) >= ${keyPlaces}
    order by ${lastKey.join(', ')} limit 1`;
  const row = await session.first<SummaryRow>(sql, [series, ...keyOf(point)]);
  return row === null ? null : unpackSummary(row.summary);
}

const thisBlock = `where series = ? and (${lastKey.join(', ')}) = ${keyPlaces}`;

async function replaceBlock(session: Session, series: number, block: SeriesSummary): Promise<void> {
  const sql = `update metric_blocks set low_step = ?, high_step = ?, summary = ? ${thisBlock}`;
  const values = [BigInt(block.lowStep), BigInt(block.highStep), packSummary(block)];
  await session.run(sql, [...values, series, ...keyOf(block.last)]);
}

async function splitBlock(session: Session, series: number, block: SeriesSummary): Promise<void> {
  const { first, last } = block;
  const all = await readPoints(session, series, { from: first, to: last });
  await session.run(`delete from metric_blocks ${thisBlock}`, [series, ...keyOf(last)]);
  await writeBlocks(session, series, all);
}
