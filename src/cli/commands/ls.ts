import { listArtifacts, listDatasets, listModels, listRuns, positiveInteger } from '../../app/index.ts';
import { didYouMean, formatBytes, formatDuration, formatInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type CommandCall, textOption } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable } from '../table.ts';

/** `mlspec ls runs|models|artifacts|datasets`. */
export async function run(call: CommandCall): Promise<number> {
  const what = call.arguments[0] ?? 'runs';
  const limit = positiveInteger(textOption(call, 'limit'), '--limit') ?? 20;
  const list = lists[what];
  if (list === undefined)
    throw new PlatformError('CLI_USAGE', {
      message: `expected runs, models, artifacts or datasets, found ${JSON.stringify(what)}`,
      ...didYouMean(what, Object.keys(lists)),
    });
  await list(call, limit);
  return exitCodes.done;
}

const lists: Readonly<Record<string, (call: CommandCall, limit: number) => Promise<void>>> = {
  runs: async (call, limit) => {
    const runs = await listRuns(call.config, limit);
    if (call.output.json) return call.output.resultJson({ type: 'result', runs });
    const rows = runs.map((run) => [
      run.id,
      run.spec,
      String(run.details['verb'] ?? 'run'),
      run.state,
      formatInstant(run.startedAtMs),
      run.endedAtMs === null ? '' : formatDuration(run.endedAtMs - run.startedAtMs),
    ]);
    call.output.result(
      rows.length === 0
        ? 'no runs yet: mlspec run makes the first'
        : formatTable(['run', 'name', 'verb', 'state', 'started', 'took'], rows),
    );
  },
  models: async (call, limit) => {
    const versions = await listModels(call.config, limit);
    if (call.output.json) return void call.output.resultJson({ type: 'result', versions });
    const rows = versions.map((version) => [
      `${version.model}/${version.version}`,
      version.aliases.join(', '),
      version.runId ?? '',
      formatInstant(version.createdAtMs),
    ]);
    call.output.result(
      rows.length === 0
        ? 'no models yet: mlspec release registers the first'
        : formatTable(['model', 'aliases', 'run', 'registered'], rows),
    );
  },
  artifacts: async (call, limit) => {
    const artifacts = await listArtifacts(call.config, limit);
    if (call.output.json) return void call.output.resultJson({ type: 'result', artifacts });
    const rows = artifacts.map((artifact) => [
      artifact.name,
      artifact.type,
      artifact.digest.slice(0, 19),
      formatBytes(artifact.sizeBytes),
    ]);
    call.output.result(formatTable(['artifact', 'type', 'digest', 'size'], rows));
  },
  datasets: async (call, limit) => {
    const datasets = (await listDatasets(call.config)).slice(0, limit);
    if (call.output.json) return void call.output.resultJson({ type: 'result', datasets });
    const rows = datasets.map(({ dataset, state, change }) => [
      dataset,
      state,
      ...(change === null ? ['', '', ''] : [formatInstant(change.setAtMs), change.setBy, change.reason]),
    ]);
    call.output.result(
      rows.length === 0
        ? 'no datasets: a declaration names them under ingestion.sources'
        : formatTable(['dataset', 'state', 'since', 'by', 'reason'], rows),
    );
  },
};
