/**
 * What was measured before, as lines of JSON: one for each table that was checked, with all its values, and one for each that somebody
 * accepted. Lines are appended and never changed. A line that cannot be read, as one that a dying process left half, is told by its number and
 * takes no part.
 */
import { z } from 'zod';
import { canonicalJson, digestHex, digestJson, type JsonValue } from '../../encoding/index.ts';
import type { CheckHistory, SeriesPoint, ValueName } from './series.ts';

const moment = z.iso.datetime();

const measuredLine = z.strictObject({
  history: z.literal(1),
  kind: z.literal('measured'),
  id: z.string(),
  dataset: z.string(),
  at: moment.describe('The moment that the values are of.'),
  recordedAt: moment,
  data: z.string().nullable().describe('Digest of the file; null of a query.'),
  outcome: z.enum(['passed', 'failed']).describe('Whether anything failed that was asked of the table.'),
  values: z.array(z.strictObject({ that: z.string(), where: z.string().nullable(), value: z.number().nullable() })),
});

const acceptedLine = z.strictObject({
  history: z.literal(1),
  kind: z.literal('accepted'),
  of: z.string().describe('The id of what was measured.'),
  that: z.string().nullable().describe('The value; null: all values.'),
  as: z.enum(['exception', 'usual']),
  why: z.string(),
  recordedAt: moment,
});

const line = z.discriminatedUnion('kind', [measuredLine, acceptedLine]);

/** The values of one table at one moment. */
export type MeasuredTable = z.output<typeof measuredLine>;

/** What somebody said of an unusual value: left out as an exception, or counted as a usual one. */
export type AcceptedValue = z.output<typeof acceptedLine>;

/** A file of values as it was read. */
export interface ReadHistory {
  /** By moment; of equal ones in the order of the file. */
  readonly measured: readonly MeasuredTable[];
  readonly accepted: readonly AcceptedValue[];
  /** Numbers of lines that cannot be read, from 1. */
  readonly damaged: readonly number[];
}

/** Reads lines. Never throws; empty ones are passed over. */
export function readHistory(text: string): ReadHistory {
  const measured: MeasuredTable[] = [];
  const accepted: AcceptedValue[] = [];
  const damaged: number[] = [];
  for (const [at, written] of text.split('\n').entries()) {
    if (written.trim() === '') continue;
    const read = line.safeParse(parsed(written));
    if (!read.success) damaged.push(at + 1);
    else if (read.data.kind === 'measured') measured.push(read.data);
    else accepted.push(read.data);
  }
  return { measured: measured.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)), accepted, damaged };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What was measured, as a line; its id is of its content. */
export function measuredText(measured: Omit<MeasuredTable, 'history' | 'kind' | 'id'>): string {
  const content = { history: 1, kind: 'measured', ...measured } as const;
  return lineOf({ ...content, id: digestHex(digestJson(content)).slice(0, 8) });
}

/** What was accepted, as a line. */
export function acceptedText(accepted: Omit<AcceptedValue, 'history' | 'kind'>): string {
  return lineOf({ history: 1, kind: 'accepted', ...accepted });
}

function lineOf(content: Readonly<Record<string, unknown>>): string {
  return `${canonicalJson(content as JsonValue)}\n`;
}

/** A point of a series, with why it does not count. */
export interface ToldPoint extends SeriesPoint {
  readonly id: string;
  /** The value, also where it does not count. */
  readonly measured: number | null;
  readonly leftOut: 'failed' | 'exception' | 'same data' | null;
}

/**
 * All that was measured of a value of a dataset, by time. What was measured at one moment twice counts as the later line says; data that come again
 * count once, when they came first; what failed does not count, unless it was accepted as usual.
 */
export function toldSeries(read: ReadHistory, dataset: string, { that, where }: ValueName): readonly ToldPoint[] {
  const ofMoment = new Map<number, MeasuredTable>();
  for (const one of read.measured) if (one.dataset === dataset) ofMoment.set(Date.parse(one.at), one);
  const seen = new Set<string>();
  return [...ofMoment.values()].flatMap((one): ToldPoint[] => {
    const found = one.values.find((value) => value.that === that && value.where === where);
    if (found === undefined) return [];
    const as = acceptedAs(read, one, that)?.as ?? null;
    const isSame = one.data !== null && seen.has(one.data);
    const leftOut: ToldPoint['leftOut'] =
      as === 'exception' ? as : one.outcome === 'failed' && as !== 'usual' ? 'failed' : isSame ? 'same data' : null;
    if (leftOut === null && one.data !== null) seen.add(one.data);
    const point = { id: one.id, at: one.at, measured: found.value, leftOut };
    return [{ ...point, value: leftOut === null ? found.value : null }];
  });
}

/** The id of what a run measured of parts of a dataset: that of their digests, in order. */
export function idOfParts(digests: readonly string[]): string {
  return digestHex(digestJson([...digests])).slice(0, 16);
}

/** What was said last of a value that was measured, or null. */
export function acceptedAs(
  { accepted }: Pick<ReadHistory, 'accepted'>,
  { id }: Pick<MeasuredTable, 'id'>,
  that: string,
): AcceptedValue | null {
  return accepted.findLast((one) => one.of === id && (one.that === null || one.that === that)) ?? null;
}

/** The table that is judged. */
export interface JudgedTable {
  readonly dataset: string;
  readonly atMs: number;
  readonly data: string | null;
}

/**
 * What checks of a table are judged against: all that was measured at earlier moments, of other data. Exceptions keep their place without a value;
 * what failed, and data that came again, have none.
 */
export function fileHistory(read: ReadHistory, { dataset, atMs, data }: JudgedTable): CheckHistory {
  const isSame = (one: MeasuredTable): boolean => data !== null && one.data === data;
  const before = {
    ...read,
    measured: read.measured.filter((one) => Date.parse(one.at) < atMs && !isSame(one)),
  };
  const own = read.measured.filter((one) => one.dataset === dataset && (isSame(one) || Date.parse(one.at) === atMs));
  return {
    atMs,
    seriesOf: (name) =>
      toldSeries(before, dataset, name)
        .filter(({ leftOut }) => leftOut === null || leftOut === 'exception')
        .map(({ at, value }) => ({ at, value })),
    acceptedOf: ({ that }) => own.map((one) => acceptedAs(read, one, that)).find((one) => one !== null)?.why ?? null,
  };
}
