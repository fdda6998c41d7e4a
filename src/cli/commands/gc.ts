import { collectGarbage, positiveInteger } from '../../app/index.ts';
import { formatBytes } from '../../encoding/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec gc`: says what would go; with `--yes` removes it. */
export async function run(call: CommandCall): Promise<number> {
  const keep = positiveInteger(textOption(call, 'keep'), '--keep') ?? 20;
  const collected = await collectGarbage(call.config, { keep, remove: isOn(call, 'yes'), signal: call.signal });
  if (call.output.json) call.output.resultJson({ type: 'result', ...collected });
  else {
    const what = `${collected.itemCount} items, ${formatBytes(collected.sizeBytes)}, that none of the ${collected.keptRuns} newest runs needs`;
    call.output.result(collected.removed ? `removed ${what}` : `would remove ${what}`);
    if (!collected.removed && collected.itemCount > 0)
      call.output.say(`to remove them: mlspec gc --keep ${keep} --yes`);
  }
  return exitCodes.done;
}
