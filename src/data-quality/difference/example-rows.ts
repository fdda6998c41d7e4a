/** The rows of a difference that are shown: a few keys are chosen first, and then only their values are read. */
import type { Cell } from '../../tables/index.ts';
import { changedKeys, portionsOf } from './count-changes.ts';
import { joinedRows, repeatedKeys, sideOf, valuesOf } from './joined-rows.ts';
import type { MatchedColumn } from './matched-columns.ts';
import type { OpenDifference } from './open-difference.ts';
import type { ChangedRow, ShownRow } from './row-difference.ts';

const shownKeys = 'shown_keys';

/** The first rows that one side alone has. */
export async function showRows(open: OpenDifference, change: 'added' | 'removed'): Promise<ShownRow[]> {
  const { tables, columns, tolerance } = open;
  const keysOnly = joinedRows(tables, { columns: { key: columns.key, others: [] }, tolerance });
  await chooseKeys(open, `${keysOnly} WHERE ${change === 'added' ? 'NOT was' : 'NOT now'}`);
  return await readRows(open, change === 'added' ? tables.current : tables.reference);
}

/** The first rows that changed, and what changed in them. */
export async function showChanges(open: OpenDifference): Promise<ChangedRow[]> {
  const { engine, tables, columns, tolerance, query } = open;
  const { key } = columns;
  await chooseKeys(open, changedKeys);
  const shown = await readKeys(open);
  const changes = shown.map((): ChangedRow['changes'][number][] => []);
  for (const others of portionsOf(columns.others)) {
    const values = others.map(({ at }) => `d${at}, ${asText(`r${at}`)} AS b${at}, ${asText(`c${at}`)} AS a${at}`);
    const from = joinedRows(tables, { columns: { key, others }, tolerance });
    const sql = `SELECT ${values.join(', ')} FROM ${from} SEMI JOIN ${shownKeys} USING (${valuesOf(key)}) ORDER BY ${valuesOf(key)}`;
    const rows = others.length === 0 ? [] : await engine.rows(sql, query);
    for (const [index, row] of rows.entries())
      for (const { name, at } of others)
        if (row[`d${at}`] === true)
          changes[index]!.push({ column: name, before: shownCell(row[`b${at}`]), after: shownCell(row[`a${at}`]) });
  }
  return shown.map((row, index) => ({ key: row, changes: changes[index]! }));
}

/** The first keys that occur more than once. */
export async function showRepeated(open: OpenDifference): Promise<ShownRow[]> {
  await chooseKeys(open, repeatedKeys);
  return await readKeys(open);
}

async function chooseKeys(
  { engine, columns: { key }, exampleCount, query }: OpenDifference,
  from: string,
): Promise<void> {
  const names = valuesOf(key);
  await engine.execute(
    `CREATE OR REPLACE TEMP TABLE ${shownKeys} AS SELECT ${names} FROM ${from} ORDER BY ${names} LIMIT ${exampleCount}`,
    query,
  );
}

/** The keys that are to be shown. */
async function readKeys({ engine, columns: { key }, query }: OpenDifference): Promise<ShownRow[]> {
  const values = key.map(({ at }) => `${asText(`v${at}`)} AS t${at}`).join(', ');
  const rows = await engine.rows(`SELECT ${values} FROM ${shownKeys} ORDER BY ${valuesOf(key)}`, query);
  return rows.map((row) => shownRow(key, row));
}

/** The rows of a dataset whose keys are to be shown, in their order. */
async function readRows(open: OpenDifference, source: string): Promise<ShownRow[]> {
  const { engine, query } = open;
  const { key, others: all } = open.columns;
  let shown = await readKeys(open);
  for (const others of portionsOf(all)) {
    const values = others.map(({ at }) => `${asText(`v${at}`)} AS t${at}`).join(', ');
    const side = `${sideOf(source, { key, others })} SEMI JOIN ${shownKeys} USING (${valuesOf(key)})`;
    if (others.length === 0) continue;
    const rows = await engine.rows(`SELECT ${values} FROM ${side} ORDER BY ${valuesOf(key)}`, query);
    shown = shown.map((row, index) => ({ ...row, ...shownRow(others, rows[index]!) }));
  }
  return shown;
}

/** A row in which column n was asked for as `tn`, a text. */
export function shownRow(columns: readonly MatchedColumn[], row: Readonly<Record<string, Cell>>): ShownRow {
  return Object.fromEntries(columns.map(({ name, at }) => [name, shownCell(row[`t${at}`])]));
}

/** A value of a query as a text. */
export function asText(value: string): string {
  return `CAST(${value} AS VARCHAR)`;
}

/** A cell that was asked for as a text. */
function shownCell(cell: Cell | undefined): string | null {
  return cell === undefined || cell === null ? null : String(cell);
}
