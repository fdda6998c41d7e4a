import { type DatasetState, readDatasetStates, setDatasetState } from '../app/index.ts';
import { formatInstant } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable } from './table.ts';

/** `mlspec data state NAME [STATE --reason TEXT]`: sets the state of a dataset, or shows how it came to it. */
export async function state(call: CommandCall, words: readonly string[]): Promise<number> {
  const [dataset, wanted, ...more] = words;
  if (dataset === undefined || more.length > 0)
    throw new PlatformError('CLI_USAGE', { message: `expected data state NAME [STATE], found ${words.length} words` });
  if (wanted === undefined) return await show(call, dataset);
  const reason = textOption(call, 'reason') ?? '';
  const change = await setDatasetState(call.config, { dataset, state: wanted, reason });
  if (call.output.json) call.output.resultJson({ type: 'result', change });
  else call.output.say(`${change.dataset} is ${change.state}`);
  return exitCodes.done;
}

async function show(call: CommandCall, dataset: string): Promise<number> {
  const changes = await readDatasetStates(call.config, dataset);
  if (call.output.json) call.output.resultJson({ type: 'result', changes });
  else if (changes.length === 0) call.output.result(`${dataset} is active; its state was never changed`);
  else call.output.result(formatTable(['state', 'since', 'by', 'reason'], changes.map(rowOf)));
  return exitCodes.done;
}

function rowOf({ state, setAtMs, setBy, reason }: DatasetState): string[] {
  return [state, formatInstant(setAtMs), setBy, reason];
}
