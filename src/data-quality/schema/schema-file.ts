import { Document, parse, Scalar, stringify, visit } from 'yaml';
import { PlatformError } from '../../errors/index.ts';
import { type ColumnSchema, type DataSchema, tableSchemaFile } from './schema.ts';

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

/**
 * A schema as the text of a file that people would want to keep: one line a column, nothing that says the default, and behind
 * a column what `notes` say of it. Signs that a terminal would obey are written as escapes.
 */
export function writeSchemaFile(schema: DataSchema, notes: ReadonlyMap<string, string> = new Map()): string {
  const lines = Object.entries(schema.columns).map(([name, column]) => {
    const [key, note] = [flowText(name), notes.get(name)];
    // YAML takes no longer key without a sign before it.
    const start = key.length > longestPlainKey ? `  ? ${key}\n  : ` : `  ${key}: `;
    return `${start}${flowText(writtenColumn(column))}${note === undefined ? '' : ` # ${oneLine(note)}`}`;
  });
  const head = stringify({ ...schema, columns: undefined });
  return `${head}columns:${lines.length === 0 ? ' {}' : ''}\n${lines.map((line) => `${line}\n`).join('')}`;
}

function writtenColumn({ required, nullable, nan, ...rest }: ColumnSchema): object {
  return {
    ...rest,
    ...(required ? {} : { required }),
    ...(nullable ? { nullable } : {}),
    ...(nan ? { nan } : {}),
  };
}

const asWritten = {
  lineWidth: 0,
  flowCollectionPadding: false,
  doubleQuotedMinMultiLineLength: 4 * maximumLength,
} as const;
const longestPlainKey = 1000;
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** A value as YAML writes it on one line within a collection. */
export function flowText(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && unseen.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
    Collection: (_, node) => {
      node.flow = true;
    },
  });
  return escaped(document.toString(asWritten).trim());
}

/** What is left of such signs stands between double quotes, where YAML reads these escapes. */
function escaped(text: string): string {
  return text.replace(new RegExp(unseen, 'gu'), (sign) => {
    const code = sign.codePointAt(0)!.toString(16);
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
  });
}

function oneLine(text: string): string {
  return text.replace(new RegExp(unseen, 'gu'), ' ');
}
