import type { GraphBuilder, PortSource, PortType } from '../../pipeline/index.ts';
import type { GroupInstance, Instance, Scope } from './expand.ts';
import { leavesOfInstance } from './expand.ts';

/** What a reference means: the sources, and whether they come from a loop. */
export interface Resolved {
  readonly sources: readonly PortSource[];
  readonly many: boolean;
  /** The common type of the sources; null where they differ or one is unknown. */
  readonly type: PortType | null;
}

/** What references may name beside the steps of the section. */
export interface Surroundings {
  readonly graph: GraphBuilder;
  /** Parts of the split. */
  readonly parts: readonly string[];
}

/**
 * What `step.port`, `group/inner.port`, the input of an enclosing group, or a part of the split stands for. Members of
 * the own group come first, then those of the groups around it, then the stages. Null where it cannot be read at all;
 * unknown steps and ports are left for the wiring to find.
 */
export function resolveReference(text: string, scope: Scope, around: Surroundings): Resolved | null {
  const dot = text.lastIndexOf('.');
  if (dot < 0) return resolveName(text, scope, around);
  const [step, port] = [text.slice(0, dot), text.slice(dot + 1)];
  if (step === '' || port === '') return null;
  const instances = findInstances(step, scope);
  if (instances === null) return fromGraph({ step, port }, around);
  const found = instances.flatMap((instance) => outputsOf(instance, port));
  return { sources: found.map((one) => one.source), many: found.length > 1, type: commonType(found) };
}

/** The instances that a step's name means in a scope, looking outwards; null where there is none of that name. */
export function findInstances(name: string, scope: Scope): Instance[] | null {
  const [first, ...rest] = name.split('/');
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.members.get(first!);
    if (found === undefined) continue;
    const inner = rest.reduce<Instance[]>(
      (instances, part) =>
        instances.flatMap((instance) => (instance.kind === 'group' ? (instance.inside.members.get(part) ?? []) : [])),
      found,
    );
    return inner.length === 0 ? null : inner;
  }
  return null;
}

function resolveName(name: string, scope: Scope, around: Surroundings): Resolved | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const input = at.group?.step.inputs[name];
    if (input === undefined || at.parent === null) continue;
    const all = input.from.map((text) => resolveReference(text, at.parent!, around));
    return all.some((one) => one === null) ? null : joinResolved(all as Resolved[], input.many);
  }
  return around.parts.includes(name) ? fromGraph({ step: 'splitting', port: name }, around) : null;
}

/** Several references as one. */
export function joinResolved(all: readonly Resolved[], many: boolean): Resolved {
  const types = new Set(all.map((one) => one.type));
  return {
    sources: all.flatMap((one) => one.sources),
    many: many || all.some((one) => one.many),
    type: types.size === 1 ? [...types][0]! : null,
  };
}

function fromGraph(source: PortSource, around: Surroundings): Resolved {
  return { sources: [source], many: false, type: around.graph.outputs(source.step)?.[source.port]?.type ?? null };
}

interface FoundOutput {
  readonly source: PortSource;
  readonly type: PortType | null;
}

function outputsOf(instance: Instance, port: string): FoundOutput[] {
  if (instance.kind === 'leaf')
    return [{ source: { step: instance.name, port }, type: instance.step.outputs[port]?.type ?? null }];
  const makers = groupOutput(instance, port);
  if (makers.length === 0) return [{ source: { step: instance.name, port }, type: null }];
  return makers.flatMap((maker) => outputsOf(maker, port));
}

/** The members of a group that have an output of this name: the group's own output is theirs. */
export function groupOutput(group: GroupInstance, port: string): Instance[] {
  return [...group.inside.members.values()].flat().filter((member) => Object.hasOwn(member.step.outputs, port));
}

/** The names of all steps that a name in `needs` means; the name itself where it is no step of the section. */
export function resolveNeed(name: string, scope: Scope): string[] {
  const instances = findInstances(name, scope);
  return instances === null ? [name] : instances.flatMap(leavesOfInstance).map((leaf) => leaf.name);
}

function commonType(found: readonly FoundOutput[]): PortType | null {
  const types = new Set(found.map((one) => one.type));
  return types.size === 1 ? [...types][0]! : null;
}
