import type { JsonObject } from '../../encoding/index.ts';
import type { Component, GraphBuilder, PlanInput, PlanStepDraft, PortSource } from '../../pipeline/index.ts';
import { modelEnvironment } from '../../pipeline/index.ts';
import type { ResolvedSpec, TrainingSpec } from '../../spec/index.ts';

/** What the steps of training are planned from, and where they are added. */
export interface TrainingPlan {
  readonly spec: ResolvedSpec;
  readonly training: TrainingSpec;
  readonly graph: GraphBuilder;
}

/** Where a step that trains finds its rows. */
export interface TrainedRows {
  /** The step that transformed them. */
  readonly transformation: string;
  /** The step that leaves the training part: the same, or one that samples and weighs its rows; see `addRows`. */
  readonly train: string;
}

/** A step that trains a model with the project's own code; it has no name and no parameters yet. */
export function trainingStep(
  spec: ResolvedSpec,
  training: TrainingSpec,
  rows: TrainedRows,
): Omit<PlanStepDraft, 'name'> {
  return {
    stage: 'training',
    component: training.implementation as Component,
    inputs: {
      ...Object.fromEntries(
        givenParts(spec, training).map((part): [string, PlanInput] => [
          part,
          { type: 'Dataset', sources: [{ step: part === 'train' ? rows.train : rows.transformation, port: part }] },
        ]),
      ),
      transform: { type: 'Transform', sources: [{ step: rows.transformation, port: 'transform' }] },
    },
    outputs: { model: { type: 'Model' } },
    environment: modelEnvironment(training),
    seed: training.seed,
    limits: training.limits,
    timeoutMs: training.timeoutMs,
    retries: training.retries,
    secrets: training.secrets,
    files: training.files,
    cache: training.cache,
    deterministic: training.deterministic,
    ...(training.parts?.length === 1 ? { fits: true as const } : {}),
    // Nothing is learnt from data of which a step took a group away, where that fails the run.
    needs: spec.analysis.inspect?.severity === 'fail' ? ['inspection'] : [],
  };
}

/** A step that measures a model on rows that it was not trained on; it has no name yet. */
export function scoreStep(
  { spec, training }: Pick<TrainingPlan, 'spec' | 'training'>,
  {
    model,
    rows,
    params,
  }: {
    /** The step that trained it. */
    readonly model: string;
    readonly rows: PortSource;
    /** What is asked beside task and costs. */
    readonly params: JsonObject;
  },
): Omit<PlanStepDraft, 'name'> {
  return {
    stage: 'training',
    component: { kind: 'builtin', stage: 'evaluation' },
    inputs: {
      model: { type: 'Model', sources: [{ step: model, port: 'model' }] },
      part: { type: 'Dataset', sources: [rows] },
    },
    outputs: { metrics: { type: 'Metrics' } },
    params: {
      task: spec.task as unknown as JsonObject,
      costs: spec.objectives.costs as unknown as JsonObject,
      ...params,
    },
    environment: modelEnvironment(training),
  };
}

/** The open parts that training is given. Where that is declared to be the training part alone, the step is one that learns from all that it reads. */
function givenParts(spec: ResolvedSpec, { parts }: TrainingSpec): string[] {
  return parts === undefined ? openParts(spec) : openParts(spec).filter((part) => parts.includes(part));
}

/** Parts that are not sealed, in the order declared. */
export function openParts(spec: ResolvedSpec): string[] {
  return Object.keys(spec.splitting.parts).filter((part) => !spec.splitting.sealed.includes(part));
}
