export type { FilterTarget, MeasuredOn } from './clause-sql.ts';
export { compileFilter } from './compile-filter.ts';
export type { Condition, Field } from './condition.ts';
export { type EntityName, indexedLength } from './entities.ts';
export { compileOrder, type Direction, type OrderField, type SortKey } from './order-by.ts';
export { compileRowFilter, type RowView } from './row-filter.ts';
export type { Sql, SqlKind } from './sql-text.ts';
