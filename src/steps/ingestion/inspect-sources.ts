/**
 * What the query takes away: the groups of columns in the sources beside those in the dataset. Of sealed parts no row is counted: a row counts where its own columns say that it is of an
 * open part, and only where the query leaves these columns as they are, which is checked over the open rows of the dataset.
 */
import { countGroups, isOpenSql, rowText } from '../../data-quality/index.ts';
import { type Field, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import type { SourceInspection } from './plan-source-inspection.ts';
import type { InspectedSources } from './result.ts';

interface Inspecting {
  readonly engine: QueryEngine;
  /** Names of the sources that the query reads. */
  readonly sources: readonly string[];
  /** The dataset, as a table of a FROM clause. */
  readonly dataset: string;
  readonly signal: AbortSignal;
}

/** Counts the groups before and after the query. */
export async function inspectSources(inspection: SourceInspection, given: Inspecting): Promise<InspectedSources> {
  const { columns, key, refused } = inspection;
  const none = (reason: string): InspectedSources => ({ told: [], notTold: [{ source: null, column: null, reason }] });
  if (refused !== null) return none(refused);
  if (key.length === 0 && given.sources.length > 1)
    return none('without task.key it is not known whose rows are those of the dataset');
  const dataset = await openRows(given, given.dataset, inspection);
  if ('missing' in dataset) return none(`the dataset ${dataset.missing}`);
  const told: InspectedSources['told'] = [];
  const notTold: InspectedSources['notTold'] = [];
  for (const source of given.sources) {
    const found = await openRows(given, quoteIdentifier(source), inspection);
    const reason = 'missing' in found ? `it ${found.missing}` : await reasonAgainst(given, found, dataset);
    if (reason !== null || 'missing' in found) notTold.push({ source, column: null, reason: reason! });
    else told.push(...(await countAround(given, columns, { source, before: found, after: dataset })));
  }
  const unseen = columns.filter(({ name }) => !told.some(({ column }) => column === name));
  const reason = 'no source whose rows may be counted has it beside the dataset';
  return { told, notTold: [...notTold, ...unseen.map(({ name }) => ({ source: null, column: name, reason }))] };
}

async function countAround(
  { engine, signal }: Inspecting,
  columns: SourceInspection['columns'],
  { source, before, after }: { readonly source: string; readonly before: OpenRows; readonly after: OpenRows },
): Promise<InspectedSources['told']> {
  const told: InspectedSources['told'] = [];
  for (const slice of columns.filter(({ column }) => before.names.has(column) && after.names.has(column))) {
    const counted = await countGroups(engine, { source: before.rows, slice, listed: null }, { signal });
    const listed = counted.groups.map(({ group }) => group);
    const left = await countGroups(engine, { source: after.rows, slice, listed }, { signal });
    told.push({ source, column: slice.name, before: counted, after: left });
  }
  return told;
}

/** The rows of a table that may be counted. */
interface OpenRows {
  /** A query in parentheses. */
  readonly rows: string;
  readonly names: ReadonlySet<string>;
  /** The columns by which rows are known again, and their parts. */
  readonly identity: readonly Field[];
}

/** @returns what is missing, in words, where it cannot be told which rows may be counted */
async function openRows(
  { engine }: Inspecting,
  table: string,
  { open, key }: SourceInspection,
): Promise<OpenRows | { readonly missing: string }> {
  const described = await engine.rows(`DESCRIBE SELECT * FROM ${table}`);
  const names = new Set(described.map((row) => String(row['column_name'])));
  const wanted = [...new Set([...key, ...(open?.columns ?? [])])];
  const missing = wanted.filter((name) => !names.has(name));
  if (missing.length > 0) return { missing: `has no ${missing.join(', ')}, by which its rows would be known again` };
  const fields = wanted.length === 0 ? [] : await fieldsOf(engine, table, wanted);
  if (open === null) return { rows: `(SELECT * FROM ${table})`, names, identity: fields };
  const deciding = open.columns.map((name) => fields.find((field) => field.name === name)!);
  return { rows: `(SELECT * FROM ${table} WHERE ${isOpenSql(open, deciding)})`, names, identity: fields };
}

async function fieldsOf(engine: QueryEngine, table: string, names: readonly string[]): Promise<readonly Field[]> {
  const { fields } = await engine.describe(`SELECT ${names.map(quoteIdentifier).join(', ')} FROM ${table}`);
  return fields;
}

/** Why a source cannot be counted: the query makes keys of its own. Null where nothing speaks against it. */
async function reasonAgainst(
  { engine, signal }: Inspecting,
  source: OpenRows,
  dataset: OpenRows,
): Promise<string | null> {
  if (source.identity.length === 0) return null;
  const texts = ({ rows, identity }: OpenRows): string => `SELECT ${rowText(identity)} AS text FROM ${rows} AS r`;
  const [strange] = await engine.rows(`SELECT count(*) AS n FROM (${texts(dataset)} EXCEPT ${texts(source)})`, {
    signal,
  });
  if (Number(strange!['n']) === 0) return null;
  return `the query makes another ${source.identity.map(({ name }) => name).join(', ')} of its own, by which rows would be known again`;
}
