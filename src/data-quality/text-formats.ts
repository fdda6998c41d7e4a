import { type QueryEngine, type QueryOptions, quoteIdentifier, quoteLiteral } from '../tables/index.ts';
import type { TableStatistics } from './statistics.ts';

const rowsForFormat = 30;
const rowsLookedAtFirst = 100;

/** What the values of a column of texts may have to be. */
export const textFormats = ['date', 'date-time', 'email', 'url', 'uuid', 'ip', 'json'] as const;

/** The name of a format of texts. */
export type TextFormat = (typeof textFormats)[number];

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const four = `${byte}(?:\\.${byte}){3}`;
const group = '[0-9A-Fa-f]{1,4}';

/** RFC 4291, 2.2: eight groups, the last two of them perhaps as IPv4, or fewer with one `::` for at least one group. */
function sixPattern(): string {
  const compressed = Array.from({ length: 7 }, (_, before) => {
    const head = before === 0 ? '' : `${group}(?::${group}){${before - 1}}`;
    const after = 7 - before;
    const withGroups = `(?:${group}:){0,${after - 1}}${group}`;
    return after < 2 ? `${head}::(?:${group})?` : `${head}::(?:${withGroups}|(?:${group}:){0,${after - 2}}${four})?`;
  });
  return [`(?:${group}:){7}${group}`, `(?:${group}:){6}${four}`, ...compressed, `${group}(?::${group}){6}::`].join('|');
}

const patterns: Readonly<Record<TextFormat, string>> = {
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
  'date-time':
    '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]+)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?',
  email: `[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]+@${label}(?:\\.${label})+`,
  url: '(?i:https?|ftp)://[^\\s/?#]+\\S*',
  uuid: '[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}',
  ip: `${four}|${sixPattern()}`,
  json: '(?s)\\s*[\\[{].*',
};

/** Whether the text `x` (SQL) has a format; NULL where it is missing. */
export function formatSql(format: TextFormat, x: string): string {
  const text = `CAST(${x} AS VARCHAR)`;
  const matches = `regexp_full_match(${text}, ${quoteLiteral(patterns[format])})`;
  const is = (type: string): string =>
    `CASE WHEN ${matches} THEN TRY_CAST(${text} AS ${type}) IS NOT NULL ELSE ${matches} END`;
  if (format === 'date') return `(${is('DATE')})`;
  if (format === 'date-time') return `(${is('TIMESTAMPTZ')})`;
  return format === 'json' ? `(${matches} AND json_valid(${text}))` : matches;
}

/**
 * The formats of columns of texts of which every value, and at least thirty, has one. A few rows are looked at first, so
 * that columns of other texts cost next to nothing.
 */
export async function findFormats(
  engine: QueryEngine,
  { source, statistics }: { readonly source: string; readonly statistics: TableStatistics },
  options: QueryOptions = {},
): Promise<Map<string, TextFormat>> {
  const found = new Map<string, TextFormat>();
  for (const { name, type, rowCount, missingCount } of statistics.columns) {
    if (type !== 'string' || rowCount - missingCount < rowsForFormat) continue;
    const x = quoteIdentifier(name);
    const present = `SELECT ${x} AS x FROM ${source} WHERE ${x} IS NOT NULL`;
    const likely = await formatsOf(
      engine,
      { rows: `${present} LIMIT ${rowsLookedAtFirst}`, formats: textFormats },
      options,
    );
    const [format] = likely.length === 0 ? [] : await formatsOf(engine, { rows: present, formats: likely }, options);
    if (format !== undefined) found.set(name, format);
  }
  return found;
}

async function formatsOf(
  engine: QueryEngine,
  { rows, formats }: { readonly rows: string; readonly formats: readonly TextFormat[] },
  options: QueryOptions,
): Promise<TextFormat[]> {
  const broken = formats.map((format, at) => `count_if(NOT ${formatSql(format, 'x')}) AS f${at}`);
  const [counts] = await engine.rows(`SELECT ${broken.join(', ')} FROM (${rows})`, options);
  return formats.filter((_, at) => Number(counts![`f${at}`]) === 0);
}
