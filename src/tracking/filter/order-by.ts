/** The order of a search: texts such as `metrics.loss DESC`, or fields by their names, into keys that SQL can sort by. */
import { checkName } from './check-filter.ts';
import { type FilterTarget, type MeasuredOn, measuredOnSql } from './clause-sql.ts';
import type { Field } from './condition.ts';
import { type Entity, type EntityName, entities, type KeyedTable } from './entities.ts';
import { parseName, Reader } from './parser.ts';
import { joinSql, type Sql, type SqlKind, sql } from './sql-text.ts';
import { type SourceText, syntaxError } from './syntax-error.ts';

/** Upwards or downwards. */
export type Direction = 'asc' | 'desc';

/** A field to order logged models by: `metrics.` and a key without quotes, or an attribute. */
export interface OrderField {
  readonly field: string;
  readonly direction: Direction;
  /** Metrics only: the latest value measured on this dataset. */
  readonly dataset?: MeasuredOn;
}

/** One key to sort by. Rows without a value come last in either direction. */
export interface SortKey extends Sql {
  readonly direction: Direction;
  readonly nulls: 'last';
  /** Which field of the entity the key is of; two keys are of one metric. */
  readonly field: Field;
}

/** The most fields to order by. */
const fieldLimit = 50;

/**
 * The keys of an order, over the alias of the entity's table as in `compileFilter`. A metric gives two: whether it is a
 * number (0), NaN (1) or missing (2), upwards in either direction; then the number, null where it is none. Texts sort by
 * the bytes of their UTF-8 on both databases. Nothing is added that makes the order total.
 * @throws PlatformError TRACKING_BAD_ORDER for what cannot be read or sorted by, and for a field that is given
 * twice, but for experiments and logged models, where the second is ignored
 */
export function compileOrder(
  entityName: EntityName,
  orderBy: readonly (string | OrderField)[],
  target: Pick<FilterTarget, 'kind'>,
): readonly SortKey[] {
  const entity = entities[entityName];
  const seen = new Set<string>();
  return orderBy.flatMap((term, index) => {
    const text = typeof term === 'string' ? term : term.field;
    const source = { text, code: 'TRACKING_BAD_ORDER' } as const;
    const whole = { offset: 0, end: text.length };
    if (index >= fieldLimit)
      throw syntaxError(source, whole, `expected at most ${fieldLimit} fields to order by, found more`);
    const { field, direction } =
      typeof term === 'string' ? readTerm(source, entity) : { ...term, field: readField(source, entity) };
    const dataset = typeof term === 'string' ? undefined : term.dataset;
    const identity = JSON.stringify([field, dataset]);
    if (seen.has(identity) && entity.repeatedOrder === 'ignored') return [];
    if (seen.has(identity)) throw syntaxError(source, whole, 'expected every field once in an order, found one twice');
    seen.add(identity);
    return sortKeys(entity, { field, direction, dataset }, target.kind);
  });
}

const unsortable: readonly Field['type'][] = ['dataset', 'span', 'span-attribute', 'assessment'];

interface Term {
  readonly field: Field;
  readonly direction: Direction;
  readonly dataset?: MeasuredOn | undefined;
}

function readTerm(source: SourceText, entity: Entity): Term {
  const reader = new Reader(source);
  const name = parseName(reader);
  const isDown = reader.takeKeyword('DESC');
  if (!isDown) reader.takeKeyword('ASC');
  if (!reader.atEnd()) throw reader.unexpected('ASC, DESC or the end of the order');
  return { field: sortable(checkName(name, { entity, source }), source), direction: isDown ? 'desc' : 'asc' };
}

function readField(source: SourceText, entity: Entity): Field {
  const dot = source.text.indexOf('.');
  const prefix = dot < 0 ? null : source.text.slice(0, dot).trim();
  const key = dot < 0 ? source.text.trim() : source.text.slice(dot + 1);
  const name = { prefix, key, offset: 0, end: source.text.length };
  return sortable(checkName(name, { entity, source }), source);
}

function sortable(field: Field, source: SourceText): Field {
  if (!unsortable.includes(field.type)) return field;
  const found = `expected a metric, param, tag or attribute to order by, found a ${field.type}`;
  throw syntaxError(source, { offset: 0, end: source.text.length }, found);
}

function sortKeys(entity: Entity, term: Term, kind: SqlKind): readonly SortKey[] {
  const { field, direction } = term;
  switch (field.type) {
    case 'attribute': {
      const { sql: column, type } = field.attribute;
      return [{ ...sql(type === 'text' ? inBytes(column, kind) : column), direction, nulls: 'last', field }];
    }
    case 'metric':
      return metricKeys(entity, term);
    case 'param':
    case 'metadata':
    case 'tag': {
      const { table, owner, of, value } = entity.families[field.type] as KeyedTable;
      const mine = owner.map((column, index) => `k.${column} = ${of[index]}`).join(' and ');
      const text = inBytes(`(select k.${value} from ${table} k where ${mine} and k.key = ?)`, kind);
      return [{ ...sql(text, field.key), direction, nulls: 'last', field }];
    }
    default:
      return [];
  }
}

function inBytes(text: string, kind: SqlKind): string {
  return kind === 'postgres' ? `(${text} collate "C")` : text;
}

function metricKeys(entity: Entity, { field, direction, dataset }: Term): readonly SortKey[] {
  const { table, owner, of, value, isNan } = entity.families.metric as KeyedTable;
  const measured = measuredOnSql(dataset === undefined ? [] : [dataset]);
  const where = joinSql(
    [sql(`s.${owner[0]} = ${of[0]} and s.key = ?`, (field as { key: string }).key), ...measured],
    ' and ',
  );
  // A run has one row of a metric; a logged model has one of every point.
  const latest = entity.name === 'runs' ? '' : ' order by s.timestamp_ms desc, s.step desc, s.run_id limit 1';
  const rows = `from ${table} s where ${where.sql}${latest}`;
  const rank = sql(`coalesce((select s.${isNan} ${rows}), 2)`, ...where.parameters);
  const number = sql(`(select case when s.${isNan} = 0 then s.${value} end ${rows})`, ...where.parameters);
  return [
    { ...rank, direction: 'asc', nulls: 'last', field },
    { ...number, direction, nulls: 'last', field },
  ];
}
