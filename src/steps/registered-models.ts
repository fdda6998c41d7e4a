/*
 * Baselines that are registered models, for the steps that compare with them. When the plan is made, the package that a
 * name stands for becomes a pinned input; when the step runs, the package answers the same raw rows as the new model,
 * with its own transformation, its own threshold and its own environment.
 *
 * A model is never compared with itself: where the new model is the registered one, released again, it is compared with
 * what that one was compared with when it was judged. So the same release asks the same question again.
 */
import { type Digest, digestJson } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type AnswerRawOptions, answerRawFile, type PackageFacts, readPackageFacts } from '../models/index.ts';
import type { GraphBuilder, PlanInput, PlanStep, RegisteredBaseline, StepContext } from '../pipeline/index.ts';
import type { ResolvedSpec, TaskSpec } from '../spec/index.ts';

/** What a step's parameters say of a registered baseline. */
export interface RegisteredParams {
  /** What to do while there is none. */
  readonly absent: 'skip' | 'fail';
  /** Digest of its model and transformation; null: there is none. */
  readonly identity: Digest | null;
}

/** What of a planned step makes registered models known to it. */
export interface RegisteredDraft extends Required<Pick<PlanStep, 'environments'>> {
  readonly inputs: Readonly<Record<string, PlanInput>>;
  readonly params: Readonly<Record<string, RegisteredParams>>;
}

function portOf(generation: 'baseline' | 'before', name: string): string {
  return `${generation}.${name}`;
}

/** The registered models that the baselines of a declaration mean, and what those were compared with, by input port. */
export function registeredPorts(
  graph: Pick<GraphBuilder, 'registered'>,
  needed: ReadonlySet<string>,
): Record<string, RegisteredBaseline> {
  const ports: Record<string, RegisteredBaseline> = {};
  for (const [name, registered] of Object.entries(graph.registered)) {
    if (!needed.has(name)) continue;
    ports[portOf('baseline', name)] = registered;
    if (registered.before !== null) ports[portOf('before', name)] = registered.before;
  }
  return ports;
}

/**
 * The inputs, environments and parameters of registered baselines. The step needs the inputs `model` and `transform` too.
 * @param needed the names of those that the step compares with
 */
export function draftRegistered(spec: ResolvedSpec, graph: GraphBuilder, needed: ReadonlySet<string>): RegisteredDraft {
  const inputs: Record<string, PlanInput> = {};
  const environments: Record<string, RegisteredBaseline['environment'] & object> = {};
  for (const [port, { package: pinned, environment }] of Object.entries(registeredPorts(graph, needed))) {
    inputs[port] = { type: 'Package', sources: [], pinned: [pinned] };
    if (environment !== null) environments[port] = environment;
  }
  const params: Record<string, RegisteredParams> = {};
  for (const [name, baseline] of Object.entries(spec.objectives.baselines))
    if ('model' in baseline && needed.has(name))
      params[name] = { absent: baseline.absent, identity: graph.registered[name]?.identity ?? null };
  return { inputs, environments, params };
}

/** The digest of what a model is: itself and its transformation. */
export function modelIdentity(context: StepContext): Digest {
  const digestOf = (port: string): Digest => context.inputs[port]![0]!.digest;
  return digestJson({ model: digestOf('model'), transform: digestOf('transform') });
}

/** A registered model that the new one is compared with. */
export interface RegisteredModel {
  /** The input port that it came through. */
  readonly port: string;
  /** `flight-delays/1.0.0`. */
  readonly label: string;
  readonly digest: Digest;
  readonly folder: string;
  readonly python: string | null;
}

/** The registered model that a baseline means in this step; null where it is absent. */
export function registeredModel(
  name: string,
  { identity }: RegisteredParams,
  context: StepContext,
): RegisteredModel | null {
  const isBefore = identity === modelIdentity(context);
  const port = portOf(isBefore ? 'before' : 'baseline', name);
  const input = context.inputs[port]?.[0];
  if (input === undefined) return null;
  const python = context.pythons[port] ?? null;
  return { port, label: input.from.port, digest: input.digest, folder: input.path, python };
}

/** How a registered model's answers are read: its classes in the order of its scores, and the task as it decides it. */
export interface RegisteredReading {
  readonly task: TaskSpec;
  readonly classes: PackageFacts['classes'];
}

/**
 * Lets a registered model answer raw rows.
 * @throws PlatformError EVALUATION_OTHER_TASK, and as `answerRawFile`
 */
export async function answerRegistered(
  model: RegisteredModel,
  files: { readonly raw: string; readonly answers: string },
  work: Pick<AnswerRawOptions, 'engine' | 'onAnswered'> & {
    readonly task: TaskSpec;
    readonly context: Pick<StepContext, 'signal'>;
  },
): Promise<RegisteredReading> {
  const { task, context, ...options } = work;
  const { python, folder } = model;
  const facts = await readPackageFacts(folder);
  if (facts.kind !== task.kind) {
    throw new PlatformError('EVALUATION_OTHER_TASK', {
      message: `${model.label} was made for a ${facts.kind} task, and this one is ${task.kind}`,
    });
  }
  await answerRawFile(folder, files, { ...options, python, signal: context.signal });
  return { task: { ...task, threshold: facts.threshold }, classes: facts.classes };
}

/** Why nothing is compared with a baseline that is absent; the same when the first model is released again. */
export function whyAbsent(name: string): string {
  return `${name} has no model to compare with`;
}
