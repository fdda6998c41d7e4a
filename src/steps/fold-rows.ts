/**
 * The rows of a fold: what `splitting/folds` assigned, put beside the rows that a step has. Three places need them: the step that makes
 * folds, the one that fits a transformation inside a fold, and the command that divides a table without a project.
 */
import { hashSums, rowText, sumsDigest, textHash } from '../data-quality/index.ts';
import { assert, PlatformError } from '../errors/index.ts';
import { type Field, parquetSource, type QueryEngine } from '../tables/index.ts';

/** Rows with their places as `__row`, and their folds: `__row`, `__fold`, `__from`; each a table or a query in parentheses. */
export interface FoldedRows {
  readonly rows: string;
  readonly folds: string;
}

/** The name of a fold, from 1 on: `fold-3`, and of ten and more `fold-03`. */
export function foldName(fold: number, count: number): string {
  return `fold-${String(fold).padStart(String(count).length, '0')}`;
}

/** The names of all folds. */
export function foldNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => foldName(index + 1, count));
}

/** SQL for the rows that a fold holds out, in any order. */
export function heldOutSql({ rows, folds }: FoldedRows, fold: number): string {
  return `SELECT d.* FROM ${rows} d JOIN (SELECT __row FROM ${folds} WHERE __fold = ${fold}) f USING (__row)`;
}

/** SQL for the rows that a fold trains on, in any order. */
export function trainedOnSql({ rows, folds }: FoldedRows, fold: number): string {
  return `SELECT d.* FROM ${rows} d JOIN (SELECT __row FROM ${folds} WHERE __fold <> ${fold} AND __from <= ${fold}) f USING (__row)`;
}

/** The two sides of a fold as files. */
export interface FoldFiles {
  readonly train: string;
  readonly heldOut: string;
}

/** What was found of one side of a fold. */
export interface FoldSide {
  readonly rowCount: number;
  readonly sealed: false;
  /** Independent of order. */
  readonly keyDigest: string;
}

/** A fold whose sides were read back: none of its keys is on both. */
export interface ProvedFold {
  readonly parts: { readonly train: FoldSide; readonly held_out: FoldSide };
  readonly overlap: { readonly keysInSeveralParts: 0; readonly verdict: 'none' };
}

/**
 * Proves over both sides of a fold, as they were written, that they share neither a key nor a row's place.
 * @param together the columns by whose values rows stay together; without any the whole row
 * @throws PlatformError SPLITTING_OVERLAP, SPLITTING_EMPTY_FOLD
 */
export async function proveFold(
  engine: QueryEngine,
  files: FoldFiles,
  {
    fold,
    together,
    signal,
  }: { readonly fold: number; readonly together: readonly string[]; readonly signal: AbortSignal },
): Promise<ProvedFold> {
  const { fields } = await engine.describe(`SELECT * EXCLUDE (__row) FROM ${parquetSource(files.train)}`);
  const key = rowText(together.length === 0 ? fields : fieldsNamed(together, fields));
  // Equal keys have equal hashes.
  const hashesOf = (path: string): string =>
    `SELECT ${textHash('key')} FROM (SELECT ${key} AS key FROM ${parquetSource(path)})`;
  const sideOf = async (path: string): Promise<FoldSide> => {
    const [row] = await engine.rows(
      `SELECT sum(n)::BIGINT AS n, count(*) AS keys, ${hashSums('low', 'high')} FROM (SELECT low, high, count(*) AS n FROM (${hashesOf(path)}) GROUP BY ALL)`,
      { signal },
    );
    const keyDigest = sumsDigest(Number(row!['keys']), { low: row!['low'], high: row!['high'] });
    return { rowCount: Number(row!['n'] ?? 0), sealed: false, keyDigest };
  };
  const parts = { train: await sideOf(files.train), held_out: await sideOf(files.heldOut) };
  requireFilled(new Map([[fold, { train: parts.train.rowCount, heldOut: parts.held_out.rowCount }]]));
  const inBoth = (of: (path: string) => string): string =>
    `(SELECT count(*) FROM (${of(files.train)} INTERSECT ${of(files.heldOut)}))`;
  const placesOf = (path: string): string => `SELECT __row FROM ${parquetSource(path)}`;
  const [found] = await engine.rows(`SELECT ${inBoth(hashesOf)} AS keys, ${inBoth(placesOf)} AS places`, { signal });
  const shared = Math.max(Number(found!['keys']), Number(found!['places']));
  if (shared > 0)
    throw new PlatformError('SPLITTING_OVERLAP', {
      message: `${shared} keys of fold ${fold} are held out and trained on`,
    });
  return { parts, overlap: { keysInSeveralParts: 0, verdict: 'none' } };
}

function fieldsNamed(names: readonly string[], fields: readonly Field[]): Field[] {
  return names.map((name) => {
    const found = fields.find((field) => field.name === name);
    assert(found !== undefined, `the rows of a fold have no column ${name}`);
    return found;
  });
}

/** Each fold has rows on both sides. @throws PlatformError SPLITTING_EMPTY_FOLD with all that have not */
export function requireFilled(counts: ReadonlyMap<number, { readonly train: number; readonly heldOut: number }>): void {
  const empty = [...counts].flatMap(([fold, { train, heldOut }]) => [
    ...(heldOut === 0 ? [`fold ${fold} holds out no row`] : []),
    ...(train === 0 ? [`fold ${fold} has no row to train on`] : []),
  ]);
  if (empty.length > 0) throw new PlatformError('SPLITTING_EMPTY_FOLD', { message: empty.join('; ') });
}
