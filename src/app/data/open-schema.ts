import { readFile } from 'node:fs/promises';
import { type DataSchema, readSchemaFile } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';

/** Reads the schema file that a user names. @throws PlatformError SCHEMA_NO_FILE, SCHEMA_INVALID */
export async function openSchema(path: string): Promise<{ readonly text: string; readonly schema: DataSchema }> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const found = cause.code === 'EISDIR' ? 'a folder' : cause.code === 'ENOENT' ? 'nothing' : cause.message;
    throw new PlatformError('SCHEMA_NO_FILE', { message: `expected a schema file at ${path}, found ${found}`, cause });
  });
  return { text, schema: readSchemaFile(text, path) };
}
