/**
 * The `steps` section as a list of instances. A loop makes one instance for each combination of its values, a group
 * (`steps` inside a step) a scope of its own. Names: `name[a=1,b=x]` for an instance, `group/inner` for a member.
 */
import { canonicalJson, digestHex, digestOf, type JsonObject, type JsonValue } from '../../encoding/index.ts';
import type { DeclaredStep } from '../../spec/index.ts';

const plainValue = /^[A-Za-z0-9_.+-]{1,40}$/;

/** Where names are looked up: the members of one instance of a group, or the top of the section. */
export interface Scope {
  readonly parent: Scope | null;
  /** The group that the scope belongs to; null at the top. */
  readonly group: GroupInstance | null;
  /** Instances by the name that is written in the document. */
  readonly members: Map<string, Instance[]>;
}

/** One step to be run, or one instance of a group. */
export type Instance = LeafInstance | GroupInstance;

interface InstanceBase {
  readonly name: string;
  readonly step: DeclaredStep;
  /** Where the step stands in the document. */
  readonly path: readonly string[];
  /** The scope that its references are looked up in. */
  readonly scope: Scope;
  readonly params: JsonObject;
}

/** One step to be run. */
export interface LeafInstance extends InstanceBase {
  readonly kind: 'leaf';
}

/** One instance of a group. */
export interface GroupInstance extends InstanceBase {
  readonly kind: 'group';
  readonly inside: Scope;
}

/** The top scope of a `steps` section, all loops and groups spread out. */
export function expandSteps(steps: Readonly<Record<string, DeclaredStep>>): Scope {
  const top: Scope = { parent: null, group: null, members: new Map() };
  fill(top, steps, { prefix: '', path: ['steps'], params: {} });
  return top;
}

interface Place {
  readonly prefix: string;
  readonly path: readonly string[];
  readonly params: JsonObject;
}

function fill(scope: Scope, steps: Readonly<Record<string, DeclaredStep>>, place: Place): void {
  for (const [name, step] of Object.entries(steps)) {
    const path = [...place.path, name];
    const instances = combinations(step.for_each).map((values): Instance => {
      const params = { ...place.params, ...(step.params as JsonObject), ...values };
      const base = { name: `${place.prefix}${name}${labelOf(values)}`, step, path, scope, params };
      return step.steps === null ? { kind: 'leaf', ...base } : openGroup(base, step.steps);
    });
    scope.members.set(name, instances);
  }
}

function openGroup(base: InstanceBase, steps: Readonly<Record<string, DeclaredStep>>): GroupInstance {
  const members = new Map<string, Instance[]>();
  const group: GroupInstance = {
    kind: 'group',
    ...base,
    inside: {
      parent: base.scope,
      get group() {
        return group;
      },
      members,
    },
  };
  fill(group.inside, steps, { prefix: `${base.name}/`, path: [...base.path, 'steps'], params: base.params });
  return group;
}

/** Every combination of a loop's values, the last name changing fastest; one empty combination where there is no loop. */
function combinations(loop: DeclaredStep['for_each']): JsonObject[] {
  return Object.entries(loop ?? {}).reduce<JsonObject[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value as JsonValue }))),
    [{}],
  );
}

function labelOf(values: JsonObject): string {
  const parts = Object.entries(values).map(([name, value]) => `${name}=${labelText(value as JsonValue)}`);
  return parts.length === 0 ? '' : `[${parts.join(',')}]`;
}

/** A value as it stands in a name; long or odd ones by the beginning of their digest. */
function labelText(value: JsonValue): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return plainValue.test(text) ? text : `#${digestHex(digestOf(canonicalJson(value))).slice(0, 8)}`;
}

/** All steps of a scope and of the groups in it. */
export function leavesOf(scope: Scope): LeafInstance[] {
  return [...scope.members.values()].flat().flatMap(leavesOfInstance);
}

/** The step itself, or all steps of a group. */
export function leavesOfInstance(instance: Instance): LeafInstance[] {
  return instance.kind === 'leaf' ? [instance] : leavesOf(instance.inside);
}

/** All groups of a scope, outermost first. */
export function groupsOf(scope: Scope): GroupInstance[] {
  return [...scope.members.values()]
    .flat()
    .flatMap((instance) => (instance.kind === 'group' ? [instance, ...groupsOf(instance.inside)] : []));
}
