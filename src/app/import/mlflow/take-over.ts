/**
 * A store of MLflow's into the tracker: experiments with their runs and logged models, then registered models, each in a
 * transaction of its own. Whatever is there already stays, so that an import that was interrupted goes on by being begun
 * again.
 */
import { isPlatformError } from '../../../errors/index.ts';
import {
  type ImportedModel,
  type ImportedVersion,
  type RegistryImport,
  readModelSignature,
} from '../../../registry/index.ts';
import type { ImportedExperiment, Refusal, TrackedArtifacts, TrackingImport } from '../../../tracking/index.ts';
import { artifactRootOf, type LoggedModel } from '../../../tracking/index.ts';
import { copyArtifacts } from '../copy-artifacts.ts';
import type { ReportBuilder } from '../import-report.ts';
import { type ArtifactRoots, findPlace, localPath } from './artifact-places.ts';
import type { MlflowSource, SourceRun } from './mlflow-source.ts';

/** From where, to where, and who listens. */
export interface TakeOver {
  readonly source: MlflowSource;
  readonly tracking: TrackingImport;
  readonly registry: RegistryImport;
  readonly artifacts: TrackedArtifacts;
  readonly roots: ArtifactRoots;
  readonly report: ReportBuilder;
  readonly signal: AbortSignal;
  /** Told after each experiment. */
  readonly onExperiment: (name: string, runs: number) => void;
}

/** Addresses of artifacts in the source, as local paths where they are such, and here. */
type Moved = Map<string, string>;

/** Takes over everything. */
export async function takeOver(work: TakeOver): Promise<void> {
  const moved: Moved = new Map();
  for await (const experiment of work.source.experiments()) {
    const id = await takeExperiment(work, experiment);
    if (id === null) continue;
    const runs = await takeRuns(work, { from: experiment.id, to: id, moved });
    for await (const model of work.source.loggedModels(experiment.id)) {
      work.signal.throwIfAborted();
      await takeLoggedModel(work, model, { to: id, moved });
    }
    work.onExperiment(experiment.name, runs);
  }
  for await (const model of work.source.models()) {
    work.signal.throwIfAborted();
    await takeModel(work, model, moved);
  }
  await work.source.leaveRest();
}

async function takeExperiment(work: TakeOver, experiment: ImportedExperiment): Promise<string | null> {
  work.signal.throwIfAborted();
  const what = `experiment ${experiment.name}`;
  const { artifactLocation } = experiment;
  const isHere = artifactLocation === null || localPath(artifactLocation, work.roots.home) !== null;
  // Where clients of the source wrote into a folder, clients of this tracker send their files through it.
  const location = isHere || artifactLocation.startsWith('mlflow-artifacts:') ? null : artifactLocation;
  const written = await orLeave(work, what, () =>
    work.tracking.experiment({ ...experiment, artifactLocation: location }),
  );
  if (written === null) {
    work.report.leave(`runs of ${what}`, 'their experiment was not taken over');
    return null;
  }
  work.report.count('experiments', written.taken);
  leaveAll(work, what, written.refused);
  if (written.id !== experiment.id) work.report.map({ name: experiment.name, from: experiment.id, to: written.id });
  return written.id;
}

/** Does something; what the source has in a wrong form is left out. */
async function orLeave<Result>(work: TakeOver, what: string, take: () => Promise<Result>): Promise<Result | null> {
  try {
    return await take();
  } catch (error) {
    if (!isPlatformError(error) || error.kind !== 'invalid-input') throw error;
    work.report.leave(what, error.message);
    return null;
  }
}

function leaveAll({ report }: TakeOver, owner: string, refused: readonly Refusal[]): void {
  for (const { what, why } of refused) report.leave(`${owner}: ${what}`, why);
}

async function takeRuns(
  work: TakeOver,
  { from, to, moved }: { readonly from: string; readonly to: string; readonly moved: Moved },
): Promise<number> {
  let count = 0;
  for await (const run of work.source.runs(from)) {
    work.signal.throwIfAborted();
    const what = `run ${run.runId}`;
    const uri = hereOf(work, run.artifactUri, { owner: run.runId, folder: `${to}/${run.runId}/artifacts` });
    const written = await orLeave(work, what, () => work.tracking.run({ ...run, experimentId: to, artifactUri: uri }));
    if (written === null) continue;
    count += 1;
    leaveAll(work, what, written.refused);
    const added = await takePoints(work, run);
    work.report.count('runs', written.taken === 'same' && added ? 'more' : written.taken);
    note(work, moved, { from: run.artifactUri, to: uri });
    await takeFiles(work, { what, from: run.artifactUri, to: uri, parts: 3 });
  }
  return count;
}

/** Takes over the points of a run unless it has as many here. @returns whether there are more than before */
async function takePoints({ source, tracking, report, signal }: TakeOver, run: SourceRun): Promise<boolean> {
  const before = await tracking.pointCount(run.runId);
  if (run.pointCount !== null && run.pointCount <= before) return false;
  for await (const points of source.points(run)) {
    signal.throwIfAborted();
    const refused = await tracking.points(run.runId, points);
    report.add('metricPoints', points.length - refused.length);
    for (const { what, why } of refused) report.leave(`run ${run.runId}: ${what}`, why);
  }
  return (await tracking.pointCount(run.runId)) > before;
}

/** Where artifacts of an address lie here: what was in a folder or behind a server is behind this one; the rest stays. */
function hereOf(
  { roots }: TakeOver,
  uri: string,
  { owner, folder }: { readonly owner: string; readonly folder: string },
): string {
  if (uri.startsWith('mlflow-artifacts:')) {
    try {
      const path = artifactRootOf(uri);
      // Somebody else's folder is never shared.
      if (path.endsWith(`/${owner}/artifacts`)) return `mlflow-artifacts:/${path}`;
    } catch (error) {
      if (!isPlatformError(error)) throw error;
    }
    return `mlflow-artifacts:/${folder}`;
  }
  return localPath(uri, roots.home) === null ? uri : `mlflow-artifacts:/${folder}`;
}

function note({ roots }: TakeOver, moved: Moved, { from, to }: { readonly from: string; readonly to: string }): void {
  if (from !== to) moved.set(localPath(from, roots.home) ?? from, to);
}

interface Files {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly parts: number;
}

async function takeFiles(work: TakeOver, { what, from, to, parts }: Files): Promise<void> {
  const place = await findPlace(from, work.roots, { parts });
  if (place.kind === 'elsewhere') {
    work.report.leave(`${what}: artifacts`, `they are at ${from}; clients read them from there`);
  } else if (place.kind === 'refused') work.report.leave(`${what}: artifacts`, place.why);
  if (place.kind !== 'folder') return;
  const { files, bytes } = await copyArtifacts(place.path, {
    ...{ paths: work.artifacts.paths, folder: artifactRootOf(to), owner: what },
    ...{ leave: work.report.leave, signal: work.signal },
  });
  work.report.add('files', files);
  work.report.add('bytes', bytes);
}

async function takeLoggedModel(
  work: TakeOver,
  model: LoggedModel,
  { to, moved }: { readonly to: string; readonly moved: Moved },
): Promise<void> {
  const what = `logged model ${model.modelId}`;
  const { modelId, artifactUri } = model;
  const uri = hereOf(work, artifactUri, { owner: modelId, folder: `${to}/models/${modelId}/artifacts` });
  const row = { ...model, experimentId: to, artifactUri: uri };
  const written = await orLeave(work, what, () => work.tracking.loggedModel(row));
  if (written === null) return;
  work.report.count('loggedModels', written.taken);
  leaveAll(work, what, written.refused);
  note(work, moved, { from: artifactUri, to: uri });
  await takeFiles(work, { what, from: artifactUri, to: uri, parts: 4 });
}

async function takeModel(work: TakeOver, model: ImportedModel, moved: Moved): Promise<void> {
  const what = `registered model ${model.name}`;
  const versions: ImportedVersion[] = [];
  for (const version of model.versions) versions.push(await versionHere(work, version, moved));
  const written = await orLeave(work, what, () => work.registry.model({ ...model, versions }));
  if (written === null) return;
  work.report.count('registeredModels', written.taken);
  work.report.add('modelVersions', written.newVersions);
  leaveAll(work, what, written.refused);
  for (const { ordinal, storageLocation, source, state } of versions) {
    const address = storageLocation ?? source;
    if (state === 'deleted' || address === null || localPath(address, work.roots.home) === null) continue;
    work.report.leave(
      `${what}: files of version ${ordinal}`,
      `they are at ${address}, not among those of a run or logged model`,
    );
  }
}

async function versionHere(work: TakeOver, version: ImportedVersion, moved: Moved): Promise<ImportedVersion> {
  const source = movedAddress(work, version.source, moved);
  const storageLocation = movedAddress(work, version.storageLocation, moved);
  const signature = await readModelSignature(storageLocation ?? source ?? '', work.artifacts);
  return { ...version, source, storageLocation, signature };
}

/** An address below the artifacts of a run or logged model, where those lie here. Prompts have words for addresses. */
function movedAddress({ roots }: TakeOver, address: string | null, moved: Moved): string | null {
  if (address === null) return null;
  const path = /[/\\]/.test(address) ? (localPath(address, roots.home) ?? address) : address;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const to = moved.get(path.slice(0, end));
    if (to !== undefined) return `${to}${path.slice(end)}`;
  }
  return address;
}
