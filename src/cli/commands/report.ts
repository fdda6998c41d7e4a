import { writeReport } from '../../app/index.ts';
import { formatBytes } from '../../encoding/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** `mlspec report [run]`: one HTML page about a run. */
export async function run(call: CommandCall): Promise<number> {
  const path = textOption(call, 'out') ?? 'report.html';
  const report = await writeReport(call.config, { run: call.arguments[0] ?? 'latest', path });
  if (call.output.json) call.output.resultJson({ type: 'result', ...report });
  else call.output.result(`wrote ${path} about ${report.runId}, ${formatBytes(report.sizeBytes)}`);
  return exitCodes.done;
}
