import type { Expression } from '../../spec/index.ts';
import type { ColumnType } from '../../tables/index.ts';
import type { BoundArguments } from './arguments.ts';
import type { GraphBuilder, TypedNode } from './builder.ts';

const WORD = /"(?:[^"]|"")*"|'(?:[^']|'')*'|[\p{L}_][\p{L}\p{N}_$]*/gu;

/** The names in an SQL text that could be columns: bare words, and what stands in double quotes. Not texts. */
function namesIn(sql: string): string[] {
  const names: string[] = [];
  for (const [word] of sql.matchAll(WORD)) {
    if (word.startsWith("'")) continue;
    names.push(word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word);
  }
  return names;
}

/**
 * A prepared column from an SQL text. Its lineage is every column whose name occurs in the text (SQL ignores case), which
 * may be one too many, never one too few: DuckDB is given these columns and no others.
 */
export function compileSql(
  builder: GraphBuilder,
  call: Extract<Expression, { kind: 'call' }>,
  bound: BoundArguments,
): TypedNode | null {
  const sql = String(bound.constants['text']);
  if (/;|--|\/\*/.test(sql) || sql.trim() === '') {
    return builder.report('expression/bad-argument', call.span, 'sql() takes one expression, without ; and comments');
  }
  const names = new Set(namesIn(sql).map((name) => name.toLowerCase()));
  const forbidden = Object.keys(builder.forbidden).find((column) => names.has(column.toLowerCase()));
  if (forbidden !== undefined) {
    const reason = builder.forbidden[forbidden]!;
    return builder.refuse('transform/forbidden-column', call.span, `features must not read ${forbidden}: ${reason}`);
  }
  const columns = [...builder.columns]
    .filter(([name]) => names.has(name.toLowerCase()))
    .map(([name, type]) => ({ name, type }));
  builder.warn(
    'transform/needs-duckdb',
    call.span,
    'a feature with sql() is computed by DuckDB: a package with it needs the Python package duckdb where it is served',
    { suggestion: 'write it with the transform functions where they suffice' },
  );
  return builder.preparedInput({ sql, type: bound.constants['type'] as ColumnType, columns });
}
