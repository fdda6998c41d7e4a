import { diffSchemas, type SchemaChange } from '../app/index.ts';
import { didYouMean } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { CommandCall } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { shownName, shownValue } from './shown-text.ts';
import { formatTable } from './table.ts';

const shownOfDomain = 5;

/** `mlspec data schema diff OLD NEW`. */
export async function schema(call: CommandCall, words: readonly string[]): Promise<number> {
  const [action = '', before, after, ...more] = words;
  if (action !== 'diff')
    throw new PlatformError('CLI_USAGE', {
      message: `expected data schema diff, found data schema ${action}`,
      ...didYouMean(action, ['diff']),
    });
  if (before === undefined || after === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', {
      message: `expected data schema diff OLD NEW, found ${words.length - 1} files`,
    });
  const { output } = call;
  const changes = await diffSchemas(before, after);
  if (output.json) output.resultJson({ type: 'result', equal: changes.length === 0, changes });
  else {
    const rows = changes.map((change) => [
      change.column === null ? '(table)' : shownName(change.column),
      whatOf(change),
      change.effect,
      change.breaks.length === 0 ? '' : `incompatible for ${change.breaks.join(' and ')}`,
    ]);
    if (rows.length > 0) output.result(formatTable(['column', 'change', 'effect', ''], rows));
    output.say(summaryOf(changes));
  }
  return changes.length === 0 ? exitCodes.done : exitCodes.failed;
}

function summaryOf(changes: readonly SchemaChange[]): string {
  const forWhom = (who: 'readers' | 'writers'): number => changes.filter(({ breaks }) => breaks.includes(who)).length;
  return `${changes.length} changes; ${forWhom('readers')} incompatible for those who read the data, ${forWhom('writers')} for those who write them`;
}

function whatOf({ key, effect, before, after }: SchemaChange): string {
  if (effect === 'added') return `new column (${shown(after)})`;
  if (effect === 'removed') return `column (${shown(before)}) is gone`;
  if (key === 'domain' && Array.isArray(before) && after === null && effect === 'stricter')
    return `domain without ${shown(before)}`;
  if (key === 'domain' && Array.isArray(after) && before === null && effect === 'laxer')
    return `domain with ${shown(after)}`;
  return `${key} ${shown(before)} → ${shown(after)}`;
}

function shown(value: SchemaChange['before']): string {
  if (value === null) return 'none';
  if (!Array.isArray(value)) return shownValue(String(value));
  const more = value.length > shownOfDomain ? `, … (${value.length})` : '';
  return `${value
    .slice(0, shownOfDomain)
    .map((one) => shownValue(String(one)))
    .join(', ')}${more}`;
}
