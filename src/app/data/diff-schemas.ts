import { compareSchemas, type SchemaChange } from '../../data-quality/index.ts';
import { openSchema } from './open-schema.ts';

/**
 * The differences of two schema files.
 * @throws PlatformError SCHEMA_NO_FILE, SCHEMA_INVALID
 */
export async function diffSchemas(before: string, after: string): Promise<SchemaChange[]> {
  return compareSchemas((await openSchema(before)).schema, (await openSchema(after)).schema);
}
