/**
 * What stands between a call and the stores: every method of a store asks here first, so that no endpoint, however it
 * comes by an id, can reach what its caller may not.
 *
 * What the caller may not see is not there: the store is asked for something that nobody has instead, and what it says of
 * that, with the name that was asked for put back, is the answer. So it is the same, to the letter, as for what never
 * existed. What may be seen but not changed is answered with ACCESS_DENIED.
 */
import { covers, type Resource, type Rights, type Role } from '../../../access/index.ts';
import { randomUuid } from '../../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../../errors/index.ts';
import { experimentNumber, type OwnedKind } from '../../../tracking/index.ts';
import type { Services } from '../services.ts';

/** Does something to a thing by its id: the one that was asked for, or one that nobody has. */
export type Work<Result> = (id: string) => Promise<Result>;

/** What a method asks before it does something. */
export interface Guard {
  readonly rights: Rights;
  experiment<Result>(id: string, needed: Role, work: Work<Result>): Promise<Result>;
  run<Result>(runId: string, needed: Role, work: Work<Result>): Promise<Result>;
  loggedModel<Result>(modelId: string, needed: Role, work: Work<Result>): Promise<Result>;
  trace<Result>(traceId: string, needed: Role, work: Work<Result>): Promise<Result>;
  model<Result>(name: string, needed: Role, work: Work<Result>): Promise<Result>;
  /** For what belongs to no experiment and no model. @throws PlatformError ACCESS_DENIED */
  everywhere(needed: Role, what: string): void;
  /** Notes what a call is about, for the audit log. */
  touch(what: string): void;
}

/** No experiment has it. */
export const noExperiment = String(Number.MAX_SAFE_INTEGER);

/** A guard of what one call may do. @param touch hears what the call is about */
export function createGuard(rights: Rights, services: Services, touch: (what: string) => void): Guard {
  const { tracking } = services;
  const owned = async (resource: Resource, needed: Role): Promise<'hidden' | 'open' | Role> => {
    const role = await rights.on(resource);
    if (covers(role, needed)) return 'open';
    return role === 'none' ? 'hidden' : role;
  };
  const ofExperiment: OwnedBy = async (kind, id, { needed, work }) => {
    touch(`${ownedThings[kind].called} ${id}`);
    if (rights.isUnlimited) return await work(id);
    const experiment = (await tracking.ownersOf(kind, [id])).get(id);
    const found = experiment === undefined ? 'hidden' : await owned({ kind: 'experiment', id: experiment }, needed);
    if (found === 'open') return await work(id);
    if (found === 'hidden') return await asUnknown(id, newStandIn(kind), work);
    throw denied(rights, { is: `${found} of experiment ${experiment}`, needed });
  };
  return {
    rights,
    touch,
    experiment: async (id, needed, work) => {
      touch(`experiment ${id}`);
      if (rights.isUnlimited) return await work(id);
      const found = await owned({ kind: 'experiment', id: String(experimentNumber(id)) }, needed);
      if (found === 'open') return await work(id);
      const isThere = found !== 'hidden' && (await tracking.getExperiment(id).then(isSo, notWhereUnknown));
      if (!isThere) return await asUnknown(id, noExperiment, work);
      throw denied(rights, { is: `${found} of experiment ${id}`, needed });
    },
    run: (id, needed, work) => ofExperiment('runs', id, { needed, work }),
    loggedModel: (id, needed, work) => ofExperiment('logged-models', id, { needed, work }),
    trace: (id, needed, work) => ofExperiment('traces', id, { needed, work }),
    model: async (name, needed, work) => {
      touch(`model ${name}`);
      if (rights.isUnlimited) return await work(name);
      const found = await owned({ kind: 'model', id: name }, needed);
      if (found === 'open') return await work(name);
      const isThere = found !== 'hidden' && (await services.registry.getModel(name).then(isSo, notWhereUnknown));
      if (!isThere) return await asUnknown(name, `unknown-${randomUuid()}`, work);
      throw denied(rights, { is: `${found} of the model '${name}'`, needed });
    },
    everywhere: (needed, what) => {
      if (!covers(rights.everywhere, needed)) throw denied(rights, { is: rights.everywhere, needed, what });
    },
  };
}

const isSo = (): true => true;

/** For a promise that fails: false where what was asked for is not there, or cannot be. */
function notWhereUnknown(error: unknown): false {
  const codes = ['TRACKING_UNKNOWN', 'TRACKING_BAD_VALUE', 'REGISTRY_MODEL_UNKNOWN', 'REGISTRY_BAD_NAME'];
  if (isPlatformError(error) && codes.includes(error.code)) return false;
  throw error;
}

type OwnedBy = <Result>(
  kind: OwnedKind,
  id: string,
  how: { readonly needed: Role; readonly work: Work<Result> },
) => Promise<Result>;

/** What belongs to experiments: what it is called, and what its ids begin with. */
const ownedThings = {
  runs: { called: 'run', prefix: '' },
  'logged-models': { called: 'logged model', prefix: 'm-' },
  traces: { called: 'trace', prefix: 'tr-' },
} as const satisfies Record<OwnedKind, object>;

/** An id that nothing has. */
export function newStandIn(kind: OwnedKind): string {
  return `${ownedThings[kind].prefix}${randomUuid().replaceAll('-', '')}`;
}

/** What a store says of something that nobody has, as if it had been asked for this. */
export async function asUnknown<Result>(id: string, standIn: string, work: Work<Result>): Promise<Result> {
  try {
    return await work(standIn);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    throw new PlatformError(error.code, { message: error.message.replaceAll(standIn, id) });
  }
}

/** What whoever may see something, and no more, is told. */
export function denied(
  { user }: Rights,
  { is, needed, what = 'this' }: { readonly is: string; readonly needed: Role; readonly what?: string },
): PlatformError {
  return new PlatformError('ACCESS_DENIED', {
    message: `Permission denied: ${user} is ${is}; ${what} takes the role ${needed}.`,
  });
}
