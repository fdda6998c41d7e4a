import { nearestName } from '../../encoding/index.ts';
import type { CallExpression, Expression, Span } from './ast.ts';
import type { ExpressionFinding } from './finding.ts';
import type { FunctionEntry, ParameterEntry } from './table.ts';

/** The arguments of a call by parameter; `rest` holds all arguments of a parameter that takes several. */
export interface BoundArguments {
  readonly values: Readonly<Record<string, Expression>>;
  readonly rest: readonly Expression[];
  readonly findings: readonly ExpressionFinding[];
}

/**
 * Gives each argument of a call to its parameter. Defaults are not filled in: absent is absent. The first argument of a
 * parameter that takes several also stands in `values`.
 */
export function bindArguments(call: CallExpression, entry: FunctionEntry): BoundArguments {
  const values: Record<string, Expression> = Object.create(null);
  const findings: ExpressionFinding[] = [];
  const rest: Expression[] = [];
  const last = entry.positional.at(-1);
  call.args.forEach((argument, index) => {
    const parameter = entry.positional[index] ?? (last?.rest ? last : undefined);
    if (parameter === undefined) {
      if (index === entry.positional.length) findings.push(tooMany(call, entry, argument.span));
      return;
    }
    if (parameter.rest) rest.push(argument);
    if (!(parameter.name in values)) values[parameter.name] = argument;
  });
  const all = [...entry.positional, ...(entry.named ?? [])];
  for (const [name, value] of Object.entries(call.named)) {
    const parameter = all.find((candidate) => candidate.name === name);
    if (parameter === undefined) findings.push(unknownArgument(call, all, { name, span: value.span }));
    else if (name in values) findings.push(twice(name, value.span));
    else {
      values[name] = value;
      if (parameter.rest) rest.push(value);
    }
  }
  for (const parameter of all) {
    if (parameter.name in values || parameter.optional || parameter.default !== undefined) continue;
    findings.push({
      rule: 'expression/missing-argument',
      severity: 'error',
      span: call.span,
      message: `expected ${call.name}(…) with ${parameter.name} (${parameter.type.text}), found none`,
      expected: parameter.type.text,
      suggestion: entry.example,
    });
  }
  return { values, rest, findings };
}

function tooMany(call: CallExpression, entry: FunctionEntry, span: Span): ExpressionFinding {
  const count = entry.positional.length;
  const named = entry.named?.map((parameter) => `${parameter.name}=…`).join(', ');
  return {
    rule: 'expression/too-many-arguments',
    severity: 'error',
    span,
    message: `expected at most ${count} argument${count === 1 ? '' : 's'} without a name for ${call.name}, found ${call.args.length}${named ? `; by name it takes ${named}` : ''}`,
    suggestion: entry.example,
  };
}

function unknownArgument(
  call: CallExpression,
  all: readonly ParameterEntry[],
  { name, span }: { name: string; span: Span },
): ExpressionFinding {
  const names = all.map((parameter) => parameter.name);
  const near = nearestName(name, names);
  return {
    rule: 'expression/unknown-argument',
    severity: 'error',
    span,
    message: `expected one of ${names.join(', ') || 'no arguments'} for ${call.name}, found ${name}`,
    found: name,
    ...(near === null ? {} : { suggestion: near }),
  };
}

function twice(name: string, span: Span): ExpressionFinding {
  return {
    rule: 'expression/repeated-argument',
    severity: 'error',
    span,
    message: `expected ${name} once, found it by position and by name`,
  };
}
