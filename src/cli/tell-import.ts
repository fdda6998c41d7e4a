import type { TakenCounts, TrackerImport } from '../app/index.ts';
import type { Output } from './output.ts';
import { formatTable } from './table.ts';

/** What was left out that is named on a terminal; `--json` names more. */
const namedAtMost = 20;

/** Tells what of a tracker was taken over and what was not. */
export function tellImport(output: Output, imported: TrackerImport): void {
  output.result(tableOf(imported));
  for (const { name, from, to } of imported.mapped) output.say(`experiment ${name} has the id ${to} here, not ${from}`);
  for (const { what, why } of imported.left.slice(0, namedAtMost)) output.say(`not taken over  ${what}: ${why}`);
  const more = imported.leftCount - Math.min(imported.left.length, namedAtMost);
  if (more > 0) output.say(`not taken over  ${more} more; --json names the first ${imported.left.length}`);
  const into = imported.store === '' ? 'nothing was written' : `into ${imported.store}`;
  output.say(output.style('dim', `from ${imported.source.location} (${imported.source.form}) ${into}`));
  if (imported.isInterrupted) output.say('interrupted: the same command goes on');
}

function tableOf(imported: TrackerImport): string {
  const { experiments, runs, loggedModels, registeredModels, artifacts } = imported;
  const row = (what: string, { new: fresh, more, same }: TakenCounts): string[] => [
    what,
    ...[fresh, more, same].map((count) => `${count}`),
  ];
  // Only MLflow has models.
  const hasModels = [loggedModels, registeredModels].some(({ new: fresh, more, same }) => fresh + more + same > 0);
  return formatTable(
    ['', 'new', 'more of', 'as before'],
    [
      row('experiments', experiments),
      row('runs', runs),
      ['metric points', `${imported.metricPoints}`, '', ''],
      ...(hasModels
        ? [
            row('logged models', loggedModels),
            row('registered models', registeredModels),
            ['model versions', `${imported.modelVersions}`, '', ''],
          ]
        : []),
      ['artifacts', `${artifacts.files}`, '', ''],
    ],
  );
}
