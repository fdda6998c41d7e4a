import { type Digest, isDigest, type JsonObject } from '../../encoding/index.ts';
import type { ArtifactView, ColumnView, FeatureView, StatementView, StepView } from '../../exports/index.ts';
import type { ArtifactRecord, ExecutionRecord } from '../../metadata/index.ts';
import {
  declaredFilesOf,
  isBeside,
  type KeyIngredients,
  type PlanStep,
  predecessors,
  projectFilesOf,
} from '../../pipeline/index.ts';
import type { PortArtifact, RecordedStep } from '../records.ts';

/** What is known beside a step itself. */
export interface StepFacts {
  readonly plan: ReadonlyMap<string, PlanStep>;
  /** By execution. */
  readonly statements: ReadonlyMap<string, StatementView>;
  /** Executions whose results were reused, by id: these loaded the code. */
  readonly originals: ReadonlyMap<string, ExecutionRecord>;
  /** Which step of the run left an artifact, by the artifact's id. */
  readonly madeBy: ReadonlyMap<string, { readonly step: string; readonly port: string }>;
}

/** One attempt as exports see it. Logs are left out. */
export function viewStep({ execution, inputs, outputs }: RecordedStep, facts: StepFacts): StepView {
  const planned = facts.plan.get(execution.step);
  const original = execution.cachedFrom === null ? execution : (facts.originals.get(execution.cachedFrom) ?? execution);
  const ingredients = (execution.code['ingredients'] ?? {}) as Partial<KeyIngredients>;
  const component = (planned?.component ?? ingredients.component ?? {}) as JsonObject;
  const environment = execution.environment?.['digest'];
  const { error } = execution;
  return {
    execution: execution.id,
    name: execution.step,
    stage: execution.kind,
    component: String(component['kind'] ?? execution.kind),
    entryPoint: entryPointOf(component),
    state: execution.state,
    attempt: execution.attempt,
    startedAtMs: execution.startedAtMs,
    endedAtMs: execution.endedAtMs,
    params: execution.params,
    seed: planned?.seed ?? ingredients.seed ?? null,
    needs: planned === undefined ? [] : predecessors(planned),
    inputs: artifactsOf(inputs, facts),
    outputs: artifactsOf(outputs, facts, execution.step),
    error: error === null ? null : { code: error.code, message: error.message },
    environment: isDigest(environment) ? environment : null,
    code: projectFiles(original),
    files: declaredFilesOf(ingredients.external ?? {}).map(([path, digest]) => ({ path, digest })),
    sql: sqlOf(component, execution.params),
    features: featuresOf(execution.params, outputs),
    statement: facts.statements.get(execution.id) ?? null,
  };
}

function artifactsOf(ports: readonly PortArtifact[], facts: StepFacts, maker?: string): ArtifactView[] {
  return ports
    .filter(({ artifact }) => artifact.type !== 'Log')
    .map(({ port, index, artifact }) => {
      const made = maker === undefined ? facts.madeBy.get(artifact.id) : { step: maker, port };
      const name = made === undefined ? `earlier/${artifact.id}` : `${made.step}/${made.port}`;
      return {
        ...viewArtifact(artifact),
        step: made?.step ?? null,
        name: index === 0 ? name : `${name}/${index}`,
        port,
        index,
      };
    });
}

function viewArtifact({
  type,
  kind,
  digest,
  sizeBytes,
  properties,
}: ArtifactRecord): Omit<ArtifactView, 'step' | 'name' | 'port' | 'index'> {
  const { columns, rowCount } = properties;
  const isOpen = type !== 'SealedDataset';
  return {
    type,
    kind,
    digest,
    sizeBytes,
    columns:
      isOpen && Array.isArray(columns)
        ? (columns as unknown as ColumnView[]).map(({ name, type: of }) => ({ name, type: of }))
        : [],
    rowCount: typeof rowCount === 'number' ? rowCount : null,
    statistics: [],
  };
}

function entryPointOf(component: JsonObject): string | null {
  const text = (name: string): string => String(component[name] ?? '');
  switch (component['kind']) {
    case 'python':
      return `${text('module')}:${text('function')}`;
    case 'typescript':
      return `${text('file')}#${text('export')}`;
    case 'command':
      return (component['argv'] as readonly string[]).join(' ');
    case 'container':
      return text('image');
    default:
      return null;
  }
}

function projectFiles({ code }: ExecutionRecord): StepView['code'] {
  return projectFilesOf((code['files'] ?? {}) as Record<string, Digest>)
    .filter(([path]) => !isBeside(path))
    .map(([path, digest]) => ({ path, digest }));
}

function sqlOf(component: JsonObject, params: JsonObject): string | null {
  const text =
    component['kind'] === 'sql' ? component['sql'] : (params['query'] as JsonObject | null | undefined)?.['sql'];
  return typeof text === 'string' && text !== '' ? text : null;
}

/** What a fitted transformation says that its features are made of. */
function featuresOf(params: JsonObject, outputs: readonly PortArtifact[]): FeatureView[] {
  const transform = outputs.find(({ artifact }) => artifact.type === 'Transform');
  const lineage = (transform?.artifact.properties['lineage'] ?? {}) as Record<string, readonly string[]>;
  const expressions = (params['features'] ?? {}) as JsonObject;
  return Object.entries(lineage).map(([name, sources]) => ({
    name,
    expression: typeof expressions[name] === 'string' ? expressions[name] : null,
    sources,
  }));
}
