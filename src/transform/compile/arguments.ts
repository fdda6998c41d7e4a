import type { JsonValue } from '../../encoding/index.ts';
import { nearestName } from '../../encoding/index.ts';
import { constantValue, type Expression } from '../../spec/index.ts';
import type { FunctionEntry, Parameter } from '../functions/entry.ts';
import type { GraphBuilder } from './builder.ts';
import { columnTypes } from './types.ts';

type Call = Extract<Expression, { kind: 'call' }>;

/** A call's arguments by parameter: expressions over the row in order, and constants. */
export interface BoundArguments {
  readonly columns: readonly { readonly parameter: Parameter; readonly expression: Expression }[];
  readonly constants: Readonly<Record<string, JsonValue>>;
}

/** The form of a function, for messages: `clip(x, low, high)`. */
export function formOf(entry: FunctionEntry): string {
  const names = entry.parameters.map((parameter) =>
    parameter.default === undefined ? parameter.name : `${parameter.name}=`,
  );
  return `${entry.name}(${names.join(', ')}${entry.repeats === true ? ', …' : ''})`;
}

/** Gives each argument of a call its parameter. Reports what is missing, too much, unknown or of a wrong kind. */
export function bindArguments(builder: GraphBuilder, call: Call, entry: FunctionEntry): BoundArguments | null {
  const given = assign(builder, call, entry);
  if (given === null) return null;
  const columns: { parameter: Parameter; expression: Expression }[] = [];
  const constants: Record<string, JsonValue> = {};
  let complete = true;
  for (const { parameter, expression } of given) {
    if (parameter.kind === 'column') {
      if (expression !== null) columns.push({ parameter, expression });
      continue;
    }
    const value = expression === null ? parameter.default : readConstant(builder, parameter, expression);
    if (value === undefined) complete = false;
    else constants[parameter.name] = value;
  }
  return complete ? { columns, constants } : null;
}

interface Given {
  readonly parameter: Parameter;
  readonly expression: Expression | null;
}

function assign(builder: GraphBuilder, call: Call, entry: FunctionEntry): Given[] | null {
  const { parameters } = entry;
  const last = parameters[parameters.length - 1]!;
  if (call.args.length > parameters.length && entry.repeats !== true) {
    return builder.report('expression/too-many-arguments', call.span, `${entry.name} takes ${formOf(entry)}`, {
      found: `${call.args.length} arguments`,
    });
  }
  for (const name of Object.keys(call.named)) {
    if (!parameters.some((parameter) => parameter.name === name))
      return unknownArgument(builder, call, { entry, name });
  }
  const given: Given[] = [];
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i]!;
    const named = Object.hasOwn(call.named, parameter.name) ? call.named[parameter.name]! : null;
    const expression = call.args[i] ?? named;
    if (call.args[i] !== undefined && named !== null) {
      const message = `${entry.name} is given ${parameter.name} twice`;
      return builder.report('expression/repeated-argument', named.span, message);
    }
    if (expression === null && parameter.default === undefined) {
      const message = `${formOf(entry)} needs ${parameter.name} (${parameter.about})`;
      return builder.report('expression/missing-argument', call.span, message, { suggestion: entry.example });
    }
    given.push({ parameter, expression });
  }
  for (const expression of call.args.slice(parameters.length)) given.push({ parameter: last, expression });
  return given;
}

function unknownArgument(builder: GraphBuilder, call: Call, where: { entry: FunctionEntry; name: string }): null {
  const { entry, name } = where;
  const near = nearestName(
    name,
    entry.parameters.map((parameter) => parameter.name),
  );
  return builder.report('expression/unknown-argument', call.named[name]!.span, `${formOf(entry)} has no ${name}`, {
    ...(near === null ? {} : { suggestion: `${near}=` }),
  });
}

/** The value of a constant parameter; undefined after a finding. */
function readConstant(builder: GraphBuilder, parameter: Parameter, expression: Expression): JsonValue | undefined {
  if (parameter.kind === 'filling') return readFilling(builder, expression);
  const value = parameter.kind === 'type' ? nameOrText(expression) : constantValue(expression);
  if (value === undefined) {
    const message = `${parameter.name} (${parameter.about}) must be a constant`;
    builder.report('expression/not-constant', expression.span, message);
    return undefined;
  }
  const problem = problemOf(parameter, value);
  if (problem === null) return value;
  builder.report('expression/bad-argument', expression.span, `${parameter.name}: expected ${problem}`, {
    expected: problem,
    found: JSON.stringify(value),
  });
  return undefined;
}

function nameOrText(expression: Expression): JsonValue | undefined {
  if (expression.kind === 'name') return expression.path.join('.');
  return expression.kind === 'string' ? expression.value : undefined;
}

/** `{learn: 'mean'}` for a name, `{constant: …}` for a constant. */
function readFilling(builder: GraphBuilder, expression: Expression): JsonValue | undefined {
  const strategies = ['mean', 'median', 'mode'];
  if (expression.kind === 'name') {
    const name = expression.path.join('.');
    if (strategies.includes(name)) return { learn: name };
  }
  const value = constantValue(expression);
  if (value !== undefined && value !== null && typeof value !== 'object') return { constant: value };
  const expected = 'mean, median, mode or a constant';
  builder.report('expression/bad-argument', expression.span, `impute: expected ${expected}`, {
    expected,
    suggestion: 'coalesce(x, y) fills from another column',
  });
  return undefined;
}

/** What a value should have been, or null where it is right. */
function problemOf(parameter: Parameter, value: JsonValue): string | null {
  switch (parameter.kind) {
    case 'number':
    case 'integer':
      return value === null && parameter.default === null ? null : numberProblem(parameter, value);
    case 'flag':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'text':
      return typeof value === 'string' ? null : 'a text in quotes';
    case 'type':
      return (columnTypes as readonly JsonValue[]).includes(value) ? null : columnTypes.join(', ');
    default:
      return edgesProblem(value);
  }
}

function numberProblem(parameter: Parameter, value: JsonValue): string | null {
  const low = parameter.minimum ?? Number.NEGATIVE_INFINITY;
  const high = parameter.maximum ?? (parameter.kind === 'integer' ? Number.MAX_SAFE_INTEGER : Number.POSITIVE_INFINITY);
  const word = parameter.kind === 'integer' ? 'a whole number' : 'a number';
  const range = low === Number.NEGATIVE_INFINITY ? word : `${word} from ${low} to ${high}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return range;
  if (parameter.kind === 'integer' && !Number.isInteger(value)) return range;
  return value >= low && value <= high ? null : range;
}

function edgesProblem(value: JsonValue): string | null {
  const expected = 'ascending numbers in brackets, for example [6, 12, 18]';
  if (!Array.isArray(value) || value.length === 0) return expected;
  for (let i = 0; i < value.length; i++) {
    const edge = value[i];
    if (typeof edge !== 'number' || !Number.isFinite(edge)) return expected;
    if (i > 0 && edge <= (value[i - 1] as number)) return expected;
  }
  return null;
}
