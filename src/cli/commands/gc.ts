import { collectGarbage, positiveInteger } from '../../app/index.ts';
import { formatBytes, formatInstant } from '../../encoding/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec gc`: says what would go; with `--yes` removes it. */
export async function run(call: CommandCall): Promise<number> {
  const keep = positiveInteger(textOption(call, 'keep'), '--keep') ?? 20;
  const collected = await collectGarbage(call.config, { keep, remove: isOn(call, 'yes'), signal: call.signal });
  if (call.output.json) call.output.resultJson({ type: 'result', ...collected });
  else {
    const what = `${collected.itemCount} ${collected.itemCount === 1 ? 'item' : 'items'}, ${formatBytes(collected.sizeBytes)}, that ${collected.keptRuns === 1 ? 'the newest run does not need' : `none of the ${collected.keptRuns} newest runs needs`}`;
    call.output.result(collected.removed ? `removed ${what}` : `would remove ${what}`);
    for (const { id, host, pid, startedAtMs } of collected.openRuns)
      call.output.result(
        `kept for ${id}, which process ${pid} on ${host} has been carrying out since ${formatInstant(startedAtMs)}`,
      );
    if (collected.itemCount === 0) call.output.say('what was stored within the last hour stays');
    else if (!collected.removed) call.output.say(`to remove them: mlspec gc --keep ${keep} --yes`);
  }
  return exitCodes.done;
}
