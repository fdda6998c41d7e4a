import { parse, stringify } from 'yaml';
import { PlatformError } from '../errors/index.ts';
import { type DataSchema, tableSchemaFile } from './schema.ts';

const maximumLength = 4_000_000;
const maximumProblems = 20;

/**
 * Reads a schema file (YAML or JSON).
 * @throws PlatformError SCHEMA_INVALID naming every place that is wrong
 */
export function readSchemaFile(text: string, name: string): DataSchema {
  if (text.length > maximumLength)
    throw new PlatformError('SCHEMA_INVALID', {
      message: `${name} has ${text.length} characters; a schema has at most ${maximumLength}`,
    });
  const read = tableSchemaFile.safeParse(parseText(text, name));
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`);
  throw new PlatformError('SCHEMA_INVALID', {
    message: `${name} is no schema:\n${problems.slice(0, maximumProblems).join('\n')}`,
  });
}

function parseText(text: string, name: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw new PlatformError('SCHEMA_INVALID', {
      message: `${name} cannot be read: ${(cause as Error).message.split('\n')[0]}`,
      cause,
    });
  }
}

/** A schema as the text of a file that people would want to keep: one line a column, nothing that says the default. */
export function writeSchemaFile(schema: DataSchema): string {
  const columns = Object.entries(schema.columns).map(([name, column]): [string, object] => {
    const { required, nullable, nan, ...rest } = column;
    const written = {
      ...rest,
      ...(required ? {} : { required }),
      ...(nullable ? { nullable } : {}),
      ...(nan ? { nan } : {}),
    };
    return [name, written];
  });
  const head = stringify({ ...schema, columns: undefined });
  const lines = columns.map(
    ([name, column]) =>
      `  ${stringify(name).trim()}: ${stringify(column, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trim()}`,
  );
  return `${head}columns:${lines.length === 0 ? ' {}' : ''}\n${lines.map((line) => `${line}\n`).join('')}`;
}
