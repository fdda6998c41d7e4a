/** The built-in checks of Pandera, as they stand in its YAML. */
import type { Part } from '../../originals/index.ts';
import type { Expression } from '../../spec/index.ts';
import { allOf, among, binary, type Constant, call, constant, matching, not, within } from '../expressions.ts';
import { constantOf, Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { matchPattern, quotedPattern, searchPattern } from '../python-pattern.ts';
import type { Statement } from '../statements.ts';

/** One check while it is read. */
export interface PanderaCheck {
  readonly statement: Statement;
  /** Its arguments, without its options: a mapping, or the one that there is. */
  readonly stats: Part;
  /** The values of the column: NaN is missing. */
  readonly x: Expression;
  /** Whether missing values pass, whatever the check says of them. */
  readonly ignoresMissing: boolean;
}

/** How one kind of check is read. */
export interface PanderaKind {
  readonly name: string;
  readonly becomes: string;
  /**
   * What becomes of a missing value that is not ignored. It `passes` where it is unlike every value; `by type` it fails, but passes in the
   * types of pandas that have a missing value of their own (pd.NA).
   */
  readonly missing: 'passes' | 'fails' | 'by type';
  readonly read: (check: PanderaCheck) => Expression;
}

/** The one argument of a check, which stands alone, at its name or at `value`. */
function only({ stats }: PanderaCheck, name: string): Part {
  if (stats.kind !== 'map') return stats;
  const fields = new Fields(stats);
  const found = fields.get(name) ?? fields.get('value');
  if (found === null || fields.untaken.length > 0) throw new NotTaken(`expected ${name} alone`, stats);
  return found;
}

function onlyConstant(check: PanderaCheck, name: string): Constant {
  return constantOf(only(check, name), name);
}

function onlyText(check: PanderaCheck, name: string): string {
  const value = onlyConstant(check, name);
  if (typeof value !== 'string') throw new NotTaken(`expected a text as ${name}, found ${value}`);
  return value;
}

/** Values of a list. One that is missing says nothing where missing values pass. */
function onlyList(check: PanderaCheck, name: string): Constant[] {
  const part = only(check, name);
  if (part.kind !== 'list') throw new NotTaken(`expected a list as ${name}`, part);
  const present = part.items.filter((item) => !(item.kind === 'scalar' && item.value === null));
  if (present.length < part.items.length && !check.ignoresMissing)
    throw new NotTaken(`a missing value stands among ${name}, and missing values are looked at`, part);
  return present.map((item) => constantOf(item, name));
}

function compared(name: string, op: '==' | '!=' | '<' | '<=' | '>' | '>=', argument: string): PanderaKind {
  return {
    name,
    becomes: `x ${op} a`,
    missing: op === '!=' ? 'passes' : 'by type',
    read: (check) => binary(check.x, op, constant(onlyConstant(check, argument))),
  };
}

function inRange({ stats, x }: PanderaCheck): Expression {
  const fields = new Fields(stats, 'min_value and max_value');
  const bounds = {
    min: fields.constant('min_value'),
    max: fields.constant('max_value'),
    strictMin: !(fields.flag('include_min') ?? true),
    strictMax: !(fields.flag('include_max') ?? true),
  };
  if (bounds.min === null || bounds.max === null || fields.untaken.length > 0)
    throw new NotTaken('expected min_value, max_value, include_min and include_max', stats);
  return within(x, bounds);
}

function textLength({ stats, x }: PanderaCheck): Expression {
  const length = call('length', x);
  if (stats.kind !== 'map') return within(length, { min: constantOf(stats, 'min_value'), max: null });
  const fields = new Fields(stats);
  const exact = fields.number('exact_value');
  const alone = fields.number('value');
  const bounds = { min: exact ?? fields.number('min_value') ?? alone, max: exact ?? fields.number('max_value') };
  if (fields.untaken.length > 0) throw new NotTaken('expected min_value and max_value', stats);
  return within(length, bounds);
}

function pattern({ statement, x }: PanderaCheck, found: ReturnType<typeof searchPattern>): Expression {
  statement.differs(...found.differences);
  return matching(x, found.pattern);
}

/** A missing value that is not ignored is one of the values. */
function exactly(check: PanderaCheck): Expression {
  const values = onlyList({ ...check, ignoresMissing: false }, 'values');
  const others = call('count', not(among(check.x, values)));
  return allOf([
    ...(check.ignoresMissing ? [] : [binary(call('missing_count', check.x), '==', constant(0))]),
    binary(others, '==', constant(0)),
    ...values.map((value) => binary(call('count', binary(check.x, '==', constant(value))), '>', constant(0))),
  ]);
}

/** Every built-in check. */
export const panderaKinds: readonly PanderaKind[] = [
  compared('equal_to', '==', 'value'),
  compared('not_equal_to', '!=', 'value'),
  compared('greater_than', '>', 'min_value'),
  compared('greater_than_or_equal_to', '>=', 'min_value'),
  compared('less_than', '<', 'max_value'),
  compared('less_than_or_equal_to', '<=', 'max_value'),
  { name: 'in_range', becomes: 'x between a and b', missing: 'by type', read: inRange },
  {
    name: 'isin',
    becomes: 'x in [a, b]',
    missing: 'fails',
    read: (check) => among(check.x, onlyList(check, 'allowed_values')),
  },
  {
    name: 'notin',
    becomes: 'x not in [a, b]',
    missing: 'passes',
    read: (check) => not(among(check.x, onlyList(check, 'forbidden_values'))),
  },
  {
    name: 'str_matches',
    becomes: "x matches '\\A(?:p)'",
    missing: 'fails',
    read: (check) => pattern(check, matchPattern(onlyText(check, 'pattern'))),
  },
  {
    name: 'str_contains',
    becomes: "x matches 'p'",
    missing: 'fails',
    read: (check) => pattern(check, searchPattern(onlyText(check, 'pattern'))),
  },
  {
    name: 'str_startswith',
    becomes: "x matches '\\Aa'",
    missing: 'fails',
    read: (check) => matching(check.x, `\\A${quotedPattern(onlyText(check, 'string'))}`),
  },
  {
    name: 'str_endswith',
    becomes: "x matches 'a\\z'",
    missing: 'fails',
    read: (check) => matching(check.x, `${quotedPattern(onlyText(check, 'string'))}\\z`),
  },
  { name: 'str_length', becomes: 'length(x) between a and b', missing: 'by type', read: textLength },
  {
    name: 'unique_values_eq',
    becomes: 'count(x not in [a, b]) == 0 and count(x == a) > 0 and …',
    missing: 'passes',
    read: exactly,
  },
];
