/*
 * The one type checker of the language. A section differs only by its table (functions, constructs, what the whole must
 * be) and its scope (names). Types are inferred from the leaves; a part that is wrong counts as `any` afterwards, so that
 * one mistake is one finding. Units are checked as in physics: sums and comparisons need equal units, products combine them.
 */

import { nearestName } from '../../encoding/index.ts';
import type { BinaryExpression, CallExpression, Expression, GroupedExpression, Span } from './ast.ts';
import { bindArguments } from './bind.ts';
import { type Checker, checkOperator } from './check-operators.ts';
import { constantValue } from './constant.ts';
import type { ExpressionFinding, ExpressionRule } from './finding.ts';
import {
  type Construct,
  type ExpressionScope,
  type ExpressionTable,
  type FunctionEntry,
  findFunction,
  type ParameterEntry,
  type TypePattern,
} from './table.ts';
import {
  describeType,
  describeUnit,
  type ExpressionType,
  numberType,
  plainType,
  sameUnit,
  sizeUnit,
  timeUnit,
  withShape,
} from './types.ts';

/** The type of a whole expression and what is wrong in it. */
export interface CheckedExpression {
  readonly type: ExpressionType;
  readonly findings: readonly ExpressionFinding[];
}

/**
 * Infers the type of an expression and reports everything that does not fit the table or the names. Never throws.
 * @example checkExpression(parseExpression('latency.p99 <= 20 ms').expression!, objectives, objectiveScope({}))
 */
export function checkExpression(
  expression: Expression,
  table: ExpressionTable,
  scope: ExpressionScope,
): CheckedExpression {
  const checker = new TreeChecker(table, scope);
  const type = checker.typeOf(expression);
  checker.expect(type, table.result, { expression, what: table.name });
  return { type, findings: checker.findings };
}

type Details = Omit<ExpressionFinding, 'rule' | 'severity' | 'span'>;
const anything = plainType('any');

/** Walks one expression. Operators are in `check-operators.ts`. */
class TreeChecker implements Checker {
  readonly findings: ExpressionFinding[] = [];
  readonly table: ExpressionTable;
  readonly scope: ExpressionScope;

  constructor(table: ExpressionTable, scope: ExpressionScope) {
    this.table = table;
    this.scope = scope;
  }

  /** Adds a finding; the part counts as `any`. */
  report(rule: ExpressionRule, span: Span, details: Details): ExpressionType {
    this.findings.push({ rule, severity: 'error', span, ...details });
    return anything;
  }

  /** Whether the section allows a construct; a finding where not. */
  allows(construct: Construct, { span, text }: { readonly span: Span; readonly text: string }): boolean {
    if (this.table.constructs.has(construct)) return true;
    this.report('expression/not-allowed-here', span, {
      message: `expected ${this.table.result.text} without ${text}, which has no meaning in ${this.table.name}`,
    });
    return false;
  }

  typeOf(expression: Expression): ExpressionType {
    switch (expression.kind) {
      case 'number': {
        const unit = expression.unit === 'ms' ? timeUnit : expression.unit === 'B' ? sizeUnit : undefined;
        const type = numberType(unit);
        return type.kind === 'number'
          ? { ...type, integer: unit === undefined && Number.isInteger(expression.value) }
          : type;
      }
      case 'string':
      case 'boolean':
      case 'null':
        return plainType(expression.kind);
      case 'name':
        return this.name(expression.path, expression.span);
      case 'call':
        return this.call(expression);
      case 'list':
        return this.list(expression.items, expression.span);
      case 'grouped':
        return this.grouped(expression);
      case 'tolerance':
        return this.tolerance(expression.of, expression.plusMinus, expression.span);
      default:
        return checkOperator(this, expression as BinaryExpression);
    }
  }

  /** Reports where a type does not fit a pattern; answers whether it fits. */
  expect(
    type: ExpressionType,
    pattern: TypePattern,
    { expression, what }: { readonly expression: Expression; readonly what: string },
  ): boolean {
    const mismatch = (found: string): boolean => {
      this.report('expression/type-mismatch', expression.span, {
        message: `expected ${pattern.text} (${what}), found ${found}`,
        expected: pattern.text,
        found,
      });
      return false;
    };
    if (pattern.name && expression.kind !== 'name') return mismatch('an expression');
    if (type.kind === 'any') return true;
    if (!pattern.kinds.includes(type.kind)) return mismatch(describeType(type));
    if (pattern.shape === 'column' && type.shape !== 'column') return mismatch(describeType(type));
    if (pattern.shape === 'scalar' && type.shape === 'column') return mismatch(describeType(type));
    const value = constantValue(expression);
    if (pattern.constant && value === undefined) {
      this.report('expression/not-constant', expression.span, {
        message: `expected ${pattern.text} (${what}), found a value that is known only later`,
      });
      return false;
    }
    if (pattern.integer && typeof value === 'number' && !Number.isInteger(value)) return mismatch(String(value));
    if (pattern.unit !== undefined && type.kind === 'number' && !sameUnit(type.unit, pattern.unit)) {
      this.report('expression/unit-mismatch', expression.span, {
        message: `expected ${pattern.text} in ${describeUnit(pattern.unit)} (${what}), found one in ${describeUnit(type.unit)}`,
      });
      return false;
    }
    return this.items(pattern, { expression, what });
  }

  private items(
    pattern: TypePattern,
    { expression, what }: { readonly expression: Expression; readonly what: string },
  ): boolean {
    if (pattern.item === undefined || expression.kind !== 'list') return true;
    const item = pattern.item;
    return expression.items.every((one) =>
      this.expect(new TreeChecker(this.table, this.scope).typeOf(one), item, { expression: one, what }),
    );
  }

  private name(path: readonly string[], span: Span): ExpressionType {
    const name = path.join('.');
    const known = this.scope.names.get(name) ?? this.scope.byForm?.(path);
    if (known) return known;
    if (this.scope.open) return anything;
    const near = nearestName(name, this.scope.names.keys());
    const some = [...this.scope.names.keys()].slice(0, 8).join(', ');
    return this.report('expression/unknown-name', span, {
      message: `there is no ${name} here${near === null ? (some === '' ? '' : `; there are ${some}${this.scope.names.size > 8 ? ' …' : ''}`) : `; did you mean ${near}?`}`,
      found: name,
      ...(near === null ? {} : { suggestion: near }),
    });
  }

  private list(items: readonly Expression[], span: Span): ExpressionType {
    this.allows('list', { span, text: 'a list' });
    const types = items.map((item) => this.typeOf(item)).filter((type) => type.kind !== 'any');
    const [first, ...rest] = types;
    if (first === undefined) return { kind: 'list', item: anything, shape: 'scalar' };
    const other = rest.find((type) => type.kind !== first.kind && type.kind !== 'null' && first.kind !== 'null');
    if (other !== undefined) {
      this.report('expression/type-mismatch', span, {
        message: `expected a list of values of one kind, found ${describeType(first)} and ${describeType(other)}`,
      });
    }
    return { kind: 'list', item: first, shape: 'scalar' };
  }

  private grouped({ value, by, where, span }: GroupedExpression): ExpressionType {
    if (!this.allows('groups', { span, text: '`by` and `where`' })) return anything;
    const type = this.typeOf(value);
    if (type.kind !== 'number' && type.kind !== 'any') {
      this.report('expression/type-mismatch', value.span, {
        message: `expected a quantity before \`by\` or \`where\`, found ${describeType(type)}`,
        ...(value.kind === 'binary' ? {} : { suggestion: '(quantity where condition) > bound' }),
      });
    }
    for (const group of by) this.group(group, span);
    if (where !== undefined && this.table.rows !== undefined) {
      const rows = checkExpression(where, this.table.rows, this.scope.rows ?? { names: new Map(), open: true });
      this.findings.push(...rows.findings);
    }
    return by.length > 0 ? plainType('groups') : type;
  }

  private group(name: string, span: Span): void {
    const groups = this.scope.groups;
    if (groups === undefined || groups.has(name)) return;
    const near = nearestName(name, groups);
    this.report('expression/unknown-name', span, {
      message: `${name} is no declared slice${near === null ? `; there are ${[...groups].join(', ') || 'none'}` : `; did you mean ${near}?`}`,
      found: name,
      suggestion: near ?? `add ${name} to analysis.slices or evaluation.slices`,
    });
  }

  private tolerance(of: Expression, plusMinus: Expression, span: Span): ExpressionType {
    if (!this.allows('tolerance', { span, text: 'a tolerance' })) return anything;
    const [bound, width] = [this.typeOf(of), this.typeOf(plusMinus)];
    const value = constantValue(plusMinus);
    if (typeof value === 'number' && value <= 0) {
      this.report('expression/bad-argument', plusMinus.span, {
        message: `expected a tolerance above 0, found ${value}`,
      });
    } else if (value === undefined) {
      this.report('expression/not-constant', plusMinus.span, {
        message: 'expected a constant tolerance, found a value that is known only later',
      });
    }
    if (bound.kind === 'number' && width.kind === 'number' && !sameUnit(bound.unit, width.unit)) {
      return this.report('expression/unit-mismatch', plusMinus.span, {
        message: `expected a tolerance in ${describeUnit(bound.unit)}, as its bound, found one in ${describeUnit(width.unit)}`,
      });
    }
    return bound;
  }

  private call(call: CallExpression): ExpressionType {
    const entry = this.function(call);
    if (entry === null) {
      for (const argument of [...call.args, ...Object.values(call.named)]) this.typeOf(argument);
      return anything;
    }
    const before = this.findings.length;
    const bound = bindArguments(call, entry);
    this.findings.push(...bound.findings);
    const types = new Map<string, ExpressionType>();
    const values: Record<string, never> = Object.create(null);
    for (const parameter of [...entry.positional, ...(entry.named ?? [])])
      this.argument(parameter, { bound, types, values, call });
    const problem = this.findings.length === before ? (entry.verify?.(values) ?? null) : null;
    if (problem !== null) {
      this.report('expression/bad-argument', call.span, {
        message: `${call.name}: ${problem}`,
        suggestion: entry.example,
      });
    }
    return resultType(entry, types);
  }

  private argument(
    parameter: ParameterEntry,
    {
      bound,
      types,
      values,
      call,
    }: {
      bound: ReturnType<typeof bindArguments>;
      types: Map<string, ExpressionType>;
      values: Record<string, unknown>;
      call: CallExpression;
    },
  ): void {
    const given = parameter.rest ? bound.rest : parameter.name in bound.values ? [bound.values[parameter.name]!] : [];
    for (const expression of given) {
      const type = this.typeOf(expression);
      this.expect(type, parameter.type, { expression, what: `${parameter.name} of ${call.name}` });
      if (!types.has(parameter.name) || type.shape === 'column') types.set(parameter.name, type);
      const value = constantValue(expression);
      if (value !== undefined) values[parameter.name] = value;
    }
  }

  private function(call: CallExpression): FunctionEntry | null {
    const parts = call.name.split('.');
    const entry = findFunction(this.table, parts.at(-1)!);
    const isPlain = parts.length === 1;
    const ofModel = parts.length === 2 && entry?.ofModel === true && (this.scope.models?.has(parts[0]!) ?? false);
    if (entry !== undefined && (isPlain || ofModel)) return entry;
    const names = this.table.functions.map((one) => one.name);
    const near = nearestName(parts.at(-1)!, names);
    this.report('expression/unknown-function', call.span, {
      message: `there is no function ${call.name} in ${this.table.name}${near === null || near === call.name ? `; there are ${names.join(', ') || 'none'}` : `; did you mean ${near}?`}`,
      found: call.name,
      ...(near === null ? {} : { suggestion: near }),
    });
    return null;
  }
}

function resultType(entry: FunctionEntry, types: ReadonlyMap<string, ExpressionType>): ExpressionType {
  const { type, like, shape } = entry.result;
  const base = type ?? (like === undefined ? anything : (types.get(like) ?? anything));
  if (shape !== 'follow') return withShape(base, shape);
  return withShape(base, [...types.values()].some((one) => one.shape === 'column') ? 'column' : 'scalar');
}
