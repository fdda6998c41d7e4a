import { rowText } from '../../data-quality/index.ts';
import { sketchSize } from '../../model-ci/index.ts';
import { closeWord, type SealingKey } from '../../provenance/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';

/** Where rows are the same rows: in one project, by the same columns. */
export interface RowIdentity {
  readonly project: string;
  /** Columns that name a row; without them it is known by all of them. */
  readonly key: readonly string[];
  /** Nobody without it can find out whether a row is in the sketch. The same for all parts and all states of the project. */
  readonly secret: SealingKey;
}

/** The sketch of an opened part: the smallest of the keyed hashes of its rows. */
export async function sketchRows(engine: QueryEngine, path: string, identity: RowIdentity): Promise<string> {
  const { project, key, secret } = identity;
  const { fields } = await engine.describe(`SELECT * EXCLUDE (__row) FROM ${parquetSource(path)}`);
  const columns = key.length === 0 ? fields : fields.filter(({ name }) => key.includes(name));
  const names = columns.map(({ name }) => name);
  const prefix = closeWord('rows', secret, { project, part: 'any', context: { columns: names.join('\0') } });
  const rows = await engine.rows(
    `SELECT DISTINCT left(sha256('${prefix}' || ${rowText(columns)}), 16) AS hash FROM ${parquetSource(path)} ORDER BY hash LIMIT ${sketchSize}`,
  );
  return rows.map((row) => String(row['hash'])).join('');
}
