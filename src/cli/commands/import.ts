import {
  type ImportedDocument,
  importOriginals,
  type RunSourceForm,
  recognizeMlflow,
  recognizeRuns,
} from '../../app/index.ts';
import { formatFindings } from '../../spec/index.ts';
import { type CommandCall, isOn, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { takeOverMlflow } from '../import-mlflow.ts';
import { takeOverRuns } from '../import-runs.ts';
import { formatTable } from '../table.ts';

/** `mlspec import`: documents of the original MLSpec as a recorded run, or what another tracker kept into this one. */
export async function run(call: CommandCall): Promise<number> {
  const from = textOption(call, 'from') ?? (await recognize(call.arguments[0]!));
  if (from === 'mlspec') return await recordDocuments(call);
  return from === 'mlflow' ? await takeOverMlflow(call) : await takeOverRuns(call, from as RunSourceForm);
}

async function recognize(path: string): Promise<string> {
  if ((await recognizeMlflow(path)) !== null) return 'mlflow';
  return (await recognizeRuns(path)) ?? 'mlspec';
}

async function recordDocuments(call: CommandCall): Promise<number> {
  const { output, config, signal } = call;
  const { run, findings, documents } = await importOriginals(config, {
    path: call.arguments[0]!,
    credentials: isOn(call, 'keepCredentials') ? 'keep' : 'refuse',
    isDry: isOn(call, 'dryRun'),
    signal,
    onEvent: (event) => {
      if (event.type === 'notice' && !output.json) output.say(output.style('dim', event.message));
    },
  });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (output.json) output.resultJson({ type: 'result', ok: errors === 0, run, documents, findings });
  else {
    if (findings.length > 0) output.say(formatFindings(findings, { color: output.color }));
    if (errors === 0) output.result(tableOf(documents));
  }
  if (errors > 0) {
    output.say(`${output.style('bad', '✗')} ${errors} ${errors === 1 ? 'error' : 'errors'}; nothing was recorded`);
    return exitCodes.usage;
  }
  if (run === null) return exitCodes.done;
  if (run.state === 'CANCELED') return exitCodes.interrupted;
  if (run.state === 'FAILED') return exitCodes.failed;
  output.say(`recorded ${documents.length} ${documents.length === 1 ? 'document' : 'documents'} as ${run.id}`);
  output.say(`next     mlspec show ${run.id} ${documents[0]!.step}`);
  return exitCodes.done;
}

function tableOf(documents: readonly ImportedDocument[]): string {
  const rows = documents.map(({ step, type, origin, file, place, spelled }) => [
    step,
    type,
    origin,
    `${file} ${place}`,
    spelled.length === 0 ? '' : `${spelled.length}`,
  ]);
  return formatTable(['step', 'type', 'registry', 'file and place', 'other spellings'], rows);
}
