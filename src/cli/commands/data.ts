import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { CommandCall } from '../command.ts';
import { check } from '../data-check.ts';
import { diff } from '../data-diff.ts';
import { drift } from '../data-drift.ts';
import { history } from '../data-history.ts';
import { importChecks } from '../data-import.ts';
import { infer } from '../data-infer.ts';
import { profile } from '../data-profile.ts';
import { schema } from '../data-schema.ts';
import { split } from '../data-split.ts';
import { state } from '../data-state.ts';
import { suggest } from '../data-suggest.ts';

interface Action {
  readonly act: (call: CommandCall, files: readonly string[]) => Promise<number>;
  /** The options that say something to it, of those that have no default. */
  readonly takes: readonly string[];
}

const actions: Readonly<Record<string, Action>> = {
  profile: { act: profile, takes: ['compare', 'states', 'by', 'out', 'label', 'pairs', 'weight', 'memory'] },
  drift: { act: drift, takes: ['threshold', 'column', 'classifier', 'memory'] },
  diff: { act: diff, takes: ['column', 'key', 'rows', 'memory'] },
  infer: { act: infer, takes: ['label', 'out', 'force', 'memory'] },
  import: { act: importChecks, takes: ['from', 'table', 'nan', 'out', 'schema', 'force'] },
  schema: { act: schema, takes: [] },
  suggest: { act: suggest, takes: ['by', 'key', 'out', 'force', 'memory'] },
  split: {
    act: split,
    takes: ['by', 'parts', 'salt', 'gap', 'folds', 'foldsBy', 'key', 'out', 'format', 'force', 'memory'],
  },
  state: { act: state, takes: ['reason'] },
  history: { act: history, takes: ['value', 'as', 'why'] },
  check: {
    act: check,
    takes: [
      ...['compare', 'key', 'schema', 'environment', 'accept', 'checks', 'asOf', 'quarantine', 'memory'],
      ...['history', 'dataset'],
    ],
  },
};

/** `mlspec data ACTION FILE...`. */
export async function run(call: CommandCall): Promise<number> {
  const [name = '', ...files] = call.arguments;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined)
    throw new PlatformError('CLI_USAGE', {
      message: `expected data ${Object.keys(actions).join('|')}, found data ${name}`,
      ...didYouMean(name, Object.keys(actions)),
    });
  refuseOthers(call, name, action);
  return await action.act(call, files);
}

/** An option that says nothing to an action is refused, not left aside. */
function refuseOthers(call: CommandCall, name: string, { takes }: Action): void {
  for (const option of new Set(Object.values(actions).flatMap((action) => action.takes))) {
    const given = call.options[option];
    if (takes.includes(option) || given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    throw new PlatformError('CLI_USAGE', {
      message: `expected no --${option.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)} with data ${name}`,
    });
  }
}
