import { quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { asText, shownRow } from './example-rows.ts';
import { sideOf } from './joined-rows.ts';
import type { OpenDifference } from './open-difference.ts';
import type { RowDifference, ShownRow } from './row-difference.ts';

type Change = 'added' | 'removed';

/** The difference of two versions whose rows have no key: what one bag of rows has more than the other. */
export async function diffWhole(open: OpenDifference): Promise<RowDifference> {
  const { tables, columns } = open;
  const { onlyReference, onlyCurrent, differentTypes } = columns;
  const referenceRowCount = await count(open, tables.reference);
  const [added, removed] = [await count(open, surplus(open, 'added')), await count(open, surplus(open, 'removed'))];
  const none = { keyMissing: 0, keyRepeated: 0 };
  return {
    key: [],
    referenceRowCount,
    currentRowCount: await count(open, tables.current),
    added,
    removed,
    changed: 0,
    unchanged: referenceRowCount - removed,
    unmatched: { reference: none, current: none },
    columns: [],
    onlyReference,
    onlyCurrent,
    differentTypes,
    examples: {
      added: added === 0 ? [] : await showSurplus(open, 'added'),
      removed: removed === 0 ? [] : await showSurplus(open, 'removed'),
      changed: [],
      repeated: [],
    },
  };
}

/** A query for the rows that differ. */
export function wholeRows(open: OpenDifference): string {
  const names = open.columns.others.map(({ name, at }) => `v${at} AS ${quoteIdentifier(name)}`).join(', ');
  const rows = (change: Change): string =>
    `SELECT ${quoteLiteral(change)} AS change, ${names} FROM ${surplus(open, change)}`;
  return `SELECT * FROM (${rows('added')} UNION ALL ${rows('removed')}) ORDER BY ALL`;
}

async function count({ engine, query }: OpenDifference, from: string): Promise<number> {
  return Number((await engine.rows(`SELECT count(*) AS n FROM ${from}`, query))[0]!['n']);
}

function surplus({ tables, columns }: OpenDifference, change: Change): string {
  const [reference, current] = [sideOf(tables.reference, columns), sideOf(tables.current, columns)];
  const [more, less] = change === 'added' ? [current, reference] : [reference, current];
  return `(SELECT * FROM ${more} EXCEPT ALL SELECT * FROM ${less})`;
}

async function showSurplus(open: OpenDifference, change: Change): Promise<ShownRow[]> {
  const { others } = open.columns;
  const values = others.map(({ at }) => `${asText(`v${at}`)} AS t${at}`).join(', ');
  const sql = `SELECT ${values} FROM ${surplus(open, change)} ORDER BY ALL LIMIT ${open.exampleCount}`;
  return (await open.engine.rows(sql, open.query)).map((row) => shownRow(others, row));
}
