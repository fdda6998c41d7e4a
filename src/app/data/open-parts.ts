import { type Field, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { type NamedTable, openTable } from './open-table.ts';

interface Part {
  readonly path: string;
  readonly source: string;
  readonly fields: readonly Field[];
  /** Columns that have a value. */
  readonly filled: ReadonlySet<string>;
}

/**
 * Brings several files into the engine as one table, by the names of their columns. `__file` names the file of a row, as it was named, and `__file_at` says
 * which of them it is, from 0. A column without a value in a file has there the type that it has in others.
 * @throws PlatformError as `openTable`
 */
export async function openParts(
  engine: QueryEngine,
  paths: readonly string[],
): Promise<Pick<NamedTable, 'source' | 'unreadable'>> {
  const parts: Part[] = [];
  const unreadable = new Set<string>();
  for (const [at, path] of paths.entries()) {
    const opened = await openTable(engine, path, `part_${at}`);
    for (const name of opened.unreadable) unreadable.add(name);
    parts.push(await partOf(engine, path, opened.source));
  }
  const somewhere = new Set(parts.flatMap(({ filled }) => [...filled]));
  const selects = parts.map(({ path, source, fields, filled }, at) => {
    const columns = fields.map(({ name }) => {
      const column = quoteIdentifier(name);
      return filled.has(name) || !somewhere.has(name) ? column : `NULL AS ${column}`;
    });
    return `SELECT ${[...columns, `${quoteLiteral(path)} AS __file`, `${at} AS __file_at`].join(', ')} FROM ${source}`;
  });
  return { source: `(${selects.join(' UNION ALL BY NAME ')})`, unreadable: [...unreadable] };
}

async function partOf(engine: QueryEngine, path: string, source: string): Promise<Part> {
  const described = await engine.describe(`SELECT * FROM ${source}`);
  const fields = described.fields.filter(({ name }) => !name.startsWith('__'));
  const counts = fields.map(({ name }, at) => `count(${quoteIdentifier(name)}) > 0 AS c${at}`);
  const [row] = await engine.rows(`SELECT ${['count(*) AS n', ...counts].join(', ')} FROM ${source}`);
  const filled = fields.filter((_, at) => row![`c${at}`] === true).map(({ name }) => name);
  return { path, source, fields, filled: new Set(filled) };
}
