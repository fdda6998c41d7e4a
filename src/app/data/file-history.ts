import { basename, resolve } from 'node:path';
import {
  type AcceptedValue,
  acceptedText,
  type CheckHistory,
  type CheckResult,
  fileHistory,
  type JudgedTable,
  measuredText,
  measuredValues,
  type ReadHistory,
  type ToldPoint,
  toldSeries,
  weightOf,
} from '../../data-quality/index.ts';
import { type Digest, digestFile, formatInstant, nearestName, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { appendHistory, openHistory } from './open-history.ts';
import { isQuery } from './open-table.ts';

/** A file of values measured before, and the table that is checked now. */
export interface TableHistory {
  readonly path: string;
  readonly judged: JudgedTable;
  readonly read: ReadHistory;
  readonly history: CheckHistory;
}

/** What a history is asked for: the table, and under which name it is kept. */
export interface HistoryRequest {
  readonly path: string;
  /** The table: a file, or a query, of which nothing tells whether its data come again. */
  readonly table: string;
  /** Null: the name of the file of checks. */
  readonly dataset: string | null;
  readonly checksPath: string;
  readonly atMs: number;
}

/** Opens what was measured before. @throws PlatformError HISTORY_INVALID; errors of the file system where the table cannot be read */
export async function openTableHistory(request: HistoryRequest): Promise<TableHistory> {
  const read = (await openHistory(request.path)) ?? { measured: [], accepted: [], damaged: [] };
  const judged: JudgedTable = {
    dataset: request.dataset ?? nameOf(request.checksPath),
    atMs: request.atMs,
    data: await digestOfTable(request.table),
  };
  return { path: request.path, judged, read, history: fileHistory(read, judged) };
}

/** `loans` of `checks/loans.checks.yaml`. */
function nameOf(checksPath: string): string {
  return basename(checksPath).replace(/(?:\.checks)?\.[^.]*$/, '');
}

async function digestOfTable(table: string): Promise<Digest | null> {
  return (await isQuery(table)) ? null : (await digestFile(resolve(table))).digest;
}

/**
 * Appends what checks measured.
 * @param outcome whether anything failed that was asked of the table
 * @throws PlatformError PLACE_NOT_WRITABLE
 */
export async function keepMeasured(
  { path, judged }: TableHistory,
  checks: readonly CheckResult[],
  outcome: 'passed' | 'failed',
): Promise<void> {
  const { dataset, atMs, data } = judged;
  const values = measuredValues(checks);
  const at = formatInstant(atMs);
  await appendHistory(path, measuredText({ dataset, at, recordedAt: formatInstant(now()), data, outcome, values }));
}

/** Whether a list of results has one that fails. */
export function isFailing(checks: readonly CheckResult[]): boolean {
  return checks.some((one) => weightOf(one) === 'fail');
}

/** A value of a file of history, with all that was measured of it. */
export interface ToldValue {
  readonly dataset: string;
  readonly that: string;
  readonly where: string | null;
  readonly points: readonly ToldPoint[];
}

/** Everything that a file of history holds. */
export interface ToldHistory {
  readonly values: readonly ToldValue[];
  readonly damaged: readonly number[];
}

/** What a file of history holds, value by value. @throws PlatformError HISTORY_INVALID, HISTORY_NO_FILE */
export async function showHistory(path: string): Promise<ToldHistory> {
  const read = await requireHistory(path);
  const names = new Map<string, Omit<ToldValue, 'points'>>();
  for (const { dataset, values } of read.measured)
    for (const { that, where } of values) names.set(JSON.stringify([dataset, that, where]), { dataset, that, where });
  const values = [...names.values()].map((one) => ({ ...one, points: toldSeries(read, one.dataset, one) }));
  return { values, damaged: read.damaged };
}

async function requireHistory(path: string): Promise<ReadHistory> {
  const read = await openHistory(path);
  if (read !== null) return read;
  throw new PlatformError('HISTORY_NO_FILE', {
    message: `expected a file of values measured before at ${path}, found nothing`,
  });
}

/** What somebody says of a value that was measured. */
export interface Acceptance {
  readonly path: string;
  /** The id of what was measured, or its beginning. */
  readonly id: string;
  /** The value; null: all of them. */
  readonly that: string | null;
  readonly as: AcceptedValue['as'];
  readonly why: string;
}

/**
 * Appends that a value is an exception, which does not count and is passed when its data are checked again, or a usual one, which counts.
 * @throws PlatformError HISTORY_INVALID, HISTORY_NO_FILE, CONFIG_BAD_VALUE where nothing measured has this id or value, PLACE_NOT_WRITABLE
 */
export async function acceptMeasured({ path, id, that, as, why }: Acceptance): Promise<AcceptedValue> {
  const { measured } = await requireHistory(path);
  const ids = [...new Set(measured.map((one) => one.id))];
  const found = ids.filter((one) => one === id || (id.length >= 4 && one.startsWith(id)));
  if (found.length !== 1)
    throw isUnknown(`${found.length === 0 ? 'none' : `${found.length} with that beginning`} in ${path}`, id, ids);
  const values = measured.filter((one) => one.id === found[0]).flatMap((one) => one.values.map((value) => value.that));
  if (that !== null && !values.includes(that))
    throw isUnknown(`no value ${that} measured with it`, id, values.map(String));
  const accepted = { of: found[0]!, that, as, why, recordedAt: formatInstant(now()) };
  await appendHistory(path, acceptedText(accepted));
  return { history: 1, kind: 'accepted', ...accepted };
}

function isUnknown(found: string, id: string, known: readonly string[]): PlatformError {
  const near = nearestName(id, known);
  return new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected the id of what was measured, found ${JSON.stringify(id.slice(0, 100))}: ${found}`,
    hint: near === null ? `There are ${known.slice(-10).join(', ')}.` : `Did you mean ${near}?`,
  });
}
