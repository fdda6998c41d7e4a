import type { JsonObject, JsonValue } from '../../encoding/index.ts';
import type { ProjectFiles } from '../../pipeline/index.ts';
import type { ValidationParams } from './plan.ts';

/** The identity of the schema file that validation reads: its digest. */
export async function fingerprintValidation(
  params: JsonObject,
  files: ProjectFiles,
): Promise<Record<string, JsonValue>> {
  const { schema } = params as unknown as ValidationParams;
  return schema === null ? {} : { [`file:${schema}`]: (await files.digest(schema)) ?? 'absent' };
}
