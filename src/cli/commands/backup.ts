import { backUp, placedAt } from '../../app/index.ts';
import { formatBytes } from '../../encoding/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec backup`: prints where the backup is. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const backup = await backUp(placedAt(config, textOption(call, 'store')), call.arguments[0]!, signal);
  if (output.json) output.resultJson({ type: 'result', ...backup });
  else {
    const { folder, rowCount, itemCount, sizeBytes, newItemCount } = backup;
    output.result(folder);
    output.say(
      `${rowCount} rows, ${itemCount} items of content (${formatBytes(sizeBytes)}), ${newItemCount} of them new`,
    );
    output.say(`to bring it back: mlspec restore ${folder} --store PLACE`);
  }
  return exitCodes.done;
}
