import { resolve } from 'node:path';
import {
  type DataSchema,
  findFormats,
  inferSchema,
  profileTable,
  schemaNotes,
  type TableStatistics,
  writeSchemaFile,
} from '../../data-quality/index.ts';
import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { openTable } from './open-table.ts';
import { type Existing, placeFile, requireFree } from './place-file.ts';
import { type TableWork, withTables } from './with-tables.ts';

const head = `# What each column must be, as far as the data speak for it. Ranges are what was seen, with as much room again on both sides;
# as many values again may be missing. Correct what you know better; mlspec data check holds data to it.
`;

/** A file of which a schema is to be inferred. */
export interface SchemaInference extends TableWork {
  readonly path: string;
  /** The column that a model is to learn, which serving does not have; null: none. */
  readonly label: string | null;
  /** Where the schema is written to; null: nowhere. */
  readonly out: string | null;
  /** What becomes of a file that is there already. */
  readonly existing: Existing;
}

/** A schema that was inferred of a file. */
export interface InferredSchema {
  readonly schema: DataSchema;
  /** The schema as a file. */
  readonly text: string;
  readonly rowCount: number;
  /** Columns of types that a schema does not speak of, such as lists. */
  readonly unreadable: readonly string[];
}

/**
 * Infers a first schema of a CSV, JSON or Parquet file or one SELECT, as analysis and `mlspec init` do.
 * @throws PlatformError EXPORT_PLACE_TAKEN before the file is read; CONFIG_BAD_VALUE of a label, PLACE_NOT_WRITABLE, CANCELED, and as `openTable`
 */
export async function inferFile({ path, label, out, existing, ...options }: SchemaInference): Promise<InferredSchema> {
  const target = out === null ? null : resolve(out);
  if (target !== null) await requireFree(target, existing);
  return await withTables(options, async (engine) => {
    const { source, unreadable } = await openTable(engine, path, 'data');
    const statistics = await profileTable(engine, source, options);
    if (label !== null) requireColumn(statistics, label);
    const schema = inferSchema(statistics, await findFormats(engine, { source, statistics }, options), label);
    const text = head + writeSchemaFile(schema, schemaNotes(statistics, schema));
    if (target !== null) await placeFile(target, text, existing);
    return { schema, text, rowCount: statistics.rowCount, unreadable };
  });
}

function requireColumn({ columns }: TableStatistics, label: string): void {
  const names = columns.map(({ name }) => name);
  if (names.includes(label)) return;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --label to name a column of the table, found ${JSON.stringify(label)}`,
    ...didYouMean(label, names),
  });
}
