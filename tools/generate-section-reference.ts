/*
 * Writes the table of keys into each page of the reference that stands for a section, between its markers, from the
 * Zod type that the parser uses. The prose of a page is written by hand.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { markdownTable, readIfPresent, replaceBetweenMarkers, writeOrCheck } from './generated.ts';
import { listFiles, repositoryRoot } from './problem.ts';
import { type JsonSchema, schemaRows } from './schema-table.ts';

/** Pages whose type is not exported as `<page>Section`. */
const otherNames: Readonly<Record<string, string>> = {
  document: 'specSchema',
  models: 'modelSection',
  steps: 'declaredStep',
};

const types = new Map<string, z.ZodType>();
for (const file of ['src/spec/document.ts', ...listFiles(repositoryRoot, 'src/spec/sections', ['.ts'])]) {
  if (file.endsWith('.test.ts')) continue;
  const exported = (await import(pathToFileURL(join(repositoryRoot, file)).href)) as Record<string, unknown>;
  for (const [name, value] of Object.entries(exported)) if (value instanceof z.ZodType) types.set(name, value);
}

/** The schema of what people write, with the defaults that Zod leaves out where a value is converted afterwards. */
function jsonSchemaOf(type: z.ZodType): JsonSchema {
  return z.toJSONSchema(type, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod as { def: { type: string; defaultValue?: unknown } };
      if (def.type === 'default' || def.type === 'prefault')
        jsonSchema.default ??= def.defaultValue as NonNullable<typeof jsonSchema.default>;
    },
  }) as JsonSchema;
}

/** A row of the whole document, its key a link where the section has a page of its own. */
function linked(row: readonly string[]): string[] {
  const name = row[0]!.replaceAll('`', '');
  const page = readIfPresent(join(repositoryRoot, `docs/reference/${name}.md`));
  return page === null ? [...row] : [`[\`${name}\`](${name}.md)`, 'section', row[2]!, row[3]!];
}

const pages = new Map<string, string>();
for (const file of listFiles(repositoryRoot, 'docs/reference', ['.md'])) {
  const page = file.slice('docs/reference/'.length, -'.md'.length);
  const type = types.get(otherNames[page] ?? `${page}Section`);
  const text = readIfPresent(join(repositoryRoot, file));
  if (type === undefined || text === null) continue;
  const rows = page === 'document' ? schemaRows(jsonSchemaOf(type), 0).map(linked) : schemaRows(jsonSchemaOf(type));
  const table = markdownTable(['key', 'form', 'default', 'meaning'], rows);
  pages.set(file, replaceBetweenMarkers(readFileSync(join(repositoryRoot, file), 'utf8'), 'keys', table));
}
writeOrCheck('tools/generate-section-reference.ts', pages);
