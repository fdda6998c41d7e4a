import { type DatasetForm, namedTables } from '../../app/index.ts';
import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { CommandCall } from '../command.ts';
import { check } from '../data-check.ts';
import { diff } from '../data-diff.ts';
import { drift } from '../data-drift.ts';
import { exportData } from '../data-export.ts';
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
  /** Where what it is given are tables: whether it takes a dataset of the project as its files, or as one query. */
  readonly tables?: DatasetForm;
}

const actions: Readonly<Record<string, Action>> = {
  profile: { act: profile, takes: ['compare', 'states', 'by', 'out', 'label', 'pairs', 'weight', 'memory'] },
  drift: { act: drift, takes: ['threshold', 'column', 'classifier', 'memory'], tables: 'query' },
  diff: { act: diff, takes: ['column', 'key', 'rows', 'memory'], tables: 'query' },
  infer: { act: infer, takes: ['label', 'out', 'force', 'memory'], tables: 'query' },
  import: { act: importChecks, takes: ['from', 'table', 'nan', 'out', 'schema', 'force'] },
  export: { act: exportData, takes: ['table', 'out', 'force'] },
  schema: { act: schema, takes: [] },
  suggest: { act: suggest, takes: ['by', 'key', 'out', 'force', 'memory'], tables: 'files' },
  split: {
    act: split,
    takes: ['by', 'parts', 'salt', 'gap', 'folds', 'foldsBy', 'key', 'out', 'format', 'force', 'memory'],
    tables: 'query',
  },
  state: { act: state, takes: ['reason'] },
  history: { act: history, takes: ['value', 'as', 'why'] },
  check: {
    act: check,
    takes: [
      ...['compare', 'key', 'schema', 'environment', 'accept', 'checks', 'asOf', 'quarantine', 'memory'],
      ...['history', 'dataset'],
    ],
    tables: 'query',
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
  return action.tables === undefined
    ? await action.act(call, files)
    : await actOnTables(call, files, { ...action, tables: action.tables });
}

/** With the tables of datasets in the place of their names. */
async function actOnTables(
  call: CommandCall,
  files: readonly string[],
  { act, tables }: Action & { readonly tables: DatasetForm },
): Promise<number> {
  const { compare } = call.options;
  const [older] = typeof compare === 'string' ? await namedTables(call.config, [compare], 'query') : [];
  const options = older === undefined ? call.options : { ...call.options, compare: older };
  return await act({ ...call, options }, await namedTables(call.config, files, tables));
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
