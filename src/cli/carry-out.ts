import { portNumber, positiveInteger } from '../app/config.ts';
import type { RunSummary } from '../app/index.ts';
import { type RunRequest, runProject } from '../app/run.ts';
import type { RunEvent } from '../pipeline/index.ts';
import type { StatusServer } from '../server/status/index.ts';
import { agreeToUses } from './agree-to-uses.ts';
import { type CommandCall, isOn, listOption, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { createRunDisplay } from './run-display.ts';
import { printSummary } from './run-summary.ts';
import { trackerEdge } from './tracker-edge.ts';

/** Which verb, and where it ends if not at its own end. */
export interface Verb {
  readonly verb: 'run' | 'release';
  readonly until?: readonly string[];
}

/** Carries the project out for `run` and `release`: preview or live display, summary, exit code. */
export async function carryOut(call: CommandCall, verb: Verb): Promise<number> {
  const request = toRequest(call, verb);
  if (!(await agreeToUses(call, request))) {
    call.output.say('nothing was run, and no use was spent');
    return exitCodes.interrupted;
  }
  if (isOn(call, 'dryRun')) {
    const [{ previewRun }, { printPreview }] = await Promise.all([
      import('../app/index.ts'),
      import('./run-preview.ts'),
    ]);
    printPreview(call.output, await previewRun(call.config, request));
    return exitCodes.done;
  }
  const display = createRunDisplay(call.output);
  const status = await serveStatus(call);
  try {
    const onEvent = (event: RunEvent): void => {
      display.show(event);
      status?.observe(event);
    };
    const summary = await runProject(call.config, { ...request, onEvent, trackerEdge });
    display.close();
    printSummary(call.output, summary);
    return exitCodeOf(summary);
  } finally {
    display.close();
    await status?.close();
  }
}

function toRequest(call: CommandCall, verb: Verb): Omit<RunRequest, 'onEvent'> {
  const profile = textOption(call, 'profile');
  const parallelism = positiveInteger(textOption(call, 'jobs'), '--jobs');
  const until = [...listOption(call, 'until'), ...(verb.until ?? [])];
  const from = listOption(call, 'from');
  const only = listOption(call, 'only');
  const openLineage = textOption(call, 'openlineage');
  return {
    params: listOption(call, 'param'),
    ...(profile === undefined ? {} : { profile }),
    ...(parallelism === undefined ? {} : { parallelism }),
    selection: {
      release: verb.verb === 'release',
      ...(until.length === 0 ? {} : { until }),
      ...(from.length === 0 ? {} : { from }),
      ...(only.length === 0 ? {} : { only }),
    },
    force: forceOf(call),
    failFast: isOn(call, 'failFast'),
    ...(openLineage === undefined ? {} : { openLineage }),
    verb: verb.verb,
    signal: call.signal,
  };
}

function forceOf(call: CommandCall): RunRequest['force'] {
  const value = call.options['force'];
  if (value === true || (Array.isArray(value) && value.includes(true as never))) return 'all';
  return new Set(listOption(call, 'force'));
}

/** The server that `--http` asks for; null where it does not. */
async function serveStatus(call: CommandCall): Promise<StatusServer | null> {
  const port = portNumber(textOption(call, 'http'), '--http');
  if (port === undefined) return null;
  const [{ serveRunStatus }, { programVersion }] = await Promise.all([
    import('../server/status/index.ts'),
    import('../app/index.ts'),
  ]);
  const server = await serveRunStatus({ port, version: programVersion });
  call.output.say(`serving /ok, /varz and /metrics at ${server.address}`);
  return server;
}

function exitCodeOf(summary: RunSummary): number {
  if (summary.state === 'CANCELED') return exitCodes.interrupted;
  if (summary.gates.some((gate) => gate.verdict === 'unknown-before')) return exitCodes.gateUnknown;
  if (summary.gates.some((gate) => gate.verdict === 'fail') || summary.stoppedBy.length > 0)
    return exitCodes.gateRejected;
  return summary.state === 'COMPLETE' ? exitCodes.done : exitCodes.failed;
}
