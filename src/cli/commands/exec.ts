import { type ExecCode, type ExecResult, execCommand } from '../../app/index.ts';
import { formatBytes, formatDuration } from '../../encoding/index.ts';
import type { RunEvent } from '../../pipeline/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { trackerEdge } from '../tracker-edge.ts';

/** `mlspec exec`: any command as a recorded run. Ends with the exit code of the command. */
export async function run(call: CommandCall): Promise<number> {
  const result = await execCommand(call.config, {
    argv: call.arguments,
    inputs: given(call, 'in'),
    stdin: process.stdin,
    code: given(call, 'code'),
    outputs: given(call, 'out'),
    params: given(call, 'param'),
    metrics: textOption(call, 'metrics') ?? null,
    name: textOption(call, 'name') ?? null,
    isForced: isOn(call, 'force'),
    trackerEdge,
    signal: call.signal,
    onEvent: (event) => show(call, event),
  });
  printResult(call, result);
  if (result.state === 'CANCELED') return exitCodes.interrupted;
  if (result.state === 'COMPLETE') return exitCodes.done;
  return result.exitCode === null || result.exitCode === 0 ? exitCodes.failed : result.exitCode;
}

/** The values of a repeatable option as they were written: paths and values may hold commas. */
function given(call: CommandCall, name: string): readonly string[] {
  const value = call.options[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function show(call: CommandCall, event: RunEvent): void {
  if (call.output.json) return void call.output.resultJson(event);
  if (event.type === 'notice') call.output.say(call.output.style('dim', event.message));
  if (event.type !== 'step-event') return;
  if (event.event.type === 'log') call.output.say(call.output.style('warn', event.event.message));
  if (event.event.type !== 'output') return;
  (event.event.stream === 'stdout' ? process.stdout : process.stderr).write(event.event.text);
}

function printResult(call: CommandCall, result: ExecResult): void {
  const { output } = call;
  if (output.json) return void output.resultJson({ type: 'result', ...result });
  if (result.error !== null) {
    output.say(`${output.style('bad', `error[${result.error.code}]`)} ${result.error.message}`);
  }
  const how = result.isReused ? 'reused, nothing changed' : `${result.state} in ${formatDuration(result.durationMs)}`;
  output.say(output.style('dim', `recorded ${result.name} as ${result.runId}: ${how}`));
  for (const [path, { digest, sizeBytes }] of Object.entries(result.outputs))
    output.say(output.style('dim', `  ${path}  ${digest.slice(7, 15)}  ${formatBytes(sizeBytes)}`));
  output.say(output.style('dim', `  ${describeCode(result.code)}`));
}

const mostNamed = 4;

/** What of a command's code counts when it is given again. */
function describeCode({ files, isWatched }: ExecCode): string {
  const more = files.length > mostNamed ? ` and ${files.length - mostNamed} more` : '';
  const named = `${files.slice(0, mostNamed).join(', ') || 'none'}${more}`;
  return isWatched ? `code, as its Python loaded it: ${named}` : `code: ${named}; what it loads itself is not seen`;
}
