/** Exponents of milliseconds and bytes: a latency is `{time: 1, size: 0}`, a share `{time: 0, size: 0}`. */
export interface Unit {
  readonly time: number;
  readonly size: number;
}

/** What a value is before anything runs. `column` values differ from row to row, `scalar` values do not. */
export type ExpressionType =
  | { readonly kind: 'number'; readonly unit: Unit; readonly integer: boolean; readonly shape: Shape }
  | { readonly kind: PlainKind; readonly shape: Shape }
  | { readonly kind: 'list'; readonly item: ExpressionType; readonly shape: 'scalar' };

/** Whether a value differs from row to row. */
export type Shape = 'scalar' | 'column';
/**
 * Kinds without further parts. `any` is a value of which nothing is known yet (a column before the data are seen), `vector`
 * several columns (one_hot), `groups` one number for each group, `model` a named model, `rule` a split, `space` a search space.
 */
export type PlainKind =
  | 'string'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'null'
  | 'any'
  | 'vector'
  | 'groups'
  | 'model'
  | 'rule'
  | 'space';

/** No unit: counts, shares, scores. */
export const noUnit: Unit = { time: 0, size: 0 };
/** Milliseconds. */
export const timeUnit: Unit = { time: 1, size: 0 };
/** Bytes. */
export const sizeUnit: Unit = { time: 0, size: 1 };

/** A number that is the same for every row. */
export function numberType(unit: Unit = noUnit): ExpressionType {
  return { kind: 'number', unit, integer: false, shape: 'scalar' };
}

/** A whole number that is the same for every row. */
export const integerType: ExpressionType = { kind: 'number', unit: noUnit, integer: true, shape: 'scalar' };

/** A value without further parts. */
export function plainType(kind: PlainKind, shape: Shape = 'scalar'): ExpressionType {
  return { kind, shape };
}

/** The type of a column of a table. @example columnTypeOf('int64') */
export function columnTypeOf(type: 'boolean' | 'int64' | 'float64' | 'string' | 'date' | 'timestamp'): ExpressionType {
  if (type === 'int64' || type === 'float64') {
    return { kind: 'number', unit: noUnit, integer: type === 'int64', shape: 'column' };
  }
  return { kind: type, shape: 'column' };
}

/** A type with another shape; lists stay as they are. */
export function withShape(type: ExpressionType, shape: Shape): ExpressionType {
  return type.kind === 'list' ? type : { ...type, shape };
}

/** Whether two units are the same. */
export function sameUnit(a: Unit, b: Unit): boolean {
  return a.time === b.time && a.size === b.size;
}

/** The unit of a product (sign 1) or a quotient (sign -1). */
export function combineUnits(a: Unit, b: Unit, sign: 1 | -1): Unit {
  return { time: a.time + sign * b.time, size: a.size + sign * b.size };
}

/** A unit for people: `no unit`, `ms`, `B/ms`. */
export function describeUnit(unit: Unit): string {
  if (sameUnit(unit, noUnit)) return 'no unit';
  const part = (name: string, power: number): string[] =>
    power === 0 ? [] : [Math.abs(power) === 1 ? name : `${name}^${Math.abs(power)}`];
  const above = [...(unit.size > 0 ? part('B', unit.size) : []), ...(unit.time > 0 ? part('ms', unit.time) : [])];
  const below = [...(unit.size < 0 ? part('B', unit.size) : []), ...(unit.time < 0 ? part('ms', unit.time) : [])];
  return `${above.join('·') || '1'}${below.length === 0 ? '' : `/${below.join('/')}`}`;
}

/** A type for people: `a number`, `a column of texts`, `a list of numbers`. */
export function describeType(type: ExpressionType): string {
  const plural: Record<ExpressionType['kind'], string> = {
    number: type.kind === 'number' && type.integer ? 'whole numbers' : 'numbers',
    string: 'texts',
    boolean: 'truth values',
    date: 'dates',
    timestamp: 'timestamps',
    null: 'nulls',
    any: 'values',
    vector: 'several columns',
    groups: 'one number for each group',
    model: 'models',
    rule: 'split rules',
    space: 'search spaces',
    list: 'lists',
  };
  if (type.kind === 'list') return `a list of ${plural[type.item.kind]}`;
  if (type.kind === 'vector' || type.kind === 'groups') return plural[type.kind];
  if (type.kind === 'null') return 'null';
  const unit = type.kind === 'number' && !sameUnit(type.unit, noUnit) ? ` in ${describeUnit(type.unit)}` : '';
  if (type.shape === 'column') return `a column of ${plural[type.kind]}${unit}`;
  return `a ${plural[type.kind].slice(0, -1)}${unit}`;
}
