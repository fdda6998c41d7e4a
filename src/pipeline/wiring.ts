import type { Finding } from '../spec/index.ts';
import { checkPlaceholders } from './placeholders.ts';
import type { PlanInput, PlanStep, PortSource, PortType } from './plan.ts';
import { predecessors, stepPath } from './plan.ts';

/**
 * What is wrong with the wiring of a graph: sources that don't exist, inputs with none or too many sources, types that
 * don't fit, needs of unknown steps, placeholders of nothing, cycles, and steps that could never be reached. All of it, not the first.
 */
export function checkWiring(steps: readonly PlanStep[]): Finding[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  return [
    ...steps.flatMap((step) => checkInputs(step, byName)),
    ...steps.flatMap((step) => checkNeeds(step, byName)),
    ...steps.flatMap(checkPlaceholders),
    ...checkCycles(steps, byName),
    ...checkVerbs(steps, byName),
  ];
}

function checkInputs(step: PlanStep, byName: ReadonlyMap<string, PlanStep>): Finding[] {
  return Object.entries(step.inputs).flatMap(([port, input]) => [
    ...checkSourceCount(step, port, input),
    ...checkPinned(step, port, input),
    ...input.sources.flatMap((source) => checkSource(step, port, source, byName)),
  ]);
}

function checkSourceCount(step: PlanStep, port: string, input: PlanInput): Finding[] {
  const given = [...input.sources.map((source) => `${source.step}.${source.port}`), ...pinnedNames(input)];
  if (given.length === 0 && !input.many && !input.optional) {
    return [
      finding(
        step,
        port,
        'plan/missing-input',
        `input ${port} of step ${step.name} has no source`,
        `write inputs: {${port}: <step>.<port>}`,
      ),
    ];
  }
  if (given.length > 1 && !input.many) {
    return [
      finding(
        step,
        port,
        'plan/two-sources',
        `input ${port} of step ${step.name} takes one artifact and has ${given.length} sources: ${given.join(', ')}`,
        'keep one source, or take a list',
      ),
    ];
  }
  return [];
}

function pinnedNames({ pinned = [] }: PlanInput): string[] {
  return pinned.map((artifact) => artifact.name);
}

function checkPinned(step: PlanStep, port: string, { type, pinned = [] }: PlanInput): Finding[] {
  return pinned
    .filter((artifact) => !accepts(type, artifact.type))
    .map((artifact) =>
      finding(
        step,
        port,
        'plan/type-mismatch',
        `input ${port} of step ${step.name} takes a ${type}; ${artifact.name} is a ${artifact.type}`,
        sealedHint(artifact.type),
      ),
    );
}

function checkSource(
  step: PlanStep,
  port: string,
  source: PortSource,
  byName: ReadonlyMap<string, PlanStep>,
): Finding[] {
  const from = byName.get(source.step);
  if (from === undefined) {
    return [
      finding(
        step,
        port,
        'plan/unknown-step',
        `input ${port} of step ${step.name} comes from step ${source.step}, which does not exist`,
        `steps are: ${[...byName.keys()].join(', ')}`,
      ),
    ];
  }
  const output = from.outputs[source.port];
  if (output === undefined) {
    const ports = Object.keys(from.outputs).join(', ') || 'none';
    return [
      finding(
        step,
        port,
        'plan/unknown-port',
        `step ${source.step} has no output ${source.port}`,
        `its outputs are: ${ports}`,
      ),
    ];
  }
  const wanted = step.inputs[port]!.type;
  if (accepts(wanted, output.type)) return [];
  return [
    finding(
      step,
      port,
      'plan/type-mismatch',
      `input ${port} of step ${step.name} takes a ${wanted}; ${source.step}.${source.port} is a ${output.type}`,
      sealedHint(output.type),
    ),
  ];
}

function accepts(wanted: PortType, given: PortType): boolean {
  if (wanted === given) return true;
  if (wanted === 'SealedDataset' || given === 'SealedDataset') return false;
  return wanted === 'Any' || given === 'Any';
}

function sealedHint(given: PortType): string {
  return given === 'SealedDataset'
    ? 'a sealed part can be read by gates alone; use an open part'
    : 'connect an output of the same type';
}

function checkNeeds(step: PlanStep, byName: ReadonlyMap<string, PlanStep>): Finding[] {
  return step.needs
    .filter((name) => !byName.has(name))
    .map((name) =>
      finding(
        step,
        'needs',
        'plan/unknown-step',
        `step ${step.name} needs step ${name}, which does not exist`,
        `steps are: ${[...byName.keys()].join(', ')}`,
      ),
    );
}

/** One finding for each group of steps that wait for each other (a strongly connected component). */
function checkCycles(steps: readonly PlanStep[], byName: ReadonlyMap<string, PlanStep>): Finding[] {
  const sorted = new Set(sortSteps(steps).map((step) => step.name));
  const rest = steps.filter((step) => !sorted.has(step.name) && reaches(step.name, step.name, byName));
  const named = new Set<string>();
  return rest.flatMap((step) => {
    if (named.has(step.name)) return [];
    const group = rest
      .map((other) => other.name)
      .filter((name) => name === step.name || (reaches(step.name, name, byName) && reaches(name, step.name, byName)));
    for (const name of group) named.add(name);
    return [
      finding(
        step,
        null,
        'plan/cycle',
        `these steps wait for each other: ${group.join(', ')}`,
        'break the circle by removing one input or one needs',
      ),
    ];
  });
}

function reaches(from: string, target: string, byName: ReadonlyMap<string, PlanStep>): boolean {
  const seen = new Set<string>();
  const waiting = [from];
  while (waiting.length > 0) {
    const step = byName.get(waiting.pop()!);
    for (const name of step === undefined ? [] : predecessors(step)) {
      if (name === target) return true;
      if (!seen.has(name)) {
        seen.add(name);
        waiting.push(name);
      }
    }
  }
  return false;
}

/** A step of `mlspec run` that waits for a step of `mlspec release` could never be reached by `mlspec run`. */
function checkVerbs(steps: readonly PlanStep[], byName: ReadonlyMap<string, PlanStep>): Finding[] {
  return steps
    .filter((step) => step.verb === 'run')
    .flatMap((step) =>
      predecessors(step)
        .filter((name) => byName.get(name)?.verb === 'release')
        .map((name) => ({ step, name })),
    )
    .map(({ step, name }) =>
      finding(
        step,
        null,
        'plan/unreachable',
        `step ${step.name} belongs to mlspec run and waits for ${name}, which runs only in mlspec release`,
        `write verb: release on ${step.name}`,
      ),
    );
}

/** Steps in an order in which each stands after all it waits for; those in or behind a cycle are left out. Stable. */
export function sortSteps(steps: readonly PlanStep[]): PlanStep[] {
  const known = new Set(steps.map((step) => step.name));
  const waiting = new Map(
    steps.map((step) => [step.name, predecessors(step).filter((name) => known.has(name)).length]),
  );
  const followers = new Map<string, PlanStep[]>();
  for (const step of steps) {
    for (const name of predecessors(step)) followers.set(name, [...(followers.get(name) ?? []), step]);
  }
  const ready = steps.filter((step) => waiting.get(step.name) === 0);
  const order: PlanStep[] = [];
  for (let step = ready.shift(); step !== undefined; step = ready.shift()) {
    order.push(step);
    for (const next of followers.get(step.name) ?? []) {
      const left = waiting.get(next.name)! - 1;
      waiting.set(next.name, left);
      if (left === 0) ready.push(next);
    }
  }
  return order;
}

function finding(step: PlanStep, port: string | null, rule: string, message: string, suggestion: string): Finding {
  const path =
    step.stage === 'steps'
      ? [...stepPath(step), ...(port === null ? [] : port === 'needs' ? [port] : ['inputs', port])]
      : [step.stage];
  return { rule, severity: 'error', path, message, suggestion };
}
