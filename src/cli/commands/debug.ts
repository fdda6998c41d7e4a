import { debugStep } from '../../app/index.ts';
import { type CommandCall, listOption, textOption } from '../command.ts';

/** `mlspec debug STEP`: one step with its real inputs under a debugger. Ends with the exit code of the step's process. */
export async function run(call: CommandCall): Promise<number> {
  const profile = textOption(call, 'profile');
  return await debugStep(call.config, {
    step: call.arguments[0]!,
    params: listOption(call, 'param'),
    ...(profile === undefined ? {} : { profile }),
    signal: call.signal,
    onProgress: (message) => call.output.say(call.output.style('dim', message)),
  });
}
