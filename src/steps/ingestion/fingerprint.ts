import type { JsonObject, JsonValue } from '../../encoding/index.ts';
import type { ProjectFiles } from '../../pipeline/index.ts';
import type { IngestionParams } from './plan.ts';

const pattern = /[*?[{]/;

/** Identities of the files and tables that ingestion reads: digests of files, declared versions of tables. */
export async function fingerprintIngestion(
  params: JsonObject,
  files: ProjectFiles,
): Promise<Record<string, JsonValue>> {
  const { sources, query, datasets } = params as unknown as IngestionParams;
  const identities: Record<string, JsonValue> = {};
  for (const [name, source] of Object.entries(sources)) {
    const file = source.python?.split(':')[0];
    if (file?.endsWith('.py')) identities[`file:${file}`] = (await files.digest(file)) ?? 'absent';
    if (source.path === null)
      identities[`source ${name}`] = source.version === null ? null : `version ${source.version}`;
    else
      for (const path of pattern.test(source.path) ? await files.glob(source.path) : [source.path])
        identities[`file:${path}`] = (await files.digest(path)) ?? 'absent';
  }
  for (const one of [query, ...Object.values(datasets).map((dataset) => dataset.query)]) {
    if (one !== null && one.file !== null) identities[`file:${one.file}`] = (await files.digest(one.file)) ?? 'absent';
  }
  return identities;
}
