import { placedAt, restoreBackup } from '../../app/index.ts';
import { formatInstant } from '../../encoding/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec restore`: says what was restored. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output, signal } = call;
  const restored = await restoreBackup(placedAt(config, textOption(call, 'store')), call.arguments[0]!, signal);
  if (output.json) output.resultJson({ type: 'result', ...restored });
  else {
    const { createdAtMs, rowCount, itemCount } = restored;
    output.result(`restored ${rowCount} rows and ${itemCount} items of content of ${formatInstant(createdAtMs)}`);
  }
  return exitCodes.done;
}
