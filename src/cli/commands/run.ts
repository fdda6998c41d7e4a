import { carryOut } from '../carry-out.ts';
import { type CommandCall, textOption } from '../command.ts';

/** `mlspec run`: the declaration up to evaluation, or with `--through testing` as a release. */
export async function run(call: CommandCall): Promise<number> {
  const through = textOption(call, 'through');
  return await carryOut(call, {
    verb: through === 'testing' ? 'release' : 'run',
    ...(through === undefined ? {} : { until: [through] }),
  });
}
