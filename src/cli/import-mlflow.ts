import { importMlflow } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { tellImport } from './tell-import.ts';

/** Takes over a store of MLflow's and tells what of it was taken over and what was not. */
export async function takeOverMlflow(call: CommandCall): Promise<number> {
  const { output, config, signal } = call;
  if (isOn(call, 'keepCredentials')) {
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: 'expected --keep-credentials for documents alone, found it with a store of MLflow',
    });
  }
  const imported = await importMlflow(config, {
    path: call.arguments[0]!,
    artifacts: textOption(call, 'artifacts'),
    store: textOption(call, 'store'),
    isDry: isOn(call, 'dryRun'),
    signal,
    onExperiment: (name, runs) => {
      if (!output.json) output.say(output.style('dim', `${name}: ${runs} ${runs === 1 ? 'run' : 'runs'}`));
    },
  });
  if (output.json) output.resultJson({ type: 'result', ok: !imported.isInterrupted, ...imported });
  else tellImport(call.output, imported);
  return imported.isInterrupted ? exitCodes.interrupted : exitCodes.done;
}
