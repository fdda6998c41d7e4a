import { compareWindow } from '../../app/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { withPassingLine } from '../passing-line.ts';
import { isClean, readDriftOptions, tellDrift } from '../tell-drift.ts';

/** `mlspec monitor MODEL FILE`: whether production data are still like those that a model learned from, stated. */
export async function run(call: CommandCall): Promise<number> {
  const { config, output } = call;
  const [from, to] = [textOption(call, 'from'), textOption(call, 'to')];
  if (from === undefined || to === undefined)
    throw new PlatformError('CLI_USAGE', {
      message: 'expected --from and --to, between which the data were served',
      hint: 'For example: --from 2026-11-01 --to 2026-11-08',
    });
  const [name, file] = call.arguments as [string, string];
  const onMessage = (message: string): void => output.say(message);
  const found = await withPassingLine(output, 'comparing columns', (line) =>
    compareWindow(config, { name, file, from, to, ...readDriftOptions(call, line), onMessage }),
  );
  if (output.json) output.resultJson({ type: 'result', ...found });
  else {
    const { statement, why, run, window } = found;
    tellDrift(call, found);
    const rows =
      window.timeColumn === null ? 'as you say: the file has no column of the task’s time' : `by ${window.timeColumn}`;
    output.say(`window ${window.from} to ${window.to}, ${rows}; ${window.leftOutRowCount} rows left out`);
    output.say(
      statement === null ? `not attested: ${why}` : `attested ${statement}; see mlspec verify ${found.model ?? run}`,
    );
  }
  return isClean(found) ? exitCodes.done : exitCodes.failed;
}
