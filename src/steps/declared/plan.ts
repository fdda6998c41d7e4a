import {
  type Component,
  type EnvironmentReference,
  environmentReference,
  type GraphBuilder,
  type PlanInput,
  type PlanStepDraft,
} from '../../pipeline/index.ts';
import { predecessorNames } from '../../pipeline/planning.ts';
import { type DeclaredStep, type Finding, type ResolvedSpec, takesEnvironment } from '../../spec/index.ts';
import { checkGroups, checkImplementation, findingAt } from './check.ts';
import { expandSteps, type LeafInstance, leavesOf, type Scope } from './expand.ts';
import { fittedOnHeldOut } from './fitted-on-held-out.ts';
import {
  findInstances,
  joinResolved,
  type Resolved,
  resolveNeed,
  resolveReference,
  type Surroundings,
} from './references.ts';

/** The project's own steps, loops and groups spread out. Pure. */
export function planDeclared(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const top = expandSteps(spec.steps);
  const around: Surroundings = { graph, parts: Object.keys(spec.splitting.parts) };
  const findings = checkGroups(top);
  for (const leaf of leavesOf(top)) {
    if (leaf.step.implementation === null) continue;
    const { draft, findings: found } = planLeaf(leaf, around);
    findings.push(...found);
    graph.add(draft);
  }
  findings.push(...leavesOf(top).flatMap((leaf) => fittedOnHeldOut(leaf, graph)));
  return withoutRepeats(findings);
}

function planLeaf(leaf: LeafInstance, around: Surroundings): { draft: PlanStepDraft; findings: Finding[] } {
  const { step } = leaf;
  const findings: Finding[] = [];
  const inputs: Record<string, PlanInput> = {};
  for (const [port, input] of Object.entries(step.inputs)) {
    const resolved = resolveInput(leaf, input, around);
    if (resolved === null) findings.push(unreadable(leaf, port, input.from));
    else inputs[port] = toInput(resolved, input);
  }
  const condition = planCondition(leaf, around.graph);
  findings.push(...condition.findings, ...checkImplementation(leaf, inputs));
  const needs = [...groupsAround(leaf), leaf].flatMap((one) =>
    one.step.needs.flatMap((name) => resolveNeed(name, one.scope)),
  );
  const draft: PlanStepDraft = {
    name: leaf.name,
    stage: 'steps',
    component: step.implementation as Component,
    inputs,
    outputs: step.outputs,
    params: leaf.params,
    environment: environmentOf(leaf),
    secrets: step.secrets,
    limits: step.limits,
    timeoutMs: step.timeoutMs,
    retries: step.retries,
    cache: step.cache,
    deterministic: step.deterministic,
    seed: step.seed,
    when: condition.when,
    whenSteps: condition.steps,
    needs: [...new Set([...needs, ...condition.needs])],
    files: step.files,
    ...(step.fits === true ? { fits: true } : {}),
    verb: [...groupsAround(leaf), leaf].some((one) => one.step.verb === 'release') ? 'release' : 'run',
  };
  return { draft, findings };
}

function resolveInput(
  leaf: LeafInstance,
  input: DeclaredStep['inputs'][string],
  around: Surroundings,
): Resolved | null {
  const all = input.from.map((text) => resolveReference(text, leaf.scope, around));
  return all.some((one) => one === null) ? null : joinResolved(all as Resolved[], input.many);
}

function toInput(resolved: Resolved, input: DeclaredStep['inputs'][string]): PlanInput {
  const open = resolved.type === null || resolved.type === 'SealedDataset' ? 'Any' : resolved.type;
  return {
    type: (input.type as PlanInput['type'] | null) ?? open,
    sources: resolved.sources,
    ...(resolved.many ? { many: true } : {}),
    ...(input.optional ? { optional: true } : {}),
  };
}

function unreadable(leaf: LeafInstance, port: string, from: readonly string[]): Finding {
  return findingAt([...leaf.path, 'inputs', port], {
    rule: 'plan/reference',
    message: `input ${port} of step ${leaf.name} comes from ${from.join(', ')}, which names no output of a step and no part`,
    suggestion: 'write <step>.<port>, or the name of a part of the split',
  });
}

/** The condition of a step and of the groups around it as one, and the steps that its names stand for. */
function planCondition(
  leaf: LeafInstance,
  graph: GraphBuilder,
): {
  readonly when: string | null;
  readonly steps: Record<string, string>;
  readonly needs: readonly string[];
  readonly findings: readonly Finding[];
} {
  const steps: Record<string, string> = {};
  const needs = new Set<string>();
  const findings: Finding[] = [];
  const conditions = [...groupsAround(leaf), leaf].filter((one) => one.step.when !== null);
  for (const one of conditions) {
    for (const name of predecessorNames(one.step.when!)) {
      const instances = findInstances(name, one.scope);
      if (instances === null) {
        if (graph.has(name)) needs.add(name);
        continue;
      }
      if (
        instances.length === 1 &&
        instances[0]!.kind === 'leaf' &&
        (steps[name] ?? instances[0]!.name) === instances[0]!.name
      )
        steps[name] = instances[0]!.name;
      else
        findings.push(
          findingAt([...one.path, 'when'], {
            rule: 'plan/condition',
            message: `the condition of step ${one.name} reads ${name}, which is not one step`,
            suggestion: 'compare values of a single step',
          }),
        );
    }
  }
  const when =
    conditions.length === 0 ? null : conditions.map((one) => one.step.when!).reduce((a, b) => `(${a}) and (${b})`);
  for (const name of Object.values(steps)) needs.add(name);
  return { when, steps, needs: [...needs], findings };
}

function groupsAround(leaf: LeafInstance): NonNullable<Scope['group']>[] {
  const groups: NonNullable<Scope['group']>[] = [];
  for (let at: Scope | null = leaf.scope; at !== null; at = at.parent) if (at.group !== null) groups.unshift(at.group);
  return groups;
}

function environmentOf(leaf: LeafInstance): EnvironmentReference | null {
  const { implementation } = leaf.step;
  if (implementation !== null && !takesEnvironment(implementation.kind)) return null;
  const inherited = groupsAround(leaf)
    .map((group) => group.step.environment)
    .findLast((environment) => environment !== null);
  return environmentReference(leaf.step.environment ?? inherited ?? null, implementation?.kind);
}

/** Findings of a loop's instances that say the same of the same place are one. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.rule} ${one.path.join('\u0000')}`, one])).values()];
}
