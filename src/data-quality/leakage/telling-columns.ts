import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';
import { fieldsOf } from '../column-states.ts';
import { findPairs, findPower } from '../pairs/find-pairs.ts';
import type { LeakageFinding, LeakageInput } from './leakage.ts';

/** Of a feature how well it tells the label; of names and places Cramér's V with the label, by chance 0.25 at most with 500 rows. */
const limits = { single_feature: 0.95, identifier: 0.4, row_order: 0.4 } as const;
/** What tells so much is told by as many rows of the training part, taken by a hash of their place. */
const sampledRows = 100_000;
/** With fewer rows of the training part chance tells as much. */
const leastRows = { features: 200, names: 500 } as const;

type TellingKind = keyof typeof limits;

interface Sample {
  readonly source: string;
  readonly rowCount: number;
  readonly label: string;
}

/**
 * Columns that alone tell the label: features that tell nearly all of it; and the place of a row in the dataset, and what names it, that
 * go with it and should not. Of an identifier its size, its last digit, and of a text the first two characters, the last and its length
 * are looked at. Where rows have a time, their place may tell as much as time does, and is left out.
 */
export async function findTellingColumns(
  engine: QueryEngine,
  input: LeakageInput,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const { label, train } = input;
  if (label === null) return [];
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${train} AS t`, options);
  const every = Math.max(1, Math.ceil(Number(row!['n']) / sampledRows));
  const source = `(SELECT * FROM ${train} AS t WHERE hash(__row, 'telling') % ${every} = 0)`;
  const [counted] = await engine.rows(`SELECT count(*) AS n FROM ${source}`, options);
  const sample = { source, rowCount: Number(counted!['n']), label };
  const work = { sample, fields: await fieldsOf(engine, train), input };
  return [
    ...(sample.rowCount < leastRows.features ? [] : await tellingFeatures(engine, work, options)),
    ...(sample.rowCount < leastRows.names ? [] : await tellingNames(engine, work, options)),
  ];
}

interface Work {
  readonly sample: Sample;
  readonly fields: readonly Field[];
  readonly input: LeakageInput;
}

async function tellingFeatures(
  engine: QueryEngine,
  { sample, fields, input }: Work,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const columns = fields.map(({ name }) => name).filter((name) => input.features.includes(name));
  const powers = await findPower(engine, sample.source, { ...options, label: sample.label, columns });
  return powers
    .filter(({ power }) => power !== null && power >= limits.single_feature)
    .map(({ column, power }) => findingOf('single_feature', { column, measured: power! }, sample));
}

/** A side of what names a row, as a column of numbers or texts. */
interface Aspect {
  /** The column; null: the place of the row. */
  readonly of: string | null;
  readonly sql: string;
}

async function tellingNames(
  engine: QueryEngine,
  { sample, fields, input }: Work,
  options: QueryOptions,
): Promise<LeakageFinding[]> {
  const names = fields.filter(({ name, type }) => input.key.includes(name) && (type === 'int64' || type === 'string'));
  const place: Aspect[] = input.isByTime || input.time !== null ? [] : [{ of: null, sql: '__row' }];
  const aspects = [...names.flatMap((field) => aspectsOf(field)), ...place];
  if (aspects.length === 0) return [];
  const columns = [`${quoteIdentifier(sample.label)} AS label`, ...aspects.map(({ sql }, at) => `${sql} AS a${at}`)];
  const source = `(SELECT ${columns.join(', ')} FROM ${sample.source} AS s)`;
  const { pairs } = await findPairs(engine, source, { ...options, label: 'label', among: 'label' });
  const most = new Map<string | null, number>();
  for (const { a, b, cramersV } of pairs) {
    const { of } = aspects[Number((a === 'label' ? b : a).slice(1))]!;
    most.set(of, Math.max(most.get(of) ?? 0, cramersV ?? 0));
  }
  return [...most].flatMap(([column, measured]) => {
    const kind = column === null ? 'row_order' : 'identifier';
    return measured < limits[kind] ? [] : [findingOf(kind, { column, measured }, sample)];
  });
}

function aspectsOf({ name, type }: Field): Aspect[] {
  const column = quoteIdentifier(name);
  const sides =
    type === 'int64'
      ? [column, `CAST(${column} % 10 AS BIGINT)`]
      : [`left(${column}, 2)`, `right(${column}, 1)`, `length(${column})`];
  return sides.map((sql) => ({ of: name, sql }));
}

function findingOf(
  kind: TellingKind,
  { column, measured }: { readonly column: string | null; readonly measured: number },
  { rowCount, label }: Sample,
): LeakageFinding {
  const much = Number(measured.toPrecision(3));
  const said: Readonly<Record<TellingKind, readonly [string, string]>> = {
    single_feature: [
      `${column} alone tells ${label} (${much} of 1)`,
      'if it is known only with the label, leave it out with features.exclude',
    ],
    identifier: [
      `${column}, which names rows, goes with ${label} (Cramér's V ${much})`,
      'see how the names were given; where rows of one label came from one place, other columns may tell it too',
    ],
    row_order: [
      `the place of a row in the dataset goes with ${label} (Cramér's V ${much})`,
      'see in which order the rows were written; no feature may be made from it',
    ],
  };
  const [message, advice] = said[kind];
  return {
    kind,
    part: null,
    columns: column === null ? [] : [column],
    rowCount,
    measured,
    threshold: limits[kind],
    message,
    advice,
  };
}
