import { formatInstant, nearestName } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type Expression, formatExpression, parseExpression, type Span } from '../../spec/index.ts';
import { type Field, quoteIdentifier, quoteLiteral, type TableSchema } from '../../tables/index.ts';
import { doubleLiteral, ofEachRow } from '../column-sql.ts';
import { globOf } from './glob-of-pattern.ts';
import { rowFunctions, rowFunctionTerm } from './row-functions.ts';
import { bothNeverFalse, mirrorOf, neverFalse } from './row-proofs.ts';
import { rowSets } from './row-sets.ts';
import type { TableValue } from './table-value.ts';
import { tableFunctions, tableValue } from './table-values.ts';
import { presentCount, type SqlCall, type SqlTerm } from './term.ts';

/** A value of the table that a check names. */
export interface NamedValue extends TableValue {
  /** As it is written in the check. */
  readonly label: string;
  /** How the SQL of the check calls it. */
  readonly name: string;
}

/** Another table, in whose columns values may have to be. */
export interface OtherTable {
  /** A table, or a query in parentheses. */
  readonly source: string;
  readonly schema: TableSchema;
}

/** What a check is compiled for. */
export interface CheckContext {
  readonly schema: TableSchema;
  /** The moment that `now()` stands for; without one it has no meaning. */
  readonly asOfMs?: number;
  /** Other tables by the names that checks give them. */
  readonly tables?: ReadonlyMap<string, OtherTable>;
}

/** What keeps NaN of `term` out of a comparison with `other`: nothing, where that is a number as it is written and NaN is not above it. */
function notAbove({ sql, mayBeNaN }: SqlTerm, other: SqlTerm, sign: string): string {
  if (!mayBeNaN || (other.constant !== undefined && !sign.startsWith('>'))) return '';
  return ` AND ${sql} <= 'Infinity'::DOUBLE`;
}

/** A number that is written, beside whole numbers: as one of them, which is faster to compare with. */
function beside(other: SqlTerm, term: SqlTerm): SqlTerm {
  const isWhole = other.whole === true && Number.isSafeInteger(term.constant);
  return isWhole ? { ...term, sql: String(term.constant) } : term;
}

/** Whether a text matches a pattern. */
function matchSql(text: string, pattern: string): string {
  const glob = globOf(pattern);
  return glob === null ? `regexp_matches(${text}, ${quoteLiteral(pattern)})` : `(${text} GLOB ${quoteLiteral(glob)})`;
}

/** A column of a row. */
function columnTerm(field: Field): SqlTerm {
  const sql = quoteIdentifier(field.name);
  const row = { ofRow: true, field, nulls: sql } as const;
  if (field.type === 'int64') return { ...row, sql, type: 'number', whole: true };
  if (field.type === 'float64') return { ...row, sql: `CAST(${sql} AS DOUBLE)`, type: 'number', mayBeNaN: true };
  if (field.type === 'string') return { ...row, sql: `CAST(${sql} AS VARCHAR)`, type: 'string' };
  if (field.type === 'boolean') return { ...row, sql, type: 'boolean' };
  return { ...row, sql: `CAST(${sql} AS TIMESTAMP)`, type: 'time' };
}

const knownNames = [...rowSets, ...rowFunctions, ...tableFunctions].map(({ name }) => name).concat('now', 'age');

/** One check on its way to SQL: its parts, the columns and the values of the table that they name, and where it is wrong. */
export class CheckCompiler {
  readonly #text: string;
  readonly #schema: TableSchema;
  readonly #context: CheckContext;
  readonly #columns = new Set<string>();
  readonly #values: NamedValue[] = [];
  /** What is being compiled, where something is wrong. */
  #span: Span | null = null;

  constructor(text: string, context: CheckContext) {
    this.#text = text;
    this.#schema = context.schema;
    this.#context = context;
  }

  get columns(): readonly string[] {
    return [...this.#columns];
  }

  get values(): readonly NamedValue[] {
    return this.#values;
  }

  parse(): Expression {
    const { expression, findings } = parseExpression(this.#text);
    if (expression !== null && findings.length === 0) return expression;
    this.#span = findings[0]?.span ?? null;
    return this.fail(findings[0]?.message ?? 'it cannot be read');
  }

  fail(what: string): never {
    throw new PlatformError('CHECK_INVALID', {
      message: `the check ${JSON.stringify(this.#text)} cannot be carried out: ${what}`,
      details: { span: this.#span },
    });
  }

  compile(expression: Expression): SqlTerm {
    const outer = this.#span;
    this.#span = expression.span;
    const term = this.#compile(expression);
    this.#span = outer;
    return term;
  }

  #compile(expression: Expression): SqlTerm {
    switch (expression.kind) {
      case 'number':
        return { sql: doubleLiteral(expression.value), type: 'number', constant: expression.value };
      case 'string':
        return { sql: quoteLiteral(expression.value), type: 'string', literal: expression.value };
      case 'boolean':
        return { sql: quoteLiteral(expression.value), type: 'boolean' };
      case 'null':
        return this.fail('write `is null` or `is not null`');
      case 'name':
        return this.#column(expression.path.join('.'));
      case 'unary':
        return this.#unary(expression);
      case 'call':
        return this.#call(expression);
      case 'binary':
        return this.#binary(expression);
      default:
        return this.fail(`${expression.kind} has no meaning in a check`);
    }
  }

  #column(name: string): SqlTerm {
    const field = this.#schema.fields.find((one) => one.name === name);
    if (field === undefined) {
      const names = this.#schema.fields.map((one) => one.name);
      const near = nearestName(name, names);
      return this.fail(`there is no column ${name}${near === null ? '' : `; did you mean ${near}?`}`);
    }
    this.#columns.add(name);
    return columnTerm(field);
  }

  #unary(expression: Extract<Expression, { kind: 'unary' }>): SqlTerm {
    const operand = this.compile(expression.operand);
    const { field: _field, constant, missing, trueCount: _count, neverFalse: _proof, ...rest } = operand;
    if (expression.op === 'not') {
      this.#expect(operand, 'boolean', 'not');
      const counted = missing === undefined ? {} : { trueCount: presentCount(missing) };
      return { ...rest, ...counted, sql: `(NOT ${operand.sql})` };
    }
    this.#expect(operand, 'number', '-');
    return {
      ...rest,
      whole: false,
      sql: `(- ${operand.sql})`,
      ...(constant === undefined ? {} : { constant: -constant }),
    };
  }

  /** What a call is of. */
  callOf({ name, args, named }: Extract<Expression, { kind: 'call' }>): SqlCall {
    return {
      name,
      args: args.map((argument) => this.compile(argument)),
      named: Object.fromEntries(Object.entries(named).map(([key, argument]) => [key, this.compile(argument)])),
    };
  }

  #call(expression: Extract<Expression, { kind: 'call' }>): SqlTerm {
    const call = this.callOf(expression);
    const moment = this.#moment(call);
    if (moment !== null) return moment;
    const term = rowFunctionTerm(call);
    if (term !== null) return typeof term === 'string' ? this.fail(term) : term;
    const fields = this.#schema.fields.filter(({ name }) => !name.startsWith('__'));
    const value = tableValue(call, { fields });
    if (typeof value === 'string') return this.fail(value);
    if (value === null) return this.#unknown(expression.name);
    return this.#named(value, formatExpression(expression));
  }

  #named(value: TableValue, label: string): SqlTerm {
    const same = this.#values.find((one) => one.label === label);
    const name = same?.name ?? `__value_${this.#values.length}`;
    if (same === undefined) this.#values.push({ ...value, label, name });
    return { sql: quoteIdentifier(name), type: value.type, overTable: true };
  }

  #unknown(name: string): never {
    if (rowSets.some((set) => set.name === name)) this.fail(`${name}(…) stands alone: it is a check as it is`);
    const near = nearestName(name, knownNames);
    return this.fail(
      `there is no function ${name} in checks${near === null ? `; there are ${knownNames.join(', ')}` : `; did you mean ${near}?`}`,
    );
  }

  /** `now()`, and `age(t)` in milliseconds; the age of an infinite time is missing. */
  #moment({ name, args }: SqlCall): SqlTerm | null {
    if (name !== 'now' && name !== 'age') return null;
    const { asOfMs } = this.#context;
    if (asOfMs === undefined) return this.fail(`${name}() has no meaning here: there is no moment that is now`);
    const now = `CAST(${quoteLiteral(formatInstant(asOfMs))} AS TIMESTAMP)`;
    const [time] = args;
    if (name === 'now') return args.length === 0 ? { sql: now, type: 'time' } : this.fail('now takes nothing');
    if (time === undefined || args.length > 1) return this.fail('age takes one time');
    this.#expect(time, 'time', 'age');
    const { type: _type, nulls: _nulls, ...joined } = this.#joined([time], '');
    const age = `((epoch_us(${now}) - epoch_us(${time.sql})) / 1000::DOUBLE)`;
    return { ...joined, sql: `CASE WHEN isfinite(${time.sql}) THEN ${age} END`, type: 'number' };
  }

  #binary(expression: Extract<Expression, { kind: 'binary' }>): SqlTerm {
    const { op, right } = expression;
    const left = this.compile(expression.left);
    if (op === 'is_null') {
      const { nulls: _nulls, ...term } = this.#joined([left], `(${left.sql} IS NULL)`);
      const { sql, nulls, neverNull } = left;
      const missing = {
        sql,
        ...(nulls === undefined ? {} : { nulls }),
        ...(neverNull === undefined ? {} : { neverNull }),
      };
      return { ...term, neverNull: true, missing, trueCount: `(count(*) - ${presentCount(missing)})` };
    }
    if (op === 'in') return this.#membership(left, right);
    if (op === 'between') return this.#between(left, right);
    const other = this.compile(right);
    switch (op) {
      case 'matches':
        this.#expect(left, 'string', 'matches');
        if (other.literal === undefined) return this.fail('matches takes a pattern in quotes');
        return this.#joined([left], matchSql(left.sql, other.literal));
      case 'and':
      case 'or':
        this.#expect(left, 'boolean', op);
        this.#expect(other, 'boolean', op);
        return this.#logic(op, left, other);
      case '+':
      case '-':
      case '*':
      case '/':
        return this.#arithmetic(op, left, other);
      default:
        return this.#compare(op, left, other);
    }
  }

  /** `x > 0 or true` says something also where x is missing: only what is missing in the same rows stays so. */
  #logic(op: 'and' | 'or', left: SqlTerm, right: SqlTerm): SqlTerm {
    const { nulls, ...joined } = this.#joined([left, right], `(${left.sql} ${op.toUpperCase()} ${right.sql})`);
    const term = op === 'and' ? { ...joined, ...bothNeverFalse(left, right) } : joined;
    if (left.neverNull && right.neverNull) return { ...term, neverNull: true };
    return left.nulls === undefined || left.nulls !== right.nulls || nulls === undefined ? term : { ...term, nulls };
  }

  #membership(left: SqlTerm, right: Expression): SqlTerm {
    if (right.kind === 'name') return this.#reference(left, right.path);
    if (right.kind !== 'list') return this.fail('in takes a list: x in [1, 2]');
    if (right.items.length === 0) return this.fail('in takes a list of at least one value');
    const items = right.items.map((item) => this.compile(item));
    // Of a column that is stored as a dictionary the engine asks this once for each of its texts.
    if (left.type === 'string' && items.every(({ literal }) => literal !== undefined))
      return this.#joined([left], `list_contains([${items.map(({ sql }) => sql).join(', ')}], ${left.sql})`);
    const options = items.map((item) => this.#compare('==', left, item));
    return this.#joined([left, ...options], `(${options.map((option) => option.sql).join(' OR ')})`);
  }

  /** Whether a value is one of a column of another table; missing values and NaN of that are none that it could be. */
  #reference(left: SqlTerm, [table = '', ...column]: readonly string[]): SqlTerm {
    const tables = this.#context.tables ?? new Map<string, OtherTable>();
    const other = tables.get(table);
    if (other === undefined) {
      const near = nearestName(table, tables.keys());
      return this.fail(
        `in takes a list, x in [1, 2], or a column of a declared table, x in airports.code; there is no table ${table}${near === null ? '' : `; did you mean ${near}?`}`,
      );
    }
    const name = column.join('.');
    const field = other.schema.fields.find((one) => one.name === name);
    if (field === undefined) {
      const near = nearestName(
        name,
        other.schema.fields.map((one) => one.name),
      );
      return this.fail(`there is no column ${name} in ${table}${near === null ? '' : `; did you mean ${near}?`}`);
    }
    const [value, there] = this.#comparable('==', left, columnTerm(field));
    const among = `${value.sql} IN (SELECT ${there.sql} FROM ${other.source} WHERE ${ofEachRow(`${there.sql} IS NOT NULL`)})`;
    const guard = value.mayBeNaN ? ` AND ${value.sql} <= 'Infinity'::DOUBLE` : '';
    // Nothing is in an empty table, and of a missing value that would be said too.
    return this.#joined([left], `CASE WHEN ${value.sql} IS NOT NULL THEN ${among}${guard} END`);
  }

  #between(left: SqlTerm, right: Expression): SqlTerm {
    const [low, high] = right.kind === 'list' ? right.items : [];
    if (low === undefined || high === undefined) return this.fail('between takes two bounds: x between 1 and 5');
    // NaN is not at or below the upper bound: of the lower one it need not be kept out.
    const { mayBeNaN: _mayBeNaN, ...number } = left;
    const above = this.#compare('>=', number, this.compile(low));
    const below = this.#compare('<=', left, this.compile(high));
    return { ...this.#joined([above, below], `(${above.sql} AND ${below.sql})`), ...bothNeverFalse(above, below) };
  }

  #arithmetic(op: '+' | '-' | '*' | '/', left: SqlTerm, right: SqlTerm): SqlTerm {
    if (op === '-' && left.type === 'time' && right.type === 'time') {
      const milliseconds = `CASE WHEN isfinite(${left.sql}) AND isfinite(${right.sql}) THEN (epoch_us(${left.sql}) - epoch_us(${right.sql})) / 1000::DOUBLE END`;
      const { nulls: _nulls, ...term } = this.#joined([left, right], milliseconds);
      return { ...term, type: 'number' };
    }
    this.#expect(left, 'number', op);
    this.#expect(right, 'number', op);
    const sql = `(CAST(${left.sql} AS DOUBLE) ${op} CAST(${right.sql} AS DOUBLE))`;
    return { ...this.#joined([left, right], sql), type: 'number', mayBeNaN: true };
  }

  /** To the engine NaN is equal to itself and above all other numbers; here it is neither. */
  #compare(op: string, left: SqlTerm, right: SqlTerm): SqlTerm {
    const [one, other] = this.#comparable(op, left, right);
    const [a, b] = [beside(other, one), beside(one, other)];
    const sign = op === '==' || op === '!=' ? '=' : op;
    const guards = [notAbove(a, b, sign), notAbove(b, a, mirrorOf(sign))];
    const sql = `(${a.sql} ${sign} ${b.sql}${guards.join('')})`;
    if (op === '!=') return this.#joined([a, b], `(NOT ${sql})`);
    const proof = neverFalse(sign, a, b);
    return { ...this.#joined([a, b], sql), ...(proof === undefined ? {} : { neverFalse: proof }) };
  }

  #comparable(op: string, left: SqlTerm, right: SqlTerm): [SqlTerm, SqlTerm] {
    if (left.type === 'time' && right.literal !== undefined) return [left, this.#instant(right.literal)];
    if (right.type === 'time' && left.literal !== undefined) return [this.#instant(left.literal), right];
    const ordered = op !== '==' && op !== '!=';
    if (left.type !== right.type) return this.fail(`${op} stands between a ${left.type} and a ${right.type}`);
    if (ordered && left.type === 'boolean') return this.fail(`${op} has no meaning between truth values`);
    return [left, right];
  }

  #instant(text: string): SqlTerm {
    if (!/^\d{4,6}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text))
      return this.fail(`expected a date or an instant such as 2001-05-31 or 2001-05-31T12:00:00Z, found ${text}`);
    const isZoned = /[+-]\d{2}:\d{2}$/.test(text);
    return {
      sql: isZoned
        ? `CAST(CAST(${quoteLiteral(text)} AS TIMESTAMPTZ) AS TIMESTAMP)`
        : `CAST(${quoteLiteral(text)} AS TIMESTAMP)`,
      type: 'time',
    };
  }

  #joined(parts: readonly SqlTerm[], sql: string): SqlTerm {
    const overTable = parts.some((part) => part.overTable);
    const ofRow = parts.some((part) => part.ofRow);
    if (overTable && ofRow) return this.fail('it mixes columns of one row with values of the whole table');
    const nulls = new Set(parts.filter((part) => part.ofRow).map((part) => part.nulls));
    const [same] = nulls;
    return {
      sql,
      type: 'boolean',
      ...(overTable ? { overTable } : {}),
      ...(ofRow ? { ofRow } : {}),
      ...(nulls.size === 1 && same !== undefined ? { nulls: same } : {}),
    };
  }

  #expect(term: SqlTerm, type: SqlTerm['type'], op: string): void {
    if (term.type !== type) this.fail(`${op} takes a ${type}, found a ${term.type}`);
  }
}
