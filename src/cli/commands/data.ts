import { didYouMean } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { CommandCall } from '../command.ts';
import { check } from '../data-check.ts';
import { diff } from '../data-diff.ts';
import { drift } from '../data-drift.ts';
import { infer } from '../data-infer.ts';
import { profile } from '../data-profile.ts';
import { schema } from '../data-schema.ts';
import { split } from '../data-split.ts';

interface Action {
  readonly act: (call: CommandCall, files: readonly string[]) => Promise<number>;
  /** The options that say something to it, of those that have no default. */
  readonly takes: readonly string[];
}

const actions: Readonly<Record<string, Action>> = {
  profile: { act: profile, takes: ['compare', 'states', 'by', 'out', 'label', 'pairs', 'weight'] },
  drift: { act: drift, takes: ['threshold', 'column', 'classifier'] },
  diff: { act: diff, takes: ['column', 'key', 'rows'] },
  infer: { act: infer, takes: ['label', 'out', 'force'] },
  schema: { act: schema, takes: [] },
  split: { act: split, takes: ['by', 'parts', 'salt', 'gap', 'key', 'out', 'format', 'force'] },
  check: { act: check, takes: ['compare', 'key', 'schema', 'environment', 'accept', 'checks', 'asOf', 'quarantine'] },
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
