import { quoteIdentifier } from '../../tables/index.ts';
import { countChanges } from './count-changes.ts';
import { showChanges, showRepeated, showRows } from './example-rows.ts';
import { hasKey, joinedRows, sideOf, valuesOf } from './joined-rows.ts';
import type { OpenDifference } from './open-difference.ts';
import type { RowDifference } from './row-difference.ts';

/** The difference of two versions whose rows have a key. */
export async function diffByKey(open: OpenDifference): Promise<RowDifference> {
  const { key, onlyReference, onlyCurrent, differentTypes } = open.columns;
  const { added, removed, both, changed, columns } = await countChanges(open);
  const reference = await countSide(open, open.tables.reference);
  const current = await countSide(open, open.tables.current);
  const unmatched = ({ rowCount, keyMissing }: typeof reference, matched: number) => ({
    keyMissing,
    keyRepeated: rowCount - keyMissing - matched,
  });
  return {
    key: key.map(({ name }) => name),
    referenceRowCount: reference.rowCount,
    currentRowCount: current.rowCount,
    added,
    removed,
    changed,
    unchanged: both - changed,
    unmatched: { reference: unmatched(reference, removed + both), current: unmatched(current, added + both) },
    columns,
    onlyReference,
    onlyCurrent,
    differentTypes,
    examples: {
      added: added === 0 ? [] : await showRows(open, 'added'),
      removed: removed === 0 ? [] : await showRows(open, 'removed'),
      changed: changed === 0 ? [] : await showChanges(open),
      repeated: await showRepeated(open),
    },
  };
}

/** A query for the rows that differ, in the order of the key. */
export function rowsByKey(open: OpenDifference): string {
  const { key, others } = open.columns;
  const change = "CASE WHEN NOT was THEN 'added' WHEN NOT now THEN 'removed' ELSE 'changed' END AS change";
  const keys = key.map(({ name, at }) => `v${at} AS ${quoteIdentifier(name)}`);
  const values = others.flatMap(({ name, at }) => [
    `r${at} AS ${quoteIdentifier(`before.${name}`)}`,
    `c${at} AS ${quoteIdentifier(`after.${name}`)}`,
  ]);
  const shown = [change, ...keys, ...values].join(', ');
  return `SELECT ${shown} FROM ${joinedRows(open.tables, open)} WHERE NOT was OR NOT now OR changed ORDER BY ${valuesOf(key)}`;
}

async function countSide(
  { engine, columns: { key }, query }: OpenDifference,
  source: string,
): Promise<{ readonly rowCount: number; readonly keyMissing: number }> {
  const missing = `count(*) FILTER (WHERE NOT (${hasKey(key)}))`;
  const sql = `SELECT count(*) AS n, ${missing} AS missing FROM ${sideOf(source, { key, others: [] })}`;
  const [row] = await engine.rows(sql, query);
  return { rowCount: Number(row!['n']), keyMissing: Number(row!['missing']) };
}
