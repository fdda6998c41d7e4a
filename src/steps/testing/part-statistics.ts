import { type ColumnStatistics, profileTable } from '../../data-quality/index.ts';
import { canonicalJson, type JsonObject, type JsonValue } from '../../encoding/index.ts';
import { toPlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource } from '../../tables/index.ts';
import type { Judged } from './judge.ts';
import { withOpenPart } from './open-part.ts';
import { columnsOfSplit } from './part-checks.ts';
import type { TestingParams } from './plan.ts';

/** Room for a column beside its name: all numbers of it, and most frequent values as far as they fit. */
const columnBytes = 8192;
const longestMessage = 1000;

/**
 * Statistics of the open part for the owner, as analysis makes them of open parts; null where none are wanted. They decide nothing:
 * what goes wrong with them is told to the owner in their place.
 * @throws PlatformError CANCELED
 */
export async function profilePart({ profile }: TestingParams, context: StepContext): Promise<JsonObject | null> {
  if (profile === undefined) return null;
  const { signal } = context;
  try {
    const engine = await context.tables();
    const found = await withOpenPart(context, (path) => profileTable(engine, parquetSource(path), { signal }));
    return { rowCount: found.rowCount, columns: found.columns.map(fitted) };
  } catch (thrown) {
    const { code, message } = toPlatformError(thrown);
    if (code === 'CANCELED') throw thrown;
    return { failure: { code, message: message.slice(0, longestMessage) } };
  }
}

/** What a gate decided, with the statistics of its part. */
export function withStatistics({ bit, report }: Judged, statistics: JsonObject | null): Judged {
  return { bit, report: statistics === null ? report : { ...report, statistics } };
}

/** Room for all that statistics of the part can come to, whatever its rows are. */
export function statisticsRoomBytes({ profile }: TestingParams, context: StepContext): number {
  if (profile === undefined) return 0;
  return columnsOfSplit(context).reduce((sum, { name }) => sum + roomBytes(name) + 1, 4096);
}

function roomBytes(name: string): number {
  return columnBytes + bytesOf(name);
}

/** A column with as many of its most frequent values, from the first on, as there is room for. */
function fitted(column: ColumnStatistics): JsonObject {
  const top: ColumnStatistics['top'] = [];
  let bytes = bytesOf({ ...column, top } as unknown as JsonObject);
  for (const one of column.top) {
    bytes += bytesOf(one) + 1;
    if (bytes > roomBytes(column.name)) break;
    top.push(one);
  }
  return { ...column, top } as unknown as JsonObject;
}

function bytesOf(value: JsonValue): number {
  return Buffer.byteLength(canonicalJson(value));
}
