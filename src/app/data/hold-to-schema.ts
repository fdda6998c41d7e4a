import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Anomaly,
  type DataSchema,
  findAnomalies,
  findDriftAnomalies,
  findSkewAnomalies,
  patchSchemaFile,
  profileTable,
  readSchemaFile,
} from '../../data-quality/index.ts';
import { writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import { type NamedTable, openTable } from './open-table.ts';

/** A table that is looked at. */
export interface CheckedTable {
  readonly engine: QueryEngine;
  readonly table: NamedTable;
  readonly options: { readonly signal?: AbortSignal };
}

/** What else is said of how a table is held to a schema. */
export interface SchemaDemands {
  /** An older table, a file or one SELECT, for what the schema says of drift; null: that is not looked at. */
  readonly compare: string | null;
  /** The columns by which its rows are those of this one, for what the schema says of skew; may be empty where it says nothing. */
  readonly key: readonly string[];
  /** Numbers that are at most so far apart are no skew. */
  readonly tolerance: number;
  /** Where the table was met, one of the schema's environments; null: all of them at once. */
  readonly environment: string | null;
  /** Ids of anomalies that the schema is to allow from now on; `all` stands for each that has a patch. */
  readonly accept: readonly string[];
}

/** What a schema does not allow of a table. */
export interface HeldToSchema {
  readonly rowCount: number;
  /** Those that are left after the accepted ones were allowed. */
  readonly anomalies: readonly Anomaly[];
  readonly accepted: readonly Anomaly[];
  /** As it is after that. */
  readonly schema: DataSchema;
}

/**
 * Holds a table to a schema. What is accepted is changed in its file, of which everything else stays as it is, and the table is held to
 * the changed one.
 * @throws PlatformError CONFIG_BAD_VALUE before anything is written, where the schema has no such environment, or an accepted id is that of
 *   no anomaly, or of one that no change of the schema allows
 */
export async function holdToSchema(
  { engine, table, options }: CheckedTable,
  { path, text, schema }: { readonly path: string; readonly text: string; readonly schema: DataSchema },
  { compare, key, tolerance, environment, accept }: SchemaDemands,
): Promise<HeldToSchema> {
  const { source, reader: named } = table;
  const statistics = await profileTable(engine, source, options);
  const { rowCount } = statistics;
  const older = compare === null ? null : (await openTable(engine, compare, 'older')).source;
  const look = async (expected: DataSchema): Promise<Anomaly[]> => {
    const common = { source, schema: expected, environment };
    const found = await findAnomalies(engine, { ...common, statistics, named }, options);
    if (older === null) return found;
    return [
      ...found,
      ...(await findDriftAnomalies(engine, { ...common, older }, options)),
      ...(await findSkewAnomalies(engine, { ...common, older, key, tolerance }, options)),
    ];
  };
  const anomalies = await look(schema);
  const accepted = chosen(anomalies, accept);
  if (accepted.length === 0) return { rowCount, anomalies, accepted, schema };
  const changed = accepted.reduce((before, { patch }) => patchSchemaFile(before, patch!), text);
  const after = readSchemaFile(changed, path);
  const { mode } = await stat(path);
  await writeFileAtomically(resolve(path), changed, { mode: mode & 0o777 }).catch((cause: Error) => {
    throw new PlatformError('PLACE_NOT_WRITABLE', {
      message: `expected to write ${path}, found: ${cause.message}`,
      cause,
    });
  });
  return { rowCount, anomalies: await look(after), accepted, schema: after };
}

function chosen(anomalies: readonly Anomaly[], accept: readonly string[]): Anomaly[] {
  if (accept.includes('all')) return anomalies.filter(({ patch }) => patch !== null);
  const refuse = (found: string): PlatformError => {
    const ids = anomalies.filter(({ patch }) => patch !== null).map(({ id }) => id);
    return new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected --accept to name an anomaly that a change of the schema allows, found ${found}`,
      hint: ids.length === 0 ? 'There is none; fix the data.' : `Give ${ids.join(', ')}, or all.`,
    });
  };
  return [...new Set(accept)].map((id) => {
    const anomaly = anomalies.find((one) => one.id === id);
    if (anomaly === undefined) throw refuse(JSON.stringify(id));
    if (anomaly.patch === null) throw refuse(`${id}, which none does`);
    return anomaly;
  });
}
