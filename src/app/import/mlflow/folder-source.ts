/** A folder mlruns, in which MLflow without a server kept everything in files. */
import { join } from 'node:path';
import type { ImportedExperiment } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { entriesOf, foldersOf, type Owner, orLeave, textsOf } from './folder-keys.ts';
import { readFolderModels } from './folder-models.ts';
import { readFolderLoggedModels, readFolderPoints, readFolderRuns } from './folder-runs.ts';
import type { MlflowSource } from './mlflow-source.ts';
import { readMeta, scalar } from './read-meta.ts';
import { lifecycleOf, wholeOf } from './row-values.ts';

/** Where deleted experiments lie. */
const trash = '.trash';

/** Opens a folder mlruns for reading. */
export function openFolderSource(folder: string, leave: LeaveOut): MlflowSource {
  /** Folders of experiments by id, once they were read. */
  const places = new Map<string, string>();
  const place = (id: string): string => places.get(id) ?? join(folder, id);
  return {
    location: folder,
    form: 'MLflow folder',
    home: join(folder, '..'),
    usualRoots: [folder, join(folder, trash)],
    experiments: () => readExperiments(folder, { places, leave }),
    runs: (id) => readFolderRuns(place(id), id, leave),
    points: (run) => readFolderPoints(place(run.experimentId), run.runId, leave),
    loggedModels: (id) => readFolderLoggedModels(place(id), id, leave),
    models: () => readFolderModels(join(folder, 'models'), leave),
    leaveRest: () => leaveTraces(places, leave),
    close: () => Promise.resolve(),
  };
}

async function* readExperiments(
  folder: string,
  { places, leave }: { readonly places: Map<string, string>; readonly leave: LeaveOut },
): AsyncGenerator<ImportedExperiment> {
  for (const root of [folder, join(folder, trash)]) {
    for (const entry of await entriesOf(root)) {
      const isOther = entry.isFile() || entry.name === trash || (root === folder && entry.name === 'models');
      if (isOther) continue;
      const id = entry.name;
      const owner: Owner = { folder: join(root, id), what: `experiment ${id}`, leave };
      if (!entry.isDirectory()) {
        leave(owner.what, 'a link');
        continue;
      }
      if (places.has(id)) continue;
      const experiment = await orLeave(owner, 'meta.yaml', () => readExperiment(owner, id));
      if (experiment === null) continue;
      places.set(id, owner.folder);
      yield experiment;
    }
  }
}

async function readExperiment(owner: Owner, id: string): Promise<ImportedExperiment> {
  const meta = await readMeta(join(owner.folder, 'meta.yaml'));
  const createdAtMs = wholeOf(scalar(meta, 'creation_time')) ?? 0;
  return {
    id,
    name: scalar(meta, 'name') ?? '',
    artifactLocation: scalar(meta, 'artifact_location'),
    lifecycle: lifecycleOf(scalar(meta, 'lifecycle_stage')),
    createdAtMs,
    updatedAtMs: wholeOf(scalar(meta, 'last_update_time')) ?? createdAtMs,
    tags: await textsOf(owner, 'tags'),
  };
}

async function leaveTraces(places: ReadonlyMap<string, string>, leave: LeaveOut): Promise<void> {
  let count = 0;
  for (const folder of places.values()) {
    if ((await foldersOf(folder)).includes('traces')) count += (await foldersOf(join(folder, 'traces'))).length;
  }
  if (count > 0) leave(`${count} traces`, 'this tracker does not keep such things');
}
