import { importRuns, type RunSourceForm, type RunsImportRequest } from '../app/index.ts';
import { formatBytes, monotonicMs } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import { tellImport } from './tell-import.ts';

/** Takes over runs that another tracker kept and tells what of them was taken over and what was not. */
export async function takeOverRuns(call: CommandCall, form: RunSourceForm): Promise<number> {
  const { output, config, signal } = call;
  const mode = modeOf(call);
  if (mode === 'live' && !output.json) output.say('following; Ctrl-C ends it');
  const progress = showProgress(output, mode);
  const imported = await importRuns(config, {
    ...{ path: call.arguments[0]!, form, mode, signal },
    experiment: textOption(call, 'experiment'),
    artifacts: textOption(call, 'artifacts'),
    store: textOption(call, 'store'),
    ...progress.listener,
  }).finally(progress.end);
  if (output.json) output.resultJson({ type: 'result', ok: !imported.isInterrupted, ...imported });
  else tellImport(output, imported);
  return imported.isInterrupted ? exitCodes.interrupted : exitCodes.done;
}

function modeOf(call: CommandCall): RunsImportRequest['mode'] {
  if (isOn(call, 'keepCredentials') || (isOn(call, 'follow') && isOn(call, 'dryRun'))) {
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: isOn(call, 'keepCredentials')
        ? 'expected --keep-credentials for documents alone, found it with runs of another tracker'
        : 'expected --follow or --dry-run, found both',
    });
  }
  return isOn(call, 'follow') ? 'live' : isOn(call, 'dryRun') ? 'dry' : 'once';
}

/** How often what is read is shown: a line that is drawn over, or lines. */
const drawEachMs = 200;
const sayEachMs = 10_000;

/** Shows how far reading is once it takes more than a second. */
function showProgress(
  output: Output,
  mode: RunsImportRequest['mode'],
): { readonly listener: Pick<RunsImportRequest, 'onBytes' | 'onRun'>; readonly end: () => void } {
  let [bytes, runs, drawn] = [0, 0, false];
  let nextMs = monotonicMs() + 1000;
  const isShown = !output.json && mode !== 'live';
  const show = (): void => {
    if (!isShown || monotonicMs() < nextMs) return;
    const line = `read ${formatBytes(bytes)}, ${runs} ${runs === 1 ? 'run' : 'runs'}`;
    if (output.live) output.draw(`\r\u001b[K${output.style('dim', line)}`);
    else output.say(line);
    drawn = output.live;
    nextMs = monotonicMs() + (output.live ? drawEachMs : sayEachMs);
  };
  return {
    listener: {
      onBytes: (more) => {
        bytes += more;
        show();
      },
      onRun: ({ label }) => {
        runs += 1;
        if (mode === 'live' && !output.json) output.say(output.style('dim', `${label}: read`));
        show();
      },
    },
    end: () => {
      if (drawn) output.draw('\r\u001b[K');
    },
  };
}
