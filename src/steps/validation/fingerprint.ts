import type { JsonObject, JsonValue } from '../../encoding/index.ts';
import type { ProjectFiles } from '../../pipeline/index.ts';
import { asOfMs } from './as-of.ts';
import type { ValidationParams } from './plan.ts';
import { sqlFileOf, sqlTexts } from './sql-files.ts';

/** What validation depends on beside its inputs: the digests of the schema file and of files of SQL, and the moment that its checks ask for. */
export async function fingerprintValidation(
  params: JsonObject,
  files: ProjectFiles,
): Promise<Record<string, JsonValue>> {
  const declared = params as unknown as ValidationParams;
  const { schema, checks } = declared;
  const moment = asOfMs(declared, await sqlTexts(checks, files.root));
  const read = [...(schema === null ? [] : [schema]), ...checks.flatMap(({ own }) => sqlFileOf(own) ?? [])];
  const digests = await Promise.all(
    [...new Set(read)].map(async (path) => [`file:${path}`, (await files.digest(path)) ?? 'absent'] as const),
  );
  return { ...Object.fromEntries(digests), ...(moment === null ? {} : { now: moment }) };
}
