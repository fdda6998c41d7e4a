/** Runs into the tracker. */
import { now } from '../../../encoding/index.ts';
import { isPlatformError } from '../../../errors/index.ts';
import {
  type ArtifactPath,
  type ArtifactPaths,
  artifactRootOf,
  type ImportProgress,
  joinPath,
  type TrackedArtifacts,
  type TrackingImport,
} from '../../../tracking/index.ts';
import { copyArtifact, copyArtifacts } from '../copy-artifacts.ts';
import type { ReportBuilder } from '../import-report.ts';
import type { FoundRun, RunEnd, RunPart, RunTarget, SourceFile } from './run-source.ts';

/** What runs are written with. */
export interface TargetParts {
  readonly tracking: TrackingImport;
  readonly progress: ImportProgress;
  readonly artifacts: TrackedArtifacts;
  readonly report: ReportBuilder;
  readonly signal: AbortSignal;
}

/** A target that writes. Its methods may throw the errors of the database and of the artifact store. */
export function trackerTarget(parts: TargetParts): RunTarget {
  const experiments = new Map<string, string>();
  return {
    open: async (run) => {
      const known = experiments.get(run.experiment);
      const experiment = known ?? (await experimentOf(parts, run.experiment));
      experiments.set(run.experiment, experiment);
      return (await writeRun(parts, run, { experiment, status: 'RUNNING', endedAtMs: null })) === 'new';
    },
    positions: (runId) => parts.progress.positions(runId),
    add: (run, part) => addPart(parts, { run, root: rootOf(experiments, run) }, part),
    end: async (run, end) => {
      const experiment = experiments.get(run.experiment)!;
      return (await writeRun(parts, run, { experiment, ...end })) !== 'same';
    },
  };
}

async function experimentOf({ tracking, report }: TargetParts, name: string): Promise<string> {
  const at = now();
  const { id, taken, refused } = await tracking.experiment({
    ...{ id: '', name, artifactLocation: null, lifecycle: 'active', createdAtMs: at, updatedAtMs: at, tags: [] },
  });
  report.count('experiments', taken);
  for (const { what, why } of refused) report.leave(`experiment ${name}: ${what}`, why);
  return id;
}

async function writeRun(
  { tracking, report }: TargetParts,
  run: FoundRun,
  { experiment, status, endedAtMs }: RunEnd & { readonly experiment: string },
): Promise<'new' | 'more' | 'same'> {
  const { runId, name, userId, startedAtMs, tags } = run;
  const { taken, refused } = await tracking.run({
    ...{ runId, experimentId: experiment, name, userId, status, startedAtMs, endedAtMs },
    artifactUri: `mlflow-artifacts:/${experiment}/${runId}/artifacts`,
    ...{ lifecycle: 'active', deletedAtMs: null, params: [], datasetInputs: [], modelInputs: [], modelOutputs: [] },
    tags: [{ key: 'mlflow.runName', value: name }, ...tags],
  });
  for (const { what, why } of refused) report.leave(`run ${run.label}: ${what}`, why);
  return taken;
}

function rootOf(experiments: ReadonlyMap<string, string>, run: FoundRun): ArtifactPath {
  return artifactRootOf(`mlflow-artifacts:/${experiments.get(run.experiment)!}/${run.runId}/artifacts`) as ArtifactPath;
}

interface Place {
  readonly run: FoundRun;
  readonly root: ArtifactPath;
}

async function addPart(parts: TargetParts, place: Place, part: RunPart): Promise<number> {
  const { files = [], purgeFolders = [], purgeFromStep, ...addition } = part;
  if (purgeFromStep !== undefined) {
    for (const folder of purgeFolders) await purgeFiles(parts, joinPath(place.root, folder), purgeFromStep);
  }
  let stored = 0;
  for (const file of files) stored += await storeFile(parts, place, file);
  const all = { ...addition, ...(purgeFromStep === undefined ? {} : { purgeFromStep }) };
  const { points, texts, refused } = await parts.progress.add(place.run.runId, all);
  for (const { what, why } of refused) parts.report.leave(`run ${place.run.label}: ${what}`, why);
  parts.report.add('metricPoints', points);
  return points + texts + stored;
}

async function storeFile(
  { artifacts: { paths }, report, signal }: TargetParts,
  { run, root }: Place,
  file: SourceFile,
): Promise<number> {
  const owner = `run ${run.label}`;
  try {
    if (file.kind === 'bytes') {
      await putBytes(paths, joinPath(root, file.path), file.bytes);
      report.add('files', 1);
      report.add('bytes', file.bytes.length);
      return 1;
    }
    const copy = { paths, owner, leave: report.leave, signal };
    const copied =
      file.kind === 'file'
        ? await copyArtifact(file.file, file.path, { ...copy, folder: root })
        : await copyArtifacts(file.folder, {
            ...copy,
            folder: file.path === '' ? root : joinPath(root, file.path),
            linksInto: file.linksInto,
          });
    report.add('files', copied.files);
    report.add('bytes', copied.bytes);
    return copied.files;
  } catch (error) {
    if (!isPlatformError(error) || !['invalid-input', 'conflict'].includes(error.kind)) throw error;
    report.leave(`${owner}: ${file.path.slice(0, 200)}`, error.message);
    return 0;
  }
}

async function putBytes(paths: ArtifactPaths, path: ArtifactPath, bytes: Uint8Array): Promise<void> {
  await paths.put(
    path,
    (async function* () {
      yield bytes;
    })(),
  );
}

/** Removes the files of a folder, and of the folders in it, whose names begin with a step that is not below the given one. */
async function purgeFiles(parts: TargetParts, folder: ArtifactPath, fromStep: bigint): Promise<void> {
  const { paths } = parts.artifacts;
  for (const { name, sizeBytes } of await paths.list(folder)) {
    const step = /^(-?\d+)[-.]/.exec(name);
    if (sizeBytes === null) await purgeFiles(parts, joinPath(folder, name), fromStep);
    else if (step !== null && BigInt(step[1]!) >= fromStep) await paths.remove(joinPath(folder, name));
  }
}
