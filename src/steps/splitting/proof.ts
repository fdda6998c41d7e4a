/**
 * The proof that no key is in two parts. It does not trust the rule: the keys are read back from each part as it was written,
 * and compared. Digests of the keys and counts of the rows come from there too.
 */
import { rowDigest } from '../../data-quality/index.ts';
import { assert, PlatformError } from '../../errors/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';
import type { Assigning } from './assign.ts';
import { digestOfKeys, hashedKeysSql } from './key-hashes.ts';
import type { SplittingParams } from './plan.ts';
import { proveApart } from './prove-apart.ts';
import type { SplitManifest } from './result.ts';

/** A table in the engine into which the keys of the parts are read back. */
export type Proof = Assigning;

/** Begins a proof. */
export async function beginProof({ engine }: Proof): Promise<void> {
  const halves = ['low', 'high', 'key_low', 'key_high'].map((half) => `${half} UBIGINT`);
  await engine.execute(`CREATE TABLE proof (part INTEGER, ${halves.join(', ')})`);
}

/** Reads a part back. Of a sealed part only the keys' digest is told, and the number of rows. */
export async function readBack(
  proof: Proof,
  part: SplittingParams['parts'][number],
  path: string,
): Promise<SplitManifest['parts'][string]> {
  const { engine, params, fields, signal } = proof;
  const source = parquetSource(path);
  const place = params.parts.findIndex(({ name }) => name === part.name);
  const keys = hashedKeysSql(params, fields, { source });
  await engine.execute(`INSERT INTO proof SELECT ${place}, * FROM (${keys})`, { signal });
  const rows = part.sealed
    ? { rowCount: await countRows(engine, source), digest: null }
    : await rowDigest(engine, source, { columns: fields, signal });
  return {
    share: part.share,
    sealed: part.sealed,
    rowCount: rows.rowCount,
    keyDigest: await digestOfKeys(engine, { table: 'proof', where: `part = ${place}` }, { signal }),
    rowDigest: rows.digest,
  };
}

async function countRows(engine: QueryEngine, source: string): Promise<number> {
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${source}`);
  return Number(row!['n']);
}

/**
 * Compares the keys of all parts.
 * @throws PlatformError SPLITTING_OVERLAP, SPLITTING_KEY_DIVIDED, SPLITTING_EMPTY_PART
 */
export async function concludeProof(
  { engine, params, signal }: Proof,
  parts: SplitManifest['parts'],
  dropped: { readonly droppedRows: number; readonly rowCount: number },
): Promise<SplitManifest['overlap']> {
  const empty = Object.entries(parts).filter(([, part]) => part.rowCount === 0);
  if (empty.length > 0)
    throw new PlatformError('SPLITTING_EMPTY_PART', {
      message: `these parts have no rows: ${empty.map(([name]) => name).join(', ')}`,
    });
  const written = Object.values(parts).reduce((sum, part) => sum + part.rowCount, dropped.droppedRows);
  assert(written === dropped.rowCount, `${dropped.rowCount} rows came in and ${written} went out`);
  return await proveApart(engine, { table: 'proof', part: 'part', called: 'parts', rule: params }, { signal });
}
