import { PlatformError } from '../../../errors/index.ts';
import { type ColumnType, type QueryEngine, type QueryOptions, quoteLiteral } from '../../../tables/index.ts';
import { doubleLiteral } from '../../column-sql.ts';
import { type CompiledCheck, compileCheck } from '../compile-check.ts';
import type { MeasuredValue, OwnCheck, RowCounts } from '../declared-check.ts';
import type { SqlRoom } from './sql-room.ts';

/** What one value is called in `that`. */
const valueName = 'value';

/** A number, a text, a truth value, or nothing. NaN and infinities are numbers. */
export type OneValue = number | string | boolean | null;

/** The one value that a project's SQL gives. @throws PlatformError CHECK_INVALID where it gives anything else */
export async function sqlValue({ engine, sql, signal }: SqlRoom): Promise<OneValue> {
  const { fields } = await engine.describe(`SELECT * FROM (\n${sql}\n)`);
  const [field] = fields;
  if (field === undefined || fields.length > 1)
    throw invalid(`expected one value, found the columns ${fields.map(({ name }) => name).join(', ')}`);
  if (field.type === 'date' || field.type === 'timestamp')
    throw invalid(`expected a number, a text or a truth value, found a ${field.type}: take epoch(…) or a difference`);
  const [row, more] = await engine.rows(`SELECT * FROM (\n${sql}\n) LIMIT 2`, { signal });
  if (row === undefined || more !== undefined)
    throw invalid(`expected one value, found ${row === undefined ? 'no row' : 'more than one row'}`);
  const value = row[field.name] ?? null;
  if (value === null) return null;
  return field.type === 'int64' || field.type === 'float64' ? Number(value) : (value as OneValue);
}

/** What is found of a check over one value. */
export interface JudgedValue {
  readonly counts: RowCounts;
  readonly measured: Readonly<Record<string, MeasuredValue>>;
}

/**
 * Holds a value to what the check says of it. Of no value nothing is said; NaN is as in checks of rows.
 * @throws PlatformError CHECK_INVALID
 */
export async function judgeValue(
  engine: QueryEngine,
  { check, value }: { readonly check: OwnCheck; readonly value: OneValue },
  options: QueryOptions & { readonly rowCount: number; readonly asOfMs?: number },
): Promise<JudgedValue> {
  const holds = await holdsFor(engine, { that: check.that!, value }, options);
  const fails = holds === null ? check.of === 'all' : !holds;
  const measured = typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  return {
    counts: { rowCount: options.rowCount, failingCount: fails ? 1 : 0, missingCount: holds === null ? 1 : 0 },
    measured: { [valueName]: measured },
  };
}

async function holdsFor(
  engine: QueryEngine,
  { that, value }: { readonly that: string; readonly value: OneValue },
  { asOfMs, ...options }: QueryOptions & { readonly asOfMs?: number },
): Promise<boolean | null> {
  const compiled = compileFor(that, typesOf(value), asOfMs === undefined ? {} : { asOfMs });
  if (compiled.kind !== 'row')
    throw invalid(
      `${JSON.stringify(that)} says something of a table: expected a condition over value, such as value < 5`,
    );
  if (value === null) return null;
  const literal = typeof value === 'number' ? doubleLiteral(value) : quoteLiteral(value);
  const [row] = await engine.rows(`SELECT ${compiled.sql} AS holds FROM (SELECT ${literal} AS ${valueName})`, options);
  return row!['holds'] as boolean | null;
}

/** Of no value the type is not known: it may be any in which `that` can be read. */
function typesOf(value: OneValue): readonly [ColumnType, ...ColumnType[]] {
  if (value === null) return ['float64', 'string', 'boolean'];
  if (typeof value === 'boolean') return ['boolean'];
  return [typeof value === 'string' ? 'string' : 'float64'];
}

function compileFor(
  that: string,
  [type, ...others]: readonly [ColumnType, ...ColumnType[]],
  moment: { readonly asOfMs?: number },
): CompiledCheck {
  try {
    return compileCheck(that, { schema: { fields: [{ name: valueName, type }] }, ...moment });
  } catch (thrown) {
    const [next, ...rest] = others;
    if (next === undefined) throw thrown;
    return compileFor(that, [next, ...rest], moment);
  }
}

function invalid(message: string): PlatformError {
  return new PlatformError('CHECK_INVALID', { message });
}
