import { didYouMean } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { digestSteps, type Plan, type PlanStep, predecessors } from './plan.ts';

/** Which part of a plan to carry out. Names may be a step or, for all its steps, a stage. */
export interface Selection {
  /** Only these steps; what feeds them must have been recorded. */
  readonly only?: readonly string[];
  /** These steps and all that come after them; what feeds them is taken from the record. */
  readonly from?: readonly string[];
  /** Everything up to and with these steps. */
  readonly until?: readonly string[];
  /** Whether steps of the verb `release` belong to it. */
  readonly release?: boolean;
}

/**
 * The plan reduced to the selected steps. Steps that are needed but not selected stay in the plan with `recordedOnly`
 * listing their names: they are only looked up, never run.
 *
 * @throws PlatformError PIPELINE_UNKNOWN_STEP for a name that is neither a step nor a stage of the plan
 */
export function selectSteps(
  plan: Plan,
  selection: Selection,
): { readonly plan: Plan; readonly recordedOnly: ReadonlySet<string> } {
  const verbs = plan.steps.filter((step) => selection.release === true || step.verb === 'run');
  let wanted = new Set(verbs.map((step) => step.name));
  if (selection.until !== undefined)
    wanted = intersect(wanted, before(verbs, resolveNames(plan, verbs, selection.until)));
  if (selection.from !== undefined) wanted = intersect(wanted, after(verbs, resolveNames(plan, verbs, selection.from)));
  if (selection.only !== undefined) wanted = intersect(wanted, new Set(resolveNames(plan, verbs, selection.only)));
  const needed = before(verbs, [...wanted]);
  const steps = verbs.filter((step) => needed.has(step.name));
  const recordedOnly = new Set(steps.map((step) => step.name).filter((name) => !wanted.has(name)));
  return { plan: { ...plan, steps, digest: digestSteps(steps) }, recordedOnly };
}

/**
 * The steps of a plan that names stand for: of a step itself, of a stage, or of a loop; `all` stands for all.
 * @throws PlatformError PIPELINE_UNKNOWN_STEP
 */
export function namedSteps(plan: Plan, names: ReadonlySet<string> | 'all'): ReadonlySet<string> | 'all' {
  return names === 'all' ? 'all' : new Set(resolveNames(plan, plan.steps, [...names]));
}

function resolveNames(plan: Plan, steps: readonly PlanStep[], names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const matches = steps.filter(
      (step) =>
        step.name === name ||
        step.stage === name ||
        step.name.startsWith(`${name}[`) ||
        step.name.startsWith(`${name}/`),
    );
    if (matches.length > 0) return matches.map((step) => step.name);
    const release = plan.steps.some((step) => step.name === name || step.stage === name);
    throw new PlatformError('PIPELINE_UNKNOWN_STEP', {
      message: `expected a step or stage of the plan, found ${JSON.stringify(name)}; steps are: ${steps.map((step) => step.name).join(', ')}`,
      ...(release ? { hint: 'This step belongs to a release: run mlspec release.' } : didYouMean(name, namesOf(steps))),
    });
  });
}

function namesOf(steps: readonly PlanStep[]): Set<string> {
  return new Set(steps.flatMap((step) => [step.name, step.stage]));
}

function before(steps: readonly PlanStep[], names: readonly string[]): Set<string> {
  const byName = new Map(steps.map((step) => [step.name, step]));
  return closure(names, (name) =>
    byName.has(name) ? predecessors(byName.get(name)!).filter((found) => byName.has(found)) : [],
  );
}

function after(steps: readonly PlanStep[], names: readonly string[]): Set<string> {
  const followers = new Map<string, string[]>();
  for (const step of steps)
    for (const name of predecessors(step)) followers.set(name, [...(followers.get(name) ?? []), step.name]);
  return closure(names, (name) => followers.get(name) ?? []);
}

function closure(start: readonly string[], next: (name: string) => readonly string[]): Set<string> {
  const found = new Set(start);
  const waiting = [...start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const other of next(name)) {
      if (found.has(other)) continue;
      found.add(other);
      waiting.push(other);
    }
  }
  return found;
}

function intersect(a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> {
  return new Set([...a].filter((name) => b.has(name)));
}
