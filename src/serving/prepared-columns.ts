import {
  type Batch,
  type Column,
  cellOf,
  columnOf,
  createDuckDb,
  type Field,
  quoteIdentifier,
  quoteLiteral,
} from '../tables/index.ts';
import { type FittedTransform, preparedQuery } from '../transform/index.ts';

/** Adds the columns that `sql('…')` computes; rows of a transformation without such columns stay as they are. */
export interface PreparedColumns {
  add(batch: Batch): Promise<Batch>;
  close(): Promise<void>;
}

/** Opens a query engine where the transformation needs one. */
export async function preparedColumns({ prepared }: Pick<FittedTransform, 'prepared'>): Promise<PreparedColumns> {
  if (prepared.length === 0) return { add: async (batch) => batch, close: async () => undefined };
  const engine = await createDuckDb({ threads: 1 });
  return {
    add: async (batch) => {
      if (batch.rowCount === 0) return { ...batch, ...withEmpty(batch, prepared) };
      const sql = `${preparedQuery(prepared, `(${valuesQuery(batch)})`)} ORDER BY __place`;
      for await (const answer of engine.batches(sql, { batchRows: batch.rowCount })) {
        const fields = prepared.map(({ name, type }) => ({ name, type }));
        return {
          schema: { fields: [...batch.schema.fields, ...fields] },
          rowCount: batch.rowCount,
          columns: [...batch.columns, ...fields.map(({ name }) => columnOf(answer, name)!)],
        };
      }
      return batch;
    },
    close: () => engine.close(),
  };
}

function withEmpty(batch: Batch, fields: readonly Field[]): Pick<Batch, 'schema' | 'columns'> {
  const columns = fields.map(
    ({ type }) => ({ type, values: type === 'string' ? [] : new Float64Array(0), valid: null }) as unknown as Column,
  );
  return {
    schema: { fields: [...batch.schema.fields, ...fields.map(({ name, type }) => ({ name, type }))] },
    columns: [...batch.columns, ...columns],
  };
}

/** The rows as a query of constants, with their places. */
function valuesQuery(batch: Batch): string {
  const rows = Array.from({ length: batch.rowCount }, (_, row) => {
    const cells = batch.columns.map((column) => cellText(column, row));
    return `SELECT ${[`${row} AS __place`, ...cells.map((cell, index) => `${cell} AS ${quoteIdentifier(batch.schema.fields[index]!.name)}`)].join(', ')}`;
  });
  return rows.join(' UNION ALL ');
}

function cellText(column: Column, row: number): string {
  const value = cellOf(column, row);
  switch (column.type) {
    case 'date':
      return value === null ? 'CAST(NULL AS DATE)' : `(DATE '1970-01-01' + ${Number(value)})`;
    case 'timestamp':
      return value === null ? 'CAST(NULL AS TIMESTAMP)' : `make_timestamp(${Number(value)})`;
    case 'int64':
      return `CAST(${quoteLiteral(value)} AS BIGINT)`;
    case 'float64':
      return `CAST(${quoteLiteral(value)} AS DOUBLE)`;
    case 'boolean':
      return `CAST(${quoteLiteral(value)} AS BOOLEAN)`;
    default:
      return `CAST(${quoteLiteral(value)} AS VARCHAR)`;
  }
}
