/**
 * JSON: one array of objects, or one object a line (NDJSON). With quarantine only lines can be put aside: those that are no
 * JSON object; the file must then be NDJSON.
 */
import { type QueryEngine, type QueryOptions, quoteLiteral } from '../../tables/index.ts';
import type { Rejected } from './csv-source.ts';
import type { SourceFile } from './files.ts';
import { listOf, optionsOf, type Source } from './source-options.ts';

/** The whole file decides on types. What is nested deeper than any table is read as text: finding types takes the cube of the depth. */
const readingDefaults = { sample_size: '-1', union_by_name: 'true', maximum_depth: '32' } as const;

/** The table function that reads the files. @throws PlatformError INGESTION_BAD_OPTION */
export function jsonReader(source: Source, files: readonly { readonly path: string }[]): string {
  const defaults = Object.entries(readingDefaults).filter(([name]) => !(name in source.options));
  const written = defaults.map(([name, value]) => `${name} = ${value}`);
  return `read_json(${[listOf(files), ...written, ...optionsOf(source.options)].join(', ')})`;
}

/** Writes the lines that can be read to `cleanPath` (NDJSON), and tells of the others. */
export async function quarantineLines(
  engine: QueryEngine,
  at: { readonly files: readonly SourceFile[]; readonly cleanPath: string },
  options: QueryOptions,
): Promise<Rejected[]> {
  const rejected: Rejected[] = [];
  const clean: string[] = [];
  for (const file of at.files) {
    const numbered = `(SELECT row_number() OVER () AS line, text FROM ${linesOf(file)})`;
    const isObject = "CASE WHEN json_valid(text) THEN json_type(text) = 'OBJECT' ELSE false END";
    const broken = await engine.rows(
      `SELECT line FROM ${numbered} WHERE trim(text) <> '' AND NOT ${isObject} ORDER BY line`,
      options,
    );
    for (const row of broken)
      rejected.push({
        file: file.written,
        line: Number(row['line']),
        column: null,
        message: 'the line is no JSON object',
      });
    clean.push(`SELECT text FROM ${linesOf(file)} WHERE CASE WHEN trim(text) = '' THEN false ELSE ${isObject} END`);
  }
  await engine.execute(
    `COPY (${clean.join(' UNION ALL ')}) TO ${quoteLiteral(at.cleanPath)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')`,
    options,
  );
  return rejected;
}

function linesOf(file: SourceFile): string {
  return `read_csv(${listOf([file])}, columns = {'text': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, max_line_size = 16777216)`;
}
