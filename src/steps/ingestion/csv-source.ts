/**
 * CSV. The form is not guessed from the rows, because a broken row would change the guess: fields are parted by the character
 * of , ; tab | that is most frequent in the header (or `delim`), quoted with ", the first line names the columns. Types
 * are found from all rows; a column with one value that is no number is text. `types: [name TYPE]` fixes types; a value
 * that does not fit is then an error with file, line and column, or goes into quarantine.
 */
import { PlatformError } from '../../errors/index.ts';
import { type QueryEngine, type QueryOptions, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { firstLine, type SourceFile } from './files.ts';
import { listOf, optionsOf, type Source } from './source-options.ts';

const delimiters = [',', ';', '\t', '|'];
const ownForm = ['header', 'names', 'skip', 'comment', 'encoding', 'auto_detect', 'columns'];
const quotes: readonly [string, string][] = [
  ['quote', quoteLiteral('"')],
  ['escape', quoteLiteral('"')],
];
const type = /^(.+?)\s+([A-Za-z][A-Za-z0-9_ ]*(?:\(\s*\d+\s*(?:,\s*\d+\s*)?\))?)$/;

/** A row that could not be read. */
export interface Rejected {
  readonly file: string;
  readonly line: number;
  readonly column: string | null;
  readonly message: string;
}

/** CSV files to be read. `at` names the tables in which the engine keeps rows that it cannot read. */
export interface CsvReading {
  readonly source: Source;
  readonly files: readonly SourceFile[];
  readonly at: number;
}

/** The table function that reads the files. @throws PlatformError INGESTION_WRONG_HEADER, TABLE_FILE_UNREADABLE, INGESTION_BAD_OPTION */
export async function csvReader({ source, files, at }: CsvReading): Promise<string> {
  const { options } = source;
  const isPlain = hasPlainForm(source);
  const delimiter = await delimiterOf(source, files[0]!);
  if (isPlain) await requireHeaders(files, { delimiter, byName: options['union_by_name'] === true });
  const given: [string, string][] = [
    ['delim', quoteLiteral(delimiter)],
    ...quotes,
    ['header', 'true'],
    // Else lines with fewer fields than the last ones would count as notes before the header.
    ...(isPlain ? ([['skip', '0']] as [string, string][]) : []),
    ['sample_size', '-1'],
    ['files_to_sniff', String(files.length)],
  ];
  const { types, ...rest } = options;
  const parts = [
    listOf(files),
    ...given.filter(([name]) => !(name in rest)).map(([name, value]) => `${name} = ${value}`),
    ...(types === undefined ? [] : [`types = ${typesOf(types)}`]),
    ...(source.on_error === 'quarantine'
      ? [`store_rejects = true, rejects_limit = 0, rejects_table = 'rejected_${at}', rejects_scan = 'rejecting_${at}'`]
      : []),
    ...optionsOf(rest),
  ];
  return `read_csv(${parts.join(', ')})`;
}

/**
 * Does what reads the files; where no form fits all of their rows, the first line that has not the fields of the header is told.
 * @throws PlatformError TABLE_FILE_UNREADABLE with file and line, and whatever the work throws
 */
export async function tellingBrokenLine<T>(
  engine: QueryEngine,
  { source, files }: Pick<CsvReading, 'source' | 'files'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isPlaceless =
      error instanceof PlatformError && error.code === 'TABLE_FILE_UNREADABLE' && error.details['line'] === null;
    if (isPlaceless && hasPlainForm(source)) for (const file of files) await readAsTexts(engine, source, file);
    throw error;
  }
}

/** Reads every field of a file as a text, under the names of its header, which fails at the first line that has more or fewer. */
async function readAsTexts(engine: QueryEngine, source: Source, file: SourceFile): Promise<void> {
  const delimiter = await delimiterOf(source, file);
  const columns = splitHeader(await firstLine(file), delimiter).map((name) => `${quoteLiteral(name)}: 'VARCHAR'`);
  const form = [['delim', quoteLiteral(delimiter)], ...quotes, ['header', 'true'], ['auto_detect', 'false']];
  const parts = [listOf([file]), ...form.map(([name, value]) => `${name} = ${value}`)];
  await engine.rows(`SELECT count(*) AS n FROM read_csv(${parts.join(', ')}, columns = {${columns.join(', ')}})`);
}

function hasPlainForm({ options }: Source): boolean {
  return ownForm.every((name) => !(name in options));
}

function typesOf(types: Source['options'][string]): string {
  if (!Array.isArray(types))
    throw new PlatformError('INGESTION_BAD_OPTION', { message: 'types is a list: types: [year BIGINT, name VARCHAR]' });
  const pairs = types.map((one) => {
    const found = type.exec(one.trim());
    if (found === null)
      throw new PlatformError('INGESTION_BAD_OPTION', {
        message: `expected a column and its type, such as year BIGINT, found ${JSON.stringify(one)}`,
      });
    return `${quoteLiteral(found[1]!)}: ${quoteLiteral(found[2]!)}`;
  });
  return `{${pairs.join(', ')}}`;
}

async function delimiterOf(source: Source, file: SourceFile): Promise<string> {
  if (typeof source.options['delim'] === 'string') return source.options['delim'];
  if (!hasPlainForm(source)) return /\.tsv(\.(gz|zst))?$/i.test(file.path) ? '\t' : ',';
  const header = (await firstLine(file)).replace(/"[^"]*"/g, '');
  const counts = delimiters.map((one) => header.split(one).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? ',' : delimiters[counts.indexOf(most)]!;
}

async function requireHeaders(
  files: readonly SourceFile[],
  form: { readonly delimiter: string; readonly byName: boolean },
): Promise<void> {
  let first: readonly string[] | null = null;
  for (const file of files) {
    const names = splitHeader(await firstLine(file), form.delimiter);
    const problem = headerProblem(names) ?? (first === null || form.byName ? null : differenceOf(first, names));
    if (problem !== null)
      throw new PlatformError('INGESTION_WRONG_HEADER', {
        message: `${file.written}, line 1: ${problem}`,
        details: { file: file.written, line: 1, column: null },
      });
    first ??= names;
  }
}

/** The names in a header; a name in quotes may hold the delimiter and doubled quotes. */
function splitHeader(line: string, delimiter: string): string[] {
  const names: string[] = [];
  let name = '';
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === '"' && isQuoted && line[at + 1] === '"') name += line[at++];
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && line.startsWith(delimiter, at)) {
      names.push(name);
      name = '';
      at += delimiter.length - 1;
    } else name += character;
  }
  return [...names, name];
}

function headerProblem(names: readonly string[]): string | null {
  const empty = names.findIndex((name) => name.trim() === '');
  if (empty >= 0) return `column ${empty + 1} of the header has no name`;
  const lower = names.map((name) => name.trim().toLowerCase());
  const again = lower.findIndex((name, index) => lower.indexOf(name) < index);
  return again < 0 ? null : `the header names ${names[again]} twice (upper and lower case are one)`;
}

function differenceOf(first: readonly string[], names: readonly string[]): string | null {
  if (first.length === names.length && first.every((name, index) => name === names[index])) return null;
  const missing = first.filter((name) => !names.includes(name));
  const added = names.filter((name) => !first.includes(name));
  const parts = [
    ...(missing.length > 0 ? [`without ${missing.join(', ')}`] : []),
    ...(added.length > 0 ? [`with ${added.join(', ')}`] : []),
  ];
  return `expected the columns of the first file, ${first.join(', ')}; found them ${parts.join(' and ') || 'in another order'} (options: {union_by_name: true} joins them by name)`;
}

/** The rows that reading put aside. A row with several faults counts once. */
export async function rejectedOf(
  engine: QueryEngine,
  { files, at }: CsvReading,
  options: QueryOptions,
): Promise<Rejected[]> {
  const rows = await engine.rows(
    `SELECT s.file_path AS file, e.line AS line, min_by(e.column_name, e.column_idx) AS name, min_by(e.error_message, e.column_idx) AS message
     FROM ${quoteIdentifier(`rejected_${at}`)} e JOIN ${quoteIdentifier(`rejecting_${at}`)} s USING (scan_id, file_id) GROUP BY ALL ORDER BY 1, 2`,
    options,
  );
  return rows.map((row) => ({
    file: files.find((file) => file.path === row['file'])?.written ?? String(row['file']),
    line: Number(row['line']),
    column: row['name'] === null ? null : String(row['name']),
    message: String(row['message']),
  }));
}
