import { PlatformError } from '../../errors/index.ts';
import { type Field, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import { assignParts } from './assign.ts';
import type { DividingRule } from './key-hashes.ts';
import type { SplittingParams } from './plan.ts';
import { beginProof, concludeProof, type Proof, readBack } from './proof.ts';
import type { SplitManifest } from './result.ts';

/** A part that is to be written. */
export interface PartToWrite {
  readonly part: SplittingParams['parts'][number];
  /** The query of its rows in the order of the dataset, with their places in it as `__row`. */
  readonly rows: string;
  /** Reads the part back from a Parquet file, for the proof; what it answers is what may be told of it. */
  readonly readBack: (path: string) => Promise<SplitManifest['parts'][string]>;
}

/**
 * Divides the table or view `dataset` of the engine: has each part written, and proves over what was written
 * that no key is in two of them.
 * @throws PlatformError SPLITTING_COLUMN_MISSING, as `assignParts`, and as `concludeProof`
 */
export async function divideDataset(
  given: Proof,
  write: (part: PartToWrite) => Promise<SplitManifest['parts'][string]>,
): Promise<SplitManifest> {
  const { engine, params, fields } = given;
  requireColumns(params, fields);
  await assignParts(given);
  await beginProof(given);
  const parts: SplitManifest['parts'] = {};
  for (const part of params.parts)
    parts[part.name] = await write({ part, rows: partSql(part.name), readBack: (path) => readBack(given, part, path) });
  const rows = await countAssigned(engine);
  return {
    rule: params.column === null ? params.by : `${params.by}(${params.column})`,
    salt: params.salt,
    gapMs: params.gapMs,
    key: [...params.key],
    parts,
    droppedRows: rows.droppedRows,
    overlap: await concludeProof(given, parts, rows),
  };
}

/**
 * SQL for the rows of a part, in the order of the dataset, with their places in it as `__row`. Both tables are gone through side by side, one row after the other, by one thread however
 * many there are: nothing is joined or sorted, and the same rows come in the same pieces each time.
 */
export function partSql(part: string): string {
  const numbered = 'SELECT *, row_number() OVER () - 1 AS __row FROM dataset';
  return `SELECT d.* FROM (${numbered}) d POSITIONAL JOIN assigned a WHERE a.__part = ${quoteLiteral(part)}`;
}

const leastGroupBytes = 4 << 20;
const groupBytesOfColumn = 128 << 10;

/** How much of a part is in memory as it is written: of wide tables more, for each group of rows tells of each column. */
export function partGroupBytes(fields: readonly Field[]): number {
  return Math.max(leastGroupBytes, fields.length * groupBytesOfColumn);
}

/** The columns that a rule names are there. @throws PlatformError SPLITTING_COLUMN_MISSING */
export function requireColumns(params: DividingRule & { readonly gapMs: number }, fields: readonly Field[]): void {
  const known = fields.map((field) => field.name);
  const missing = [...params.key, ...(params.column === null ? [] : [params.column])].filter(
    (name) => !known.includes(name),
  );
  if (missing.length > 0)
    throw new PlatformError('SPLITTING_COLUMN_MISSING', {
      message: `expected the columns ${missing.join(', ')} in the dataset; it has ${known.join(', ')}`,
    });
  const type = fields.find((field) => field.name === params.column)?.type;
  if (params.gapMs > 0 && type !== 'timestamp' && type !== 'date') {
    throw new PlatformError('SPLITTING_COLUMN_MISSING', {
      message: `a gap needs a column of dates or times; ${params.column} holds ${type}`,
    });
  }
}

async function countAssigned(engine: QueryEngine): Promise<{ rowCount: number; droppedRows: number }> {
  const [row] = await engine.rows('SELECT count(*) AS n, count(*) - count(__part) AS dropped FROM assigned');
  return { rowCount: Number(row!['n']), droppedRows: Number(row!['dropped']) };
}
