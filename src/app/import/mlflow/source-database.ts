import type { Database } from '../../../database/index.ts';
import type { LeaveOut } from '../import-report.ts';

/** MLflow's database with what of its schema differs between releases. */
export interface SourceDatabase {
  readonly database: Database;
  /** Columns by table: of those tables that it has. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  readonly leave: LeaveOut;
}

/** The only workspace that is taken over: the one that servers without workspaces use. */
export const defaultWorkspace = 'default';
/** The condition that leaves other workspaces out; true where there are none. */
export function inWorkspace({ columns }: SourceDatabase, table: string): string {
  return columns.get(table)?.has('workspace') === true ? `workspace = '${defaultWorkspace}'` : '1 = 1';
}

/** A column, or null where this schema has none of the name. */
export function columnOf({ columns }: SourceDatabase, table: string, name: string): string {
  return columns.get(table)?.has(name) === true ? name : `null as ${name}`;
}
