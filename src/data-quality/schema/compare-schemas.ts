/**
 * What became of a schema: every difference with what it does to those who send data (a stricter schema may refuse what they sent
 * before) and to those who read data (a laxer one lets through what they did not have to expect).
 */
import type { JsonValue } from '../../encoding/index.ts';
import { defaultThresholds } from '../drift/compare-column.ts';
import { type ColumnSchema, type DataSchema, isStageInUse } from './schema.ts';

/** A difference of two schemas. */
export interface SchemaChange {
  /** Null where it is about the whole table. */
  readonly column: string | null;
  /** The key that changed; `column` where the whole column was added or removed. */
  readonly key: string;
  readonly effect: 'added' | 'removed' | 'stricter' | 'laxer' | 'changed';
  /** Null: nothing was said. Of domains, the values that went and that came. */
  readonly before: JsonValue;
  readonly after: JsonValue;
  /** For whom it is incompatible: who reads data, who writes it. */
  readonly breaks: readonly ('readers' | 'writers')[];
}

type Change = Omit<SchemaChange, 'column'>;

/** The differences of two schemas: those of the table, then by column in the order of the older schema, then new columns. */
export function compareSchemas(before: DataSchema, after: DataSchema): SchemaChange[] {
  const ofTable = tableChanges(before, after).map((change) => ({ column: null, ...change }));
  const ofColumns = Object.entries(before.columns).flatMap(([name, column]): SchemaChange[] => {
    const other = Object.hasOwn(after.columns, name) ? after.columns[name]! : null;
    const changes = other === null ? [removedColumn(column, after)] : columnChanges(column, other);
    return changes.map((change) => ({ column: name, ...change }));
  });
  const added = Object.entries(after.columns)
    .filter(([name]) => !Object.hasOwn(before.columns, name))
    .map(([name, column]): SchemaChange => ({ column: name, ...addedColumn(column) }));
  return [...ofTable, ...ofColumns, ...added];
}

function removedColumn(column: ColumnSchema, after: DataSchema): Change {
  const breaks: Change['breaks'] = after.additional === 'refuse' ? ['readers', 'writers'] : ['readers'];
  return { key: 'column', effect: 'removed', before: column.type, after: null, breaks };
}

function addedColumn(column: ColumnSchema): Change {
  return {
    key: 'column',
    effect: 'added',
    before: null,
    after: column.type,
    breaks: column.required && isStageInUse(column.stage ?? 'production') ? ['writers'] : [],
  };
}

const strictness: readonly DataSchema['additional'][] = ['allow', 'warn', 'refuse'];

function tableChanges(before: DataSchema, after: DataSchema): Change[] {
  const rule = (schema: DataSchema): number => strictness.indexOf(schema.additional);
  return [
    ...within('rows', bounds(before.rows ?? {}, after.rows ?? {})),
    ...within('rows', bounds(ratiosOf(before), ratiosOf(after))).map((change) => ({
      ...change,
      key: `${change.key}_ratio`,
    })),
    ...ordered('additional', { before: before.additional, after: after.additional, by: rule(after) - rule(before) }),
    ...environmentChange(before.environments, after.environments),
    ...severityChanges(before, after),
  ];
}

function columnChanges(before: ColumnSchema, after: ColumnSchema): Change[] {
  const flag = (key: 'required' | 'nullable' | 'nan' | 'unique', strict: boolean): Change[] => {
    const [one, other] = [before[key] ?? false, after[key] ?? false];
    return ordered(key, { before: one, after: other, by: Number(other === strict) - Number(one === strict) });
  };
  return [
    ...typeChange(before.type, after.type),
    ...stageChange(before, after),
    ...memberships(before.environments, after.environments),
    ...severityChange('severity', before.severity, after.severity),
    ...flag('required', true),
    ...flag('nullable', false),
    ...presenceChange(before, after),
    ...ordered('min_present', {
      before: before.min_present ?? null,
      after: after.min_present ?? null,
      by: (after.min_present ?? 0) - (before.min_present ?? 0),
    }),
    ...flag('nan', false),
    ...domainChanges(before.domain, after.domain),
    ...domainShareChange(before, after),
    ...bounds(before, after),
    ...formatChange(before.format, after.format),
    ...flag('unique', true),
    ...within('distinct', bounds(before.distinct ?? {}, after.distinct ?? {})),
    ...driftChange(before.drift, after.drift),
    ...ordered('skew', {
      before: before.skew ?? null,
      after: after.skew ?? null,
      by: (before.skew ?? 1) - (after.skew ?? 1),
    }),
    ...(before.description === after.description ? [] : [described(before, after)]),
  ];
}

/** A change along an order: `by` above 0 is stricter, below 0 laxer, 0 none. */
function ordered(
  key: string,
  { by, ...values }: { readonly before: JsonValue; readonly after: JsonValue; readonly by: number },
): Change[] {
  if (by === 0) return [];
  return [{ key, ...values, ...(by > 0 ? stricter : laxer) }];
}

const stricter = { effect: 'stricter', breaks: ['writers'] } as const;
const laxer = { effect: 'laxer', breaks: ['readers'] } as const;
const changed = { effect: 'changed', breaks: ['readers', 'writers'] } as const;

/** Types whose values are all values of another type too. */
const wider: Partial<Record<ColumnSchema['type'], ColumnSchema['type']>> = { int64: 'float64', date: 'timestamp' };

function typeChange(before: ColumnSchema['type'], after: ColumnSchema['type']): Change[] {
  if (before === after) return [];
  const what = wider[before] === after ? laxer : wider[after] === before ? stricter : changed;
  return [{ key: 'type', before, after, ...what }];
}

function presenceChange(before: ColumnSchema, after: ColumnSchema): Change[] {
  // Where that changed, it says so itself.
  if (before.nullable !== after.nullable) return [];
  const share = ({ nullable, presence }: ColumnSchema): number => (nullable ? (presence ?? 0) : 1);
  return ordered('presence', {
    before: before.presence ?? null,
    after: after.presence ?? null,
    by: share(after) - share(before),
  });
}

function domainChanges(before: ColumnSchema['domain'], after: ColumnSchema['domain']): Change[] {
  if (before === undefined || after === undefined) {
    if (before === after) return [];
    return [
      { key: 'domain', before: before ?? null, after: after ?? null, ...(before === undefined ? stricter : laxer) },
    ];
  }
  const [old, now] = [new Set(before.map(String)), new Set(after.map(String))];
  const gone = before.filter((value) => !now.has(String(value)));
  const come = after.filter((value) => !old.has(String(value)));
  return [
    // Who looks for such a value finds none any more.
    ...(gone.length === 0 ? [] : [{ key: 'domain', before: gone, after: null, ...stricter, breaks: changed.breaks }]),
    ...(come.length === 0 ? [] : [{ key: 'domain', before: null, after: come, ...laxer }]),
  ];
}

/** A share of the values matters where there is a domain. */
function domainShareChange(before: ColumnSchema, after: ColumnSchema): Change[] {
  if (before.domain === undefined || after.domain === undefined) return [];
  return ordered('domain_share', {
    before: before.domain_share ?? null,
    after: after.domain_share ?? null,
    by: (after.domain_share ?? 1) - (before.domain_share ?? 1),
  });
}

type Bounds = { readonly min?: number | string | undefined; readonly max?: number | string | undefined };

function within(key: string, changes: readonly Change[]): Change[] {
  return changes.map((change) => ({ ...change, key: `${key}.${change.key}` }));
}

function ratiosOf({ rows }: DataSchema): Bounds {
  return { min: rows?.min_ratio, max: rows?.max_ratio };
}

function bounds(before: Bounds, after: Bounds): Change[] {
  const place = (value: number | string): number => (typeof value === 'number' ? value : Date.parse(value));
  return (['min', 'max'] as const).flatMap((key) => {
    const [one, other] = [before[key], after[key]];
    const none = key === 'min' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const [was, is] = [one, other].map((value) => (value === undefined ? none : place(value))) as [number, number];
    const by = was === is ? 0 : is > was === (key === 'min') ? 1 : -1;
    return ordered(key, { before: one ?? null, after: other ?? null, by });
  });
}

function formatChange(before: ColumnSchema['format'], after: ColumnSchema['format']): Change[] {
  if (before === after) return [];
  const what = before === undefined ? stricter : after === undefined ? laxer : changed;
  return [{ key: 'format', before: before ?? null, after: after ?? null, ...what }];
}

/** What is looked at is stricter than what is not. */
function stageChange(before: ColumnSchema, after: ColumnSchema): Change[] {
  const [one, other] = [before.stage ?? 'production', after.stage ?? 'production'];
  if (one === other) return [];
  const by = Number(isStageInUse(other)) - Number(isStageInUse(one));
  const what = by > 0 ? stricter : by < 0 ? laxer : { ...changed, breaks: [] };
  return [{ key: 'stage', before: one, after: other, ...what }];
}

type Names = readonly string[] | undefined;

function isAmong(names: Names, others: Names): boolean {
  return others === undefined || (names?.every((name) => others.includes(name)) ?? false);
}

/** A column of more environments must be right in more. */
function memberships(before: Names, after: Names): Change[] {
  const [fewer, more] = [isAmong(after, before), isAmong(before, after)];
  if (fewer && more) return [];
  const what = more ? stricter : fewer ? laxer : changed;
  return [{ key: 'environments', before: [...(before ?? [])], after: [...(after ?? [])], ...what }];
}

function environmentChange(before: Names = [], after: Names = []): Change[] {
  if (isAmong(before, after) && isAmong(after, before)) return [];
  return [{ key: 'environments', before: [...before], after: [...after], ...changed, breaks: [] }];
}

type Severity = 'fail' | 'warn' | undefined;

function severityChange(key: string, before: Severity, after: Severity): Change[] {
  const rank = (one: Severity): number => Number(one !== 'warn');
  return ordered(key, { before: before ?? null, after: after ?? null, by: rank(after) - rank(before) });
}

function severityChanges({ severity: before = {} }: DataSchema, { severity: after = {} }: DataSchema): Change[] {
  const reasons = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof typeof before>;
  return [...reasons].flatMap((reason) => severityChange(`severity.${reason}`, before[reason], after[reason]));
}

function driftChange(before: ColumnSchema['drift'], after: ColumnSchema['drift']): Change[] {
  const limit = (one: ColumnSchema['drift']): number =>
    one === undefined ? Number.POSITIVE_INFINITY : (one.threshold ?? defaultThresholds[one.distance]);
  const said = (one: ColumnSchema['drift']): JsonValue =>
    one === undefined ? null : `${one.distance} below ${limit(one)}`;
  const [was, is] = [limit(before), limit(after)];
  if (before !== undefined && after !== undefined && before.distance !== after.distance)
    return [{ key: 'drift', before: said(before), after: said(after), ...changed }];
  const by = was === is ? 0 : is < was ? 1 : -1;
  return ordered('drift', { before: said(before), after: said(after), by });
}

function described(before: ColumnSchema, after: ColumnSchema): Change {
  const [one, other] = [before.description ?? null, after.description ?? null];
  return { key: 'description', before: one, after: other, effect: 'changed', breaks: [] };
}
