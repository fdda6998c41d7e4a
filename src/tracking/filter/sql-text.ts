import type { SqlValue } from '../../database/index.ts';

/** A piece of SQL with `?` for each parameter. */
export interface Sql {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Which database reads the SQL. */
export type SqlKind = 'sqlite' | 'postgres';

/** A piece of SQL. The text is never from outside. */
export function sql(text: string, ...parameters: readonly SqlValue[]): Sql {
  return { sql: text, parameters };
}

/** Pieces one after the other, with a text between them, in parentheses. None gives none. */
export function joinSql(parts: readonly Sql[], between: ' and ' | ' or '): Sql {
  if (parts.length === 1) return parts[0] as Sql;
  return {
    sql: `(${parts.map((part) => part.sql).join(between)})`,
    parameters: parts.flatMap((part) => part.parameters),
  };
}
