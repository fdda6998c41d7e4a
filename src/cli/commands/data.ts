import { compareFiles, type FileDrift } from '../../app/index.ts';
import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, listOption } from '../command.ts';
import { check } from '../data-check.ts';
import { diff } from '../data-diff.ts';
import { infer } from '../data-infer.ts';
import { profile } from '../data-profile.ts';
import { schema } from '../data-schema.ts';
import { exitCodes } from '../exit-codes.ts';
import { isClean, readDriftOptions, tellDrift } from '../tell-drift.ts';

type Action = (call: CommandCall, files: readonly string[]) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { profile, drift, diff, infer, schema, check };
/** Options of one action that say nothing to another. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  profile: ['threshold', 'column', 'key', 'rows', 'force', 'schema', 'accept'],
  drift: ['compare', 'states', 'by', 'out', 'label', 'pairs', 'weight', 'key', 'rows', 'force', 'schema', 'accept'],
  diff: ['compare', 'states', 'by', 'out', 'label', 'pairs', 'weight', 'threshold', 'force', 'schema', 'accept'],
  infer: [
    'compare',
    'states',
    'by',
    'label',
    'pairs',
    'weight',
    'threshold',
    'column',
    'key',
    'rows',
    'schema',
    'accept',
  ],
  schema: [
    'compare',
    'states',
    'by',
    'out',
    'label',
    'pairs',
    'weight',
    'threshold',
    'column',
    'key',
    'rows',
    'force',
    'schema',
    'accept',
  ],
  check: ['compare', 'states', 'by', 'out', 'label', 'pairs', 'weight', 'threshold', 'column', 'key', 'rows', 'force'],
};

/** `mlspec data ACTION FILE...`. */
export async function run(call: CommandCall): Promise<number> {
  const [action = '', ...files] = call.arguments;
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (act !== undefined) {
    refuseForeign(call, action);
    return await act(call, files);
  }
  throw new PlatformError('CLI_USAGE', {
    message: `expected data ${Object.keys(actions).join('|')}, found data ${action}`,
    ...didYouMean(action, Object.keys(actions)),
  });
}

function refuseForeign(call: CommandCall, action: string): void {
  for (const name of foreign[action]!) {
    const given = call.options[name];
    if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    throw new PlatformError('CLI_USAGE', { message: `expected no --${name} with data ${action}` });
  }
}

async function drift(call: CommandCall, files: readonly string[]): Promise<number> {
  const [reference, current, ...more] = files;
  if (reference === undefined || current === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', {
      message: `expected data drift REFERENCE CURRENT, found ${files.length} files`,
    });
  const { output } = call;
  const found = await compareFiles({ reference, current, ...readDriftOptions(call) });
  if (output.live) output.draw('\r\x1b[K');
  requireColumns(listOption(call, 'column'), found);
  if (output.json) output.resultJson({ type: 'result', ...found });
  else {
    for (const name of found.unreadable) output.say(`${name} is of a type that is not compared`);
    tellDrift(call, found);
  }
  return isClean(found) ? exitCodes.done : exitCodes.failed;
}

function requireColumns(names: readonly string[], found: FileDrift): void {
  const there = [
    ...found.columns.map(({ name }) => name),
    ...found.onlyReference,
    ...found.onlyCurrent,
    ...found.differentTypes.map(({ name }) => name),
  ];
  const missing = names.find((name) => !there.includes(name));
  if (missing === undefined) return;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --column to name a column of the files, found ${JSON.stringify(missing)}`,
  });
}
