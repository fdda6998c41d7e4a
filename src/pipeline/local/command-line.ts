import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Invocation } from '../invocation.ts';
import { type Placeholder, replacePlaceholders } from '../placeholders.ts';

/** A command with its placeholders replaced, and the variables that tell it of its ports. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The command line of a `command` component. `{inputs.x}` and `{outputs.y}` become paths, `{params.z}` the parameter's
 * value, each inside its one argument: no shell sees them. The same paths and values are in the variables
 * `MLSPEC_INPUT_X`, `MLSPEC_OUTPUT_Y` and `MLSPEC_PARAM_Z`.
 *
 * @throws PlatformError PIPELINE_BAD_PLACEHOLDER for a placeholder that names no port or parameter
 */
export function commandLine(argv: readonly string[], invocation: Invocation): CommandLine {
  const [command, ...args] = argv.map((argument) =>
    replacePlaceholders(argument, (placeholder) => placeholderValue(invocation, placeholder)),
  );
  return { command: command ?? '', args, env: portVariables(invocation) };
}

function placeholderValue(invocation: Invocation, found: Placeholder): string {
  const value =
    found.kind === 'inputs'
      ? invocation.inputs[found.name]?.[0]?.path
      : found.kind === 'outputs'
        ? invocation.outputs[found.name]?.path
        : paramText(paramOf(invocation, found.name));
  if (value !== undefined) return value;
  const names = Object.keys(
    found.kind === 'inputs' ? invocation.inputs : found.kind === 'outputs' ? invocation.outputs : invocation.params,
  );
  throw new PlatformError('PIPELINE_BAD_PLACEHOLDER', {
    message: `step ${invocation.step} has no ${found.kind.slice(0, -1)} for ${found.whole}; there are: ${names.join(', ') || 'none'}`,
  });
}

function paramOf(invocation: Invocation, path: string): JsonValue | undefined {
  let value: unknown = invocation.params;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return value as JsonValue | undefined;
}

function paramText(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value : canonicalJson(value);
}

function portVariables(invocation: Invocation): Record<string, string> {
  const variable = (kind: string, name: string): string =>
    `MLSPEC_${kind}_${name.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}`;
  return Object.fromEntries([
    ...Object.entries(invocation.inputs).flatMap(([port, inputs]) =>
      inputs[0] === undefined ? [] : [[variable('INPUT', port), inputs.map((input) => input.path).join(':')]],
    ),
    ...Object.entries(invocation.outputs).map(([port, output]) => [variable('OUTPUT', port), output.path]),
    ...Object.entries(invocation.params).flatMap(([name, value]) =>
      value === undefined ? [] : [[variable('PARAM', name), paramText(value)!]],
    ),
    ['MLSPEC_EVENTS', invocation.eventsPath],
    ['MLSPEC_RESULT', invocation.resultPath],
    ['MLSPEC_SEED', String(invocation.seed)],
  ]);
}
