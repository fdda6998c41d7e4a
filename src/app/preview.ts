import { isPlatformError } from '../errors/index.ts';
import type { EngineServices, Plan } from '../pipeline/index.ts';
import {
  codeReasons,
  compareCodeSet,
  compareIngredients,
  describeReason,
  executionKey,
  identifyStep,
  type KeyIngredients,
  keyIngredients,
  mayReuse,
  namedSteps,
  type PlanStep,
  type PublishedOutput,
  predecessors,
  resolveInput,
  selectSteps,
} from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { requireUsableDatasets } from './dataset-states.ts';
import { openEngine } from './engine.ts';
import { type PlannedSpec, planProject } from './plan-project.ts';
import { openRecord, type ProjectRecord } from './project-record.ts';
import type { RunRequest } from './run.ts';
import { openSigning } from './signing.ts';
import { ingredientsOf } from './why.ts';

/** What one step would do. */
export interface StepPreview {
  readonly step: string;
  readonly stage: string;
  readonly would: 'run' | 'reuse' | 'depends';
  readonly reasons: readonly string[];
}

/** What a run would do, step by step. */
export interface RunPreview {
  readonly planned: PlannedSpec;
  readonly steps: readonly StepPreview[];
  readonly declaredOnly: Plan['declaredOnly'];
}

/**
 * What a run would do now, without running anything. A step whose inputs are made by a step that would run may still be
 * reused (its inputs can come out equal): it `depends`.
 */
export async function previewRun(config: Config, request: Omit<RunRequest, 'onEvent'>): Promise<RunPreview> {
  const planned = await planProject(config, request);
  const record = await openRecord(config);
  try {
    const services = await openEngine(config, record, { onProgress: () => undefined, signing: openSigning(config) });
    const { plan, recordedOnly } = selectSteps(planned.plan, request.selection);
    await requireUsableDatasets(record.metadata, { plan, recordedOnly, ingestion: planned.spec.ingestion });
    const force = namedSteps(plan, request.force);
    const known = new Map<string, Readonly<Record<string, PublishedOutput>>>();
    const steps: StepPreview[] = [];
    for (const step of plan.steps)
      steps.push(
        await previewStep(step, {
          known,
          services,
          record,
          request: { ...request, force },
          name: plan.name,
          pinned: planned.baselines.artifacts,
        }),
      );
    return { planned, steps, declaredOnly: planned.plan.declaredOnly };
  } finally {
    await record.close();
  }
}

/** What looking steps up in the record works with: `known` grows with every step that would be reused. */
export interface PreviewWork {
  readonly known: Map<string, Readonly<Record<string, PublishedOutput>>>;
  readonly services: EngineServices;
  readonly record: ProjectRecord;
  readonly name: string;
  readonly pinned: PlannedSpec['baselines']['artifacts'];
  readonly request: Pick<RunRequest, 'force' | 'signal'>;
}

/** What one step would do; its predecessors must have been asked before. */
export async function previewStep(step: PlanStep, work: PreviewWork): Promise<StepPreview> {
  const at = { step: step.name, stage: step.stage };
  const unknown = predecessors(step).filter((name) => !work.known.has(name));
  if (unknown.length > 0) return { ...at, would: 'depends', reasons: [`on what ${unknown.join(', ')} makes`] };
  let ingredients: KeyIngredients;
  try {
    ingredients = await ingredientsNow(step, work);
  } catch (error) {
    if (!isPlatformError(error) || !/^CONTAINER_/.test(error.code)) throw error;
    return { ...at, would: 'run', reasons: [error.message] };
  }
  const forced = work.request.force === 'all' || work.request.force.has(step.name);
  if (forced) return { ...at, would: 'run', reasons: ['it was asked for with --force'] };
  if (!mayReuse(step, ingredients.external))
    return {
      ...at,
      would: 'run',
      reasons: ['its result may not be reused: what it reads cannot be identified, or cache is false'],
    };
  for (const entry of await work.record.metadata.findCached(executionKey(ingredients))) {
    const differences = await compareCodeSet(entry.codeSet, work.services.code);
    if (differences.length > 0) return { ...at, would: 'run', reasons: codeReasons(differences).map(describeReason) };
    work.known.set(step.name, entry.outputs as Readonly<Record<string, PublishedOutput>>);
    return { ...at, would: 'reuse', reasons: ['nothing changed'] };
  }
  const [before] = await work.record.metadata.previousExecutions(step.name, { spec: work.name, limit: 1 });
  const reasons =
    before === undefined
      ? ['no earlier execution is recorded']
      : compareIngredients(ingredientsOf(before), ingredients).map(describeReason);
  return { ...at, would: 'run', reasons };
}

async function ingredientsNow(step: PlanStep, work: PreviewWork): Promise<KeyIngredients> {
  const { services, known, request, pinned } = work;
  const inputs = Object.fromEntries(
    Object.entries(step.inputs).map(([port, input]) => [
      port,
      resolveInput(input, (source) => known.get(source.step)?.[source.port], pinned),
    ]),
  );
  const question = { signal: request.signal, missing: 'refuse' as const, onNotice: () => undefined };
  const { environment, external } = await identifyStep(step, services, question);
  return keyIngredients(step, { inputs, environment: environment?.digest ?? null, external });
}
