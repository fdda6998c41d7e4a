import { explainStep } from '../../app/index.ts';
import type { CommandCall } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec why STEP`: what changed since the run before, or from which run the result was reused. */
export async function run(call: CommandCall): Promise<number> {
  const [step, run] = call.arguments;
  const explanations = await explainStep(call.config, { step: step!, run });
  if (call.output.json) call.output.resultJson({ type: 'result', explanations });
  else {
    for (const explanation of explanations) {
      call.output.result(`${call.output.style('bold', explanation.step)}  ${explanation.summary}`);
      for (const reason of explanation.reasons) call.output.result(`  - ${reason}`);
    }
  }
  return exitCodes.done;
}
