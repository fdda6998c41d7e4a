import type { JsonObject, JsonValue } from '../../encoding/index.ts';
import type { ProjectFiles } from '../../pipeline/index.ts';
import { asOfMs } from './as-of.ts';
import type { ValidationParams } from './plan.ts';
import { sqlFileOf, sqlTexts } from './sql-files.ts';

/** What validation depends on beside its inputs: the digests of the schema file, of files of SQL and of that of accepted values, and the moment that its checks ask for. */
export async function fingerprintValidation(
  params: JsonObject,
  files: ProjectFiles,
): Promise<Record<string, JsonValue>> {
  const declared = params as unknown as ValidationParams;
  const { schema, checks, accepted } = declared;
  const moment = asOfMs(declared, await sqlTexts(checks, files.root));
  const read = [schema, accepted, ...checks.map(({ own }) => sqlFileOf(own))].filter((path) => path != null);
  const digests = await Promise.all(
    [...new Set(read)].map(async (path) => [`file:${path}`, (await files.digest(path)) ?? 'absent'] as const),
  );
  return { ...Object.fromEntries(digests), ...(moment === null ? {} : { now: moment }) };
}
