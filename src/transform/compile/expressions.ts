import type { JsonValue } from '../../encoding/index.ts';
import { nearestName } from '../../encoding/index.ts';
import { constantValue, type Expression } from '../../spec/index.ts';
import type { ColumnType } from '../../tables/index.ts';
import type { FunctionEntry } from '../functions/entry.ts';
import { transformFunction, transformFunctions } from '../functions/table.ts';
import type { Operation } from '../graph.ts';
import { parseDate, parseTimestamp } from '../text/calendar.ts';
import { type BoundArguments, bindArguments } from './arguments.ts';
import type { GraphBuilder, TypedNode } from './builder.ts';
import { compileSql } from './sql.ts';
import { accepts, commonType, constantType, kindNames } from './types.ts';

type Call = Extract<Expression, { kind: 'call' }>;
type Binary = Extract<Expression, { kind: 'binary' }>;

/** Compiles expressions of the transformation section into nodes. Null after a finding. */
export function compileExpression(builder: GraphBuilder, expression: Expression): TypedNode | null {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'boolean':
      return builder.constant(constantType(expression.value), expression.value);
    case 'name':
      return compileName(builder, expression);
    case 'call':
      return compileCall(builder, expression);
    case 'unary':
      return compileUnary(builder, expression);
    case 'binary':
      return compileBinary(builder, expression);
    case 'null':
      return builder.report('expression/not-allowed-here', expression.span, 'null has no type here', {
        suggestion: 'null may stand as a value of if() and coalesce(), and after is',
      });
    default:
      return builder.report(
        'expression/not-allowed-here',
        expression.span,
        `${expression.kind === 'list' ? 'a list' : '`by`, `where` and `+/-`'} cannot stand here in a transformation`,
      );
  }
}

function compileName(builder: GraphBuilder, expression: Extract<Expression, { kind: 'name' }>): TypedNode | null {
  const name = expression.path.join('.');
  const reason = Object.hasOwn(builder.forbidden, name) ? builder.forbidden[name] : undefined;
  if (reason !== undefined) {
    return builder.refuse('transform/forbidden-column', expression.span, `features must not read ${name}: ${reason}`);
  }
  if (builder.columns.has(name)) return builder.input(name);
  const allowed = [...builder.columns.keys()].filter((column) => !Object.hasOwn(builder.forbidden, column));
  const near = nearestName(name, allowed);
  return builder.report('expression/unknown-name', expression.span, `no column is named ${name}`, {
    expected: allowed.join(', '),
    ...(near === null ? {} : { suggestion: near }),
  });
}

function compileCall(builder: GraphBuilder, call: Call): TypedNode | null {
  const entry = transformFunction(call.name);
  if (entry === undefined) {
    const near = nearestName(
      call.name,
      transformFunctions.map((known) => known.name),
    );
    return builder.report('expression/unknown-function', call.span, `no transform function is named ${call.name}`, {
      ...(near === null ? {} : { suggestion: near }),
    });
  }
  const bound = bindArguments(builder, call, entry);
  if (bound === null) return null;
  if (entry.name === 'sql') return compileSql(builder, call, bound);
  const inputs = compileArguments(builder, entry, bound);
  if (inputs === null) return null;
  if (entry.name === 'impute') return compileImpute(builder, call, { input: inputs[0]!, constants: bound.constants });
  const type = resultType(entry, inputs, bound);
  if (type === null) return mixedTypes(builder, call, inputs);
  if (entry.name === 'cast' && !castable(inputs[0]!.type, type)) {
    return builder.report('expression/type-mismatch', call.span, `${inputs[0]!.type} cannot be cast to ${type}`);
  }
  return builder.add(
    entry.op!,
    inputs.map((input) => input.node),
    { type, params: entry.name === 'cast' ? {} : { ...bound.constants } },
  );
}

function castable(from: ColumnType, to: ColumnType): boolean {
  if (to !== 'date' && to !== 'timestamp') return !(to === 'boolean' && accepts('time', from));
  return from === 'string' || accepts('time', from);
}

function mixedTypes(builder: GraphBuilder, call: Call, inputs: readonly TypedNode[]): null {
  const types = inputs.slice(call.name === 'if' ? 1 : 0).map((input) => input.type);
  return builder.report('expression/type-mismatch', call.span, `the values of ${call.name} must have one type`, {
    found: types.join(', '),
    suggestion: 'cast(…, string) or cast(…, float64)',
  });
}

/** The compiled column arguments; `null` takes the type of the others. */
function compileArguments(builder: GraphBuilder, entry: FunctionEntry, bound: BoundArguments): TypedNode[] | null {
  const compiled: (TypedNode | 'null')[] = [];
  for (const { parameter, expression } of bound.columns) {
    if (expression.kind === 'null' && entry.result === 'common' && parameter.accepts === 'any') {
      compiled.push('null');
      continue;
    }
    const node = compileExpression(builder, expression);
    if (node === null || refuseWide(builder, node, expression) === null) return null;
    const wanted = parameter.accepts ?? 'any';
    if (!accepts(wanted, node.type)) {
      const message = `${entry.name} needs ${kindNames[wanted]} for ${parameter.name}`;
      return builder.report('expression/type-mismatch', expression.span, message, {
        expected: kindNames[wanted],
        found: node.type,
        ...suggestedCast(wanted, node.type),
      });
    }
    compiled.push(node);
  }
  const typed = compiled.filter((node) => node !== 'null');
  const model = typed[typed.length - 1];
  if (model === undefined || (entry.name === 'if' && typed.length < 2)) {
    return builder.report('expression/type-mismatch', bound.columns[0]!.expression.span, 'one value must not be null');
  }
  return compiled.map((node) => (node === 'null' ? builder.constant(model.type, null) : node));
}

function suggestedCast(wanted: string, found: ColumnType): { suggestion?: string } {
  if (found === 'string' && wanted === 'number')
    return { suggestion: 'cast(…, float64), or vocabulary(…) for categories' };
  if (found === 'string' && (wanted === 'time' || wanted === 'timestamp')) return { suggestion: 'cast(…, timestamp)' };
  if (found === 'date' && wanted === 'timestamp') return { suggestion: 'the column has days only' };
  return wanted === 'text' ? { suggestion: 'cast(…, string)' } : {};
}

/** The node itself, or null after the finding that a function of several columns stands inside another. */
function refuseWide(builder: GraphBuilder, node: TypedNode, expression: Expression): TypedNode | null {
  const { op, params } = builder.nodes[node.node]!;
  const wide = op === 'one_hot' || op === 'tokens' || (op === 'impute' && params['indicator'] === true);
  if (!wide) return node;
  const message = `${op} gives several columns and must be the outermost function of a feature`;
  return builder.report('expression/not-allowed-here', expression.span, message);
}

function resultType(entry: FunctionEntry, inputs: readonly TypedNode[], bound: BoundArguments): ColumnType | null {
  if (entry.result === 'same') return inputs[0]!.type;
  if (entry.result === 'given') return bound.constants['type'] as ColumnType;
  if (entry.result !== 'common') return entry.result;
  const alternatives = inputs.slice(entry.name === 'if' ? 1 : 0);
  let type: ColumnType | null = alternatives[0]!.type;
  for (const input of alternatives) type = type === null ? null : commonType(type, input.type);
  return type;
}

interface ImputeParts {
  readonly input: TypedNode;
  readonly constants: Readonly<Record<string, JsonValue>>;
}

function compileImpute(builder: GraphBuilder, call: Call, parts: ImputeParts): TypedNode | null {
  const { input, constants } = parts;
  const filling = constants['value'] as { learn?: string; constant?: string | number | boolean };
  const indicator = constants['indicator'] === true;
  const isNumber = accepts('number', input.type);
  if (filling.learn !== undefined) {
    if (filling.learn !== 'mode' && !isNumber) {
      return builder.report('expression/type-mismatch', call.span, `impute with ${filling.learn} needs a number`, {
        found: input.type,
        suggestion: 'mode',
      });
    }
    const type = filling.learn === 'mode' ? input.type : 'float64';
    return builder.add('impute', [input.node], { type, params: { learn: filling.learn, indicator } });
  }
  const value = literalOfType(filling.constant!, input.type);
  if (value === null) {
    return builder.report('expression/type-mismatch', call.span, `impute needs a constant of type ${input.type}`, {
      found: JSON.stringify(filling.constant),
      ...(typeof filling.constant === 'string' && isNumber
        ? { suggestion: 'mean, median and mode are written without quotes' }
        : {}),
    });
  }
  const fraction = input.type === 'int64' && typeof value === 'number' && !Number.isSafeInteger(value);
  return builder.add('impute', [input.node], { type: fraction ? 'float64' : input.type, params: { value, indicator } });
}

/** A constant as a value of a column type (texts become dates), or null where it is none. */
function literalOfType(value: string | number | boolean, type: ColumnType): string | number | boolean | null {
  if (type === 'date') return typeof value === 'string' ? parseDate(value) : null;
  if (type === 'timestamp') return typeof value === 'string' ? parseTimestamp(value) : null;
  if (type === 'string') return typeof value === 'string' ? value : null;
  if (type === 'boolean' && (value === 0 || value === 1)) return value === 1;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  return typeof value === 'string' ? null : Number(value);
}

function compileUnary(builder: GraphBuilder, expression: Extract<Expression, { kind: 'unary' }>): TypedNode | null {
  const constant = constantValue(expression);
  if (typeof constant === 'number') return builder.constant(constantType(constant), constant);
  const operand = compileExpression(builder, expression.operand);
  if (operand === null || refuseWide(builder, operand, expression.operand) === null) return null;
  const wanted = expression.op === '-' ? 'number' : 'boolean';
  if (!accepts(wanted, operand.type)) {
    return builder.report(
      'expression/type-mismatch',
      expression.operand.span,
      `${expression.op} needs ${kindNames[wanted]}`,
      {
        found: operand.type,
      },
    );
  }
  return expression.op === '-'
    ? builder.add('negate', [operand.node], { type: 'float64' })
    : builder.add('not', [operand.node], { type: 'boolean' });
}

const ARITHMETIC: Readonly<Record<string, Operation>> = { '+': 'add', '-': 'subtract', '*': 'multiply', '/': 'divide' };

/** The operation of a comparison and whether its sides change places: a > b is b < a. */
const COMPARISONS: Readonly<Record<string, readonly [Operation, boolean]>> = {
  '<': ['less', false],
  '<=': ['less_or_equal', false],
  '>': ['less', true],
  '>=': ['less_or_equal', true],
  '==': ['equal', false],
  '!=': ['not_equal', false],
};

function compileBinary(builder: GraphBuilder, expression: Binary): TypedNode | null {
  const { op, left, right, span } = expression;
  if (op === 'is_null') {
    const operand = compileExpression(builder, left);
    if (operand === null || refuseWide(builder, operand, left) === null) return null;
    return builder.add('is_missing', [operand.node], { type: 'boolean' });
  }
  if (op === 'matches') {
    return builder.report('expression/not-allowed-here', span, 'patterns cannot be used in a transformation', {
      suggestion: "sql('regexp_matches(…)', type=boolean)",
    });
  }
  if (op === 'in') return compileIn(builder, expression);
  if (op === 'between') return compileBetween(builder, expression);
  const sides = compileSides(builder, left, right);
  if (sides === null) return null;
  if (op === 'and' || op === 'or') {
    if (sides.every((side) => side.type === 'boolean')) {
      return builder.add(op, [sides[0].node, sides[1].node], { type: 'boolean' });
    }
    return builder.report('expression/type-mismatch', span, `${op} needs a condition on both sides`, {
      found: typesOf(sides),
    });
  }
  return op in ARITHMETIC ? arithmetic(builder, expression, sides) : comparison(builder, { op, span }, sides);
}

type Sides = readonly [TypedNode, TypedNode];

function typesOf(sides: Sides): string {
  return `${sides[0].type}, ${sides[1].type}`;
}

/** Both operands; a text constant beside a date or timestamp is read as one. */
function compileSides(builder: GraphBuilder, left: Expression, right: Expression): Sides | null {
  const first = compileExpression(builder, left);
  const second = compileExpression(builder, right);
  if (first === null || second === null) return null;
  if (refuseWide(builder, first, left) === null || refuseWide(builder, second, right) === null) return null;
  const newFirst = readAs(builder, { node: first, expression: left }, second.type);
  const newSecond = readAs(builder, { node: second, expression: right }, first.type);
  return newFirst === null || newSecond === null ? null : [newFirst, newSecond];
}

function readAs(
  builder: GraphBuilder,
  side: { readonly node: TypedNode; readonly expression: Expression },
  other: ColumnType,
): TypedNode | null {
  if (side.expression.kind !== 'string' || !accepts('time', other)) return side.node;
  const value = literalOfType(side.expression.value, other);
  if (value !== null) return builder.constant(other, value);
  return builder.report('expression/bad-argument', side.expression.span, `not a ${other}`, {
    expected: other === 'date' ? "'2001-01-31'" : "'2001-01-31T06:00:00Z'",
    found: side.expression.value,
  });
}

function arithmetic(builder: GraphBuilder, expression: Binary, sides: Sides): TypedNode | null {
  const [a, b] = sides;
  const { op, span } = expression;
  const inputs = [a.node, b.node];
  if (accepts('number', a.type) && accepts('number', b.type)) {
    return builder.add(ARITHMETIC[op]!, inputs, { type: 'float64' });
  }
  if (op === '-' && a.type === b.type && accepts('time', a.type)) {
    const difference = builder.add('subtract', inputs, { type: 'float64' });
    if (a.type === 'date') return difference;
    return builder.add('divide', [difference.node, builder.constant('int64', 1_000_000).node], { type: 'float64' });
  }
  return builder.report('expression/type-mismatch', span, `${op} needs numbers on both sides`, {
    found: typesOf(sides),
  });
}

function comparison(builder: GraphBuilder, at: Pick<Binary, 'op' | 'span'>, sides: Sides): TypedNode | null {
  if (commonType(sides[0].type, sides[1].type) === null) {
    return builder.report('expression/type-mismatch', at.span, `${at.op} needs values of one type on both sides`, {
      found: typesOf(sides),
    });
  }
  const [op, swapped] = COMPARISONS[at.op]!;
  const nodes = [sides[0].node, sides[1].node];
  return builder.add(op, swapped ? nodes.reverse() : nodes, { type: 'boolean' });
}

function compileBetween(builder: GraphBuilder, expression: Binary): TypedNode | null {
  const bounds = expression.right.kind === 'list' ? expression.right.items : [];
  const { span } = expression;
  const low = compileSides(builder, expression.left, bounds[0]!);
  const high = low === null ? null : compileSides(builder, expression.left, bounds[1]!);
  if (low === null || high === null) return null;
  const above = comparison(builder, { op: '>=', span }, low);
  const below = above === null ? null : comparison(builder, { op: '<=', span }, high);
  if (above === null || below === null) return null;
  return builder.add('and', [above.node, below.node], { type: 'boolean' });
}

function compileIn(builder: GraphBuilder, expression: Binary): TypedNode | null {
  const operand = compileExpression(builder, expression.left);
  if (operand === null || refuseWide(builder, operand, expression.left) === null) return null;
  const list = constantValue(expression.right);
  if (!Array.isArray(list) || list.length === 0) {
    return builder.report('expression/not-constant', expression.right.span, 'in needs a list of constants', {
      suggestion: "in ['a', 'b']",
    });
  }
  const values: (string | number)[] = [];
  for (const item of list) {
    const type = operand.type === 'boolean' && typeof item === 'number' ? 'int64' : operand.type;
    const value = item === null || typeof item === 'object' ? null : literalOfType(item, type);
    if (value === null) {
      return builder.report(
        'expression/type-mismatch',
        expression.right.span,
        `expected constants of type ${operand.type}`,
        {
          found: JSON.stringify(item),
        },
      );
    }
    values.push(typeof value === 'boolean' ? Number(value) : value);
  }
  return builder.add('in', [operand.node], { type: 'boolean', params: { values } });
}
