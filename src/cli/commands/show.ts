import { resolve } from 'node:path';
import {
  copyOutput,
  describeState,
  type RecordedStep,
  showLogs,
  showOutput,
  showRun,
  showStep,
} from '../../app/index.ts';
import { formatBytes, formatDuration, formatInstant } from '../../encoding/index.ts';
import { keptFileType } from '../../pipeline/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

/** `mlspec show [run] [step]`: a run, a step, what it printed, or the content of an output. */
export async function run(call: CommandCall): Promise<number> {
  const [name = 'latest', step] = call.arguments;
  const port = textOption(call, 'output');
  if (isOn(call, 'logs')) await printLogs(call, { run: name, ...(step === undefined ? {} : { step }) });
  else if (step !== undefined && port !== undefined && textOption(call, 'to') !== undefined)
    await copyTo(call, { run: name, step, port });
  else if (step !== undefined && port !== undefined)
    call.output.result(await showOutput(call.config, { run: name, step, port }));
  else if (step !== undefined) await printStep(call, { run: name, step });
  else printRun(call, await showRun(call.config, name));
  return exitCodes.done;
}

async function copyTo(
  call: CommandCall,
  name: { readonly run: string; readonly step: string; readonly port: string },
): Promise<void> {
  const path = resolve(textOption(call, 'to')!);
  const { type, digest, kind, sizeBytes } = await copyOutput(call.config, name, path);
  if (call.output.json) call.output.resultJson({ type: 'result', artifact: { type, digest, kind, sizeBytes }, path });
  else call.output.say(`${type} ${digest.slice(7, 15)} copied to ${path}`);
}

async function printLogs(call: CommandCall, name: { readonly run: string; readonly step?: string }): Promise<void> {
  const logs = await showLogs(call.config, name);
  if (call.output.json) return void call.output.resultJson({ type: 'result', logs });
  for (const log of logs) {
    call.output.say(call.output.style('dim', `── ${log.step} ${log.stream}`));
    call.output.result(log.text.trimEnd());
  }
  if (logs.length === 0) call.output.say('nothing was printed');
}

function printRun(call: CommandCall, { run, steps, datasets }: Awaited<ReturnType<typeof showRun>>): void {
  if (call.output.json) return void call.output.resultJson({ type: 'result', run, steps, datasets });
  const { output } = call;
  output.result(`${output.style('bold', run.id)}  ${run.spec}  ${run.state}  ${formatInstant(run.startedAtMs)}`);
  if (run.git !== null) output.result(`commit   ${run.git.commit}${run.git.clean ? '' : ' with changes'}`);
  output.result(`spec     ${run.specDigest}`);
  for (const one of datasets) output.result(`dataset  ${describeState(one)}`);
  const rows = steps.map(({ execution, outputs }) => [
    execution.step,
    execution.state,
    execution.endedAtMs === null ? '' : formatDuration(execution.endedAtMs - execution.startedAtMs),
    outputs
      .filter((one) => one.artifact.type !== 'Log')
      .map((one) => `${one.port} ${one.artifact.digest.slice(7, 15)} ${formatBytes(one.artifact.sizeBytes)}`)
      .join(', '),
  ]);
  output.result(formatTable(['step', 'state', 'took', 'outputs'], rows));
}

async function printStep(call: CommandCall, name: { readonly run: string; readonly step: string }): Promise<void> {
  const { step, metrics, statements } = await showStep(call.config, name);
  if (call.output.json) return void call.output.resultJson({ type: 'result', step, metrics, statements });
  const { output } = call;
  const { execution } = step;
  output.result(`${output.style('bold', execution.step)}  ${execution.state}  ${execution.id}`);
  if (execution.error !== null)
    output.result(`${output.style('bad', execution.error.code)} ${execution.error.message}`);
  output.result(portLines('input', step.inputs));
  const isKept = (one: RecordedStep['outputs'][number]): boolean => one.artifact.type === keptFileType;
  output.result(
    portLines(
      'output',
      step.outputs.filter((one) => !isKept(one)),
    ),
  );
  if (step.outputs.some(isKept)) output.result(portLines('file', step.outputs.filter(isKept)));
  for (const [key, value] of Object.entries(execution.values))
    output.result(`value    ${key} = ${JSON.stringify(value)}`);
  const last = new Map(metrics.map((point) => [point.name, point]));
  for (const point of last.values())
    output.result(`metric   ${point.name} = ${point.value}${point.step > 0 ? ` at ${point.step}` : ''}`);
  for (const { state, digest } of statements) output.result(`signed   ${state.padEnd(14)} ${digest}`);
}

function portLines(what: string, ports: RecordedStep['inputs']): string {
  return ports
    .map(
      (one) =>
        `${what.padEnd(8)} ${one.port.padEnd(14)} ${one.artifact.type.padEnd(13)} ${one.artifact.digest}  ${formatBytes(one.artifact.sizeBytes)}`,
    )
    .join('\n');
}
