import type { JsonObject, JsonValue } from '../../encoding/index.ts';
import type { ProjectFiles } from '../../pipeline/index.ts';
import { asOfMs } from './as-of.ts';
import type { ValidationParams } from './plan.ts';

/** What validation depends on beside its inputs: the digest of the schema file, and the moment that its checks ask for. */
export async function fingerprintValidation(
  params: JsonObject,
  files: ProjectFiles,
): Promise<Record<string, JsonValue>> {
  const declared = params as unknown as ValidationParams;
  const { schema } = declared;
  const moment = asOfMs(declared);
  return {
    ...(schema === null ? {} : { [`file:${schema}`]: (await files.digest(schema)) ?? 'absent' }),
    ...(moment === null ? {} : { now: moment }),
  };
}
