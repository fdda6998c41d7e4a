/**
 * Tables of SQLite. SQLite types values, not columns, so the type of a column is found from its values: whole numbers
 * (declared BOOLEAN with only 0 and 1: truth values), numbers, or texts. A column that holds numbers and texts is an error
 * that names the first row, unless it was declared as text.
 */
import type { DatabaseSync } from 'node:sqlite';
import { PlatformError } from '../../errors/index.ts';
import { batchBuilder, exactInteger } from '../collect-batch.ts';
import { quoteIdentifier } from '../sql-text.ts';
import type { Batch, ColumnType, Field, TableSchema } from '../table.ts';
import type { TableReader } from '../table-reader.ts';

const batchRows = 16_384;

/**
 * Opens a table or view of an SQLite file for reading.
 * @throws PlatformError TABLE_FILE_UNREADABLE, TABLE_NOT_FOUND, TABLE_MIXED_COLUMN, TABLE_UNSUPPORTED_TYPE
 */
export async function readSqliteTable(path: string, table: string): Promise<TableReader> {
  const database = await open(path);
  try {
    const declared = declaredColumns(database, { path, table });
    const fields = declared.map((column) => ({
      name: column.name,
      type: typeOf(database, table, column),
    }));
    return {
      schema: { fields },
      batches: (signal) => batchesOf(database, table, { schema: { fields }, signal }),
      close: async () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function open(path: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite');
  try {
    const database = new DatabaseSync(path, { readOnly: true, allowExtension: false });
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return database;
  } catch (cause) {
    throw new PlatformError('TABLE_FILE_UNREADABLE', {
      message: `${path} cannot be read as an SQLite database: ${(cause as Error).message}`,
      details: { file: path, line: null, column: null },
      cause,
    });
  }
}

interface Declared {
  readonly name: string;
  readonly type: string;
}

function declaredColumns(database: DatabaseSync, at: { readonly path: string; readonly table: string }): Declared[] {
  const columns = database.prepare('SELECT name, type FROM pragma_table_info(?)').all(at.table);
  if (columns.length === 0) {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
      .all();
    throw new PlatformError('TABLE_NOT_FOUND', {
      message: `expected a table ${at.table} in ${at.path}, found ${tables.map((row) => row['name']).join(', ') || 'none'}`,
    });
  }
  return columns.map((row) => ({ name: String(row['name']), type: String(row['type'] ?? '').toUpperCase() }));
}

function typeOf(database: DatabaseSync, table: string, column: Declared): ColumnType {
  const name = quoteIdentifier(column.name);
  const from = quoteIdentifier(table);
  const kinds = new Set(
    database
      .prepare(`SELECT DISTINCT typeof(${name}) AS kind FROM ${from} WHERE ${name} IS NOT NULL`)
      .all()
      .map((row) => String(row['kind'])),
  );
  const isText = /CHAR|CLOB|TEXT/.test(column.type);
  if (kinds.has('blob'))
    throw new PlatformError('TABLE_UNSUPPORTED_TYPE', {
      message: `column ${column.name} of ${table} holds blobs, which features cannot have`,
      details: { columns: [column.name] },
    });
  if (kinds.has('text') && kinds.size > 1 && !isText) throw mixed(database, table, column);
  if (isText || kinds.has('text')) return 'string';
  if (kinds.has('real')) return 'float64';
  if (kinds.has('integer') && /BOOL/.test(column.type)) {
    const [row] = database.prepare(`SELECT count(*) AS n FROM ${from} WHERE ${name} NOT IN (0, 1)`).all();
    return Number(row!['n']) === 0 ? 'boolean' : 'int64';
  }
  if (kinds.size === 0) return /REAL|FLOA|DOUB|NUM|DEC/.test(column.type) ? 'float64' : 'int64';
  return 'int64';
}

function mixed(database: DatabaseSync, table: string, column: Declared): PlatformError {
  const name = quoteIdentifier(column.name);
  const first = database
    .prepare(
      `SELECT place, value FROM (SELECT row_number() OVER () AS place, ${name} AS value FROM ${quoteIdentifier(table)}) WHERE typeof(value) = 'text' LIMIT 1`,
    )
    .get();
  return new PlatformError('TABLE_MIXED_COLUMN', {
    message: `column ${column.name} of ${table} holds numbers and texts: row ${first?.['place']} has ${JSON.stringify(String(first?.['value']).slice(0, 100))}`,
    details: { column: column.name, row: Number(first?.['place']) },
  });
}

async function* batchesOf(
  database: DatabaseSync,
  table: string,
  of: { readonly schema: TableSchema; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Batch> {
  const { fields } = of.schema;
  const columns = fields.map((field) => quoteIdentifier(field.name)).join(', ');
  const statement = database.prepare(`SELECT ${columns} FROM ${quoteIdentifier(table)}`);
  statement.setReadBigInts(true);
  const builder = batchBuilder(of.schema, batchRows);
  for (const row of statement.iterate()) {
    builder.add(fields.map((field) => plain(row[field.name] as bigint | number | string | null, field)));
    if (builder.rowCount < batchRows) continue;
    of.signal?.throwIfAborted();
    yield builder.take();
  }
  if (builder.rowCount > 0) yield builder.take();
}

function plain(value: bigint | number | string | null, field: Field): number | string | null {
  if (value === null) return null;
  if (field.type === 'string') return String(value);
  if (typeof value === 'bigint') return field.type === 'float64' ? Number(value) : exactInteger(value, field.name);
  return Number(value);
}
