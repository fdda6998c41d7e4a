import type { OpenRule } from '../../data-quality/index.ts';
import type { ResolvedSpec, SliceSpec } from '../../spec/index.ts';

/** What is counted of the sources, and of the dataset that the query makes of them. */
export interface SourceInspection {
  readonly columns: readonly SliceSpec[];
  /** The columns by which rows of a source are known again in the dataset. */
  readonly key: readonly string[];
  /** Which rows may be counted; null: all, because no part is sealed. */
  readonly open: OpenRule | null;
  /** Why nothing may be counted; null: it may. */
  readonly refused: string | null;
}

/**
 * What a declaration has counted around the query; null where nothing is inspected. Where a part is sealed, only rows are counted that tell by
 * themselves that they are of an open part: the place of a hash does, an order over all rows (time, stratified) does not.
 */
export function planSourceInspection({ analysis, splitting, task }: ResolvedSpec): SourceInspection | null {
  const { inspect } = analysis;
  if (inspect === null || inspect === undefined) return null;
  const { columns } = inspect;
  const { key } = task;
  if (splitting.sealed.length === 0) return { columns, key, open: null, refused: null };
  const refuse = (refused: string): SourceInspection => ({ columns, key, open: null, refused });
  const { by, column, salt, order, parts, sealed } = splitting;
  if (by === 'time' || by === 'stratified')
    return refuse(`which rows are sealed is known after a split by ${by} alone`);
  const named = column ?? (by === 'group' ? task.group : null);
  const deciding = named === null ? key : [named];
  if (deciding.length === 0)
    return refuse('rows are divided by all their columns; with task.key they would be known before the query too');
  return {
    columns,
    key,
    open: {
      by: by === 'predefined' ? 'predefined' : 'hash',
      columns: deciding,
      salt,
      parts: order.map((name) => ({ name, share: parts[name] ?? null })),
      open: order.filter((name) => !sealed.includes(name)),
    },
    refused: null,
  };
}
