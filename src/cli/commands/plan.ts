import { previewRun } from '../../app/index.ts';
import { type CommandCall, isOn, listOption, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printPrices } from '../prices.ts';
import { printPreview } from '../run-preview.ts';

/** `mlspec plan`: what would run, what would be reused and why, what is declared only, and what each gate costs. */
export async function run(call: CommandCall): Promise<number> {
  const profile = textOption(call, 'profile');
  const preview = await previewRun(call.config, {
    params: listOption(call, 'param'),
    ...(profile === undefined ? {} : { profile }),
    selection: { release: isOn(call, 'release') },
    force: new Set<string>(),
    failFast: false,
    verb: isOn(call, 'release') ? 'release' : 'run',
    signal: call.signal,
  });
  printPreview(call.output, preview);
  if (!call.output.json) printPrices(call.output, preview.planned.spec);
  return exitCodes.done;
}
