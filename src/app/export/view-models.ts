import type { JsonObject } from '../../encoding/index.ts';
import {
  type ArtifactView,
  type ColumnView,
  type EvaluationView,
  lastAttemptsOf,
  type MeasureView,
  type ModelView,
  type PartView,
  type RunView,
  type StepView,
} from '../../exports/index.ts';
import { openRegistry } from '../../registry/index.ts';
import { lastAttempts, readJsonOutput } from '../records.ts';
import { readPackageSignature } from '../register.ts';
import type { RunSources } from './run-sources.ts';

type Measurements = Readonly<
  Record<
    string,
    {
      readonly value: number | null;
      readonly interval: {
        readonly low: number;
        readonly high: number;
        readonly confidence?: number;
        readonly method: string;
      } | null;
    }
  >
>;

interface EvaluationShape {
  readonly on: string;
  readonly rowCount: number;
  readonly metrics: Measurements;
  readonly baselines?: Readonly<Record<string, Measurements>>;
  readonly slices?: readonly {
    readonly slice: string;
    readonly value: string;
    readonly rowCount: number;
    readonly metrics: Measurements;
  }[];
  readonly objectives?: Readonly<
    Record<
      string,
      { readonly that: string; readonly gate: string; readonly value: number | null; readonly met: boolean | null }
    >
  >;
}

/** The models that a run left, each with its package, its evaluation, and the part it learnt from. */
export async function viewModels(
  sources: RunSources,
  steps: readonly StepView[],
  parts: readonly PartView[],
): Promise<ModelView[]> {
  const last = lastAttemptsOf({ steps });
  const trained = last.flatMap((training) =>
    training.stage === 'training'
      ? training.outputs.filter(({ type }) => type === 'Model').map((artifact) => ({ training, artifact }))
      : [],
  );
  const kept = chosenOf(trained, last);
  return await Promise.all(kept.map((one) => viewModel(sources, { ...one, steps: last, parts })));
}

interface Trained {
  readonly training: StepView;
  readonly artifact: ArtifactView;
}

/**
 * Of a search only what was chosen counts: models that a later step reads beside those that choose. It is the trial's that
 * made it: the step that chose hands on the same content.
 */
function chosenOf(trained: readonly Trained[], steps: readonly StepView[]): readonly Trained[] {
  const used = steps.filter(({ stage }) => stage === 'packaging' || stage === 'evaluation');
  const chosen = trained.filter(({ artifact }) =>
    used.some(({ inputs }) => inputs.some(({ digest }) => digest === artifact.digest)),
  );
  const makers = new Map<string, Trained>();
  for (const one of chosen.length > 0 ? chosen : trained) {
    const known = makers.get(one.artifact.digest);
    if (known === undefined || known.training.component === 'builtin') makers.set(one.artifact.digest, one);
  }
  return [...makers.values()];
}

async function viewModel(
  sources: RunSources,
  of: Trained & { readonly steps: readonly StepView[]; readonly parts: readonly PartView[] },
): Promise<ModelView> {
  const { training, artifact, steps, parts } = of;
  const readers = steps.filter(({ inputs }) => inputs.some(({ digest }) => digest === artifact.digest));
  const packaging = readers.find(({ stage }) => stage === 'packaging');
  const packaged = packaging?.outputs.find(({ type }) => type === 'Package');
  const evaluation = readers.find(
    ({ stage, outputs }) => stage === 'evaluation' && outputs.some(({ port }) => port === 'metrics'),
  );
  const planned = sources.plan?.steps.find(({ name }) => name === training.name)?.model ?? null;
  const signature =
    packaged === undefined ? {} : await readPackageSignature(sources.record, packaged.digest).catch(() => ({}));
  return {
    name: planned === null ? sources.recorded.run.spec : `${sources.recorded.run.spec}-${planned}`,
    version: packaged === undefined ? null : await versionOf(sources, packaged),
    artifact: packaged ?? artifact,
    training,
    library: await libraryOf(sources, { training, packaging }),
    architecture: propertyOf(sources, training, 'class'),
    inputs: columnsOf(signature, 'inputs'),
    outputs: columnsOf(signature, 'outputs'),
    evaluation: evaluation === undefined ? null : await viewEvaluation(sources, evaluation),
    trainedOn: trainedOn(training, { steps, parts }),
  };
}

async function versionOf({ record, recorded }: RunSources, packaged: ArtifactView): Promise<string | null> {
  const registry = await openRegistry(record.metadata.database);
  const versions = await registry.versionsOfPackage(packaged.digest);
  return versions.find(({ model }) => model === recorded.run.spec)?.version ?? versions[0]?.version ?? null;
}

async function libraryOf(
  sources: RunSources,
  { training, packaging }: { readonly training: StepView; readonly packaging: StepView | undefined },
): Promise<ModelView['library']> {
  const step = packaging === undefined ? undefined : lastAttempts(sources.recorded).get(packaging.name);
  const report = await readJsonOutput<{ library?: string; requirements?: readonly string[] }>(
    sources.record,
    step,
    'report',
  ).catch(() => null);
  const name = report?.library ?? propertyOf(sources, training, 'flavor');
  if (name === null || name === undefined) return null;
  const packages = [name, ...(libraryPackages[name] ?? [])];
  const line = report?.requirements?.find((one) => packages.includes(one.split('==')[0]!));
  return { name, version: line?.split('==')[1] ?? null };
}

/** Libraries whose package has another name. */
const libraryPackages: Readonly<Record<string, readonly string[]>> = { sklearn: ['scikit-learn'], pytorch: ['torch'] };

function propertyOf({ recorded }: RunSources, { name }: StepView, property: string): string | null {
  const model = lastAttempts(recorded)
    .get(name)
    ?.outputs.find(({ artifact }) => artifact.type === 'Model');
  const value = model?.artifact.properties[property];
  return typeof value === 'string' ? value : null;
}

/** MLflow keeps columns as JSON inside the JSON of a signature. */
function columnsOf(signature: JsonObject, side: 'inputs' | 'outputs'): ColumnView[] {
  const text = signature[side];
  if (typeof text !== 'string') return [];
  const columns = JSON.parse(text) as readonly { readonly name?: string; readonly type?: string }[];
  return columns.flatMap(({ name, type }) => (name === undefined || type === undefined ? [] : [{ name, type }]));
}

async function viewEvaluation({ record, recorded }: RunSources, step: StepView): Promise<EvaluationView | null> {
  const evaluated = lastAttempts(recorded).get(step.name);
  // What was collected is not known any more.
  const read = await readJsonOutput<EvaluationShape>(record, evaluated, 'metrics').catch(() => null);
  if (read === null) return null;
  const { metrics, slices = [], baselines = {}, objectives = {} } = read;
  return {
    on: read.on,
    rowCount: read.rowCount,
    step: step.name,
    measures: [
      ...measuresOf(metrics, null),
      ...slices.flatMap(({ slice, value, rowCount, metrics: own }) =>
        measuresOf(own, { name: slice, value, rowCount }),
      ),
    ],
    baselines: Object.fromEntries(Object.entries(baselines).map(([name, own]) => [name, measuresOf(own, null)])),
    objectives: Object.entries(objectives).map(([name, { that, gate, value, met }]) => ({
      name,
      that,
      gate,
      value,
      met,
    })),
  };
}

function measuresOf(metrics: Measurements, slice: MeasureView['slice']): MeasureView[] {
  return Object.entries(metrics).map(([metric, { value, interval }]) => ({
    metric,
    value,
    interval:
      interval === null
        ? null
        : { low: interval.low, high: interval.high, confidence: interval.confidence ?? null, method: interval.method },
    slice,
  }));
}

/** The parts whose data went into training, through the steps between. */
function trainedOn(
  training: StepView,
  { steps, parts }: { readonly steps: readonly StepView[]; readonly parts: RunView['parts'] },
): ArtifactView[] {
  const found: ArtifactView[] = [];
  const seen = new Set<StepView>();
  for (let waiting: StepView[] = [training]; waiting.length > 0; ) {
    const step = waiting.pop()!;
    if (seen.has(step)) continue;
    seen.add(step);
    for (const read of step.inputs.filter(({ port, type }) => port === 'train' && type === 'Dataset')) {
      const own = parts.filter(({ artifact }) => artifact.digest === read.digest);
      if (own.length > 0) found.push(...own.map(({ artifact }) => artifact));
      else waiting = [...waiting, ...steps.filter(({ name }) => name === read.step)];
    }
  }
  return [...new Map(found.map((artifact) => [artifact.digest, artifact])).values()];
}
