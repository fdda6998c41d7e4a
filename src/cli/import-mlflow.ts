import { importMlflow, type MlflowImport, type TakenCounts } from '../app/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type CommandCall, isOn, textOption } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable } from './table.ts';

/** What was left out that is named on a terminal; `--json` names more. */
const namedAtMost = 20;

/** Takes over a store of MLflow's and tells what of it was taken over and what was not. */
export async function takeOverMlflow(call: CommandCall): Promise<number> {
  const { output, config, signal } = call;
  if (isOn(call, 'dryRun') || isOn(call, 'keepCredentials')) {
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: 'expected --dry-run and --keep-credentials for documents alone, found them with a store of MLflow',
    });
  }
  const imported = await importMlflow(config, {
    path: call.arguments[0]!,
    artifacts: textOption(call, 'artifacts'),
    store: textOption(call, 'store'),
    signal,
    onExperiment: (name, runs) => {
      if (!output.json) output.say(output.style('dim', `${name}: ${runs} ${runs === 1 ? 'run' : 'runs'}`));
    },
  });
  if (output.json) output.resultJson({ type: 'result', ok: !imported.isInterrupted, ...imported });
  else tell(call, imported);
  return imported.isInterrupted ? exitCodes.interrupted : exitCodes.done;
}

function tell({ output }: CommandCall, imported: MlflowImport): void {
  output.result(tableOf(imported));
  for (const { name, from, to } of imported.mapped) output.say(`experiment ${name} has the id ${to} here, not ${from}`);
  for (const { what, why } of imported.left.slice(0, namedAtMost)) output.say(`not taken over  ${what}: ${why}`);
  const more = imported.leftCount - Math.min(imported.left.length, namedAtMost);
  if (more > 0) output.say(`not taken over  ${more} more; --json names the first ${imported.left.length}`);
  output.say(output.style('dim', `from ${imported.source.location} (${imported.source.form}) into ${imported.store}`));
  if (imported.isInterrupted) output.say('interrupted: the same command goes on');
}

function tableOf(imported: MlflowImport): string {
  const { experiments, runs, loggedModels, registeredModels, artifacts } = imported;
  const row = (what: string, { new: fresh, more, same }: TakenCounts): string[] => [
    what,
    ...[fresh, more, same].map((count) => `${count}`),
  ];
  return formatTable(
    ['', 'new', 'more of', 'as before'],
    [
      row('experiments', experiments),
      row('runs', runs),
      ['metric points', `${imported.metricPoints}`, '', ''],
      row('logged models', loggedModels),
      row('registered models', registeredModels),
      ['model versions', `${imported.modelVersions}`, '', ''],
      ['artifacts', `${artifacts.files}`, '', ''],
    ],
  );
}
