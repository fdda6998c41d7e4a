import { examine } from '../../app/index.ts';
import type { CommandCall } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec doctor`: what is there, what is missing, what to do. */
export async function run(call: CommandCall): Promise<number> {
  const examined = await examine(call.config);
  if (call.output.json) call.output.resultJson({ type: 'result', examined });
  else {
    for (const one of examined) {
      call.output.result(`${call.output.style(one.state, one.state.padEnd(5))} ${one.what.padEnd(10)} ${one.found}`);
      if (one.todo !== undefined && one.state !== 'good')
        call.output.result(`${' '.repeat(16)}${call.output.style('dim', one.todo)}`);
    }
  }
  return examined.some((one) => one.state === 'bad') ? exitCodes.failed : exitCodes.done;
}
