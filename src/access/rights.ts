/* What whoever signed in may do: the role of the user, what was granted, and never more than the token allows. */
import type { Selection } from '../tracking/index.ts';
import type { AccessStore, SignedIn } from './access-store.ts';
import { lesser, type Resource, type ResourceKind, type Role } from './roles.ts';

/** What one request may do. */
export interface Rights {
  readonly userId: number;
  readonly user: string;
  /** Where no grant says otherwise, and for what belongs to nothing. */
  readonly everywhere: Role;
  /** Whether nothing is refused: an admin, without a token that allows less. */
  readonly isUnlimited: boolean;
  /** The role on one experiment or model, as it was when it was first asked for. */
  on(resource: Resource): Promise<Role>;
  /** The things of a kind that may be seen; null: all of them. */
  readable(kind: ResourceKind): Promise<Selection | null>;
}

/** The rights of whoever signed in. */
export function rightsOf({ user, token }: SignedIn, store: AccessStore): Rights {
  const ceiling = token?.role ?? 'admin';
  const scope = token?.scope ?? null;
  const isInScope = ({ kind, id }: Resource): boolean =>
    scope === null || scope.some((one) => one.kind === kind && one.id === id);
  const granted = async (resource: Resource): Promise<Role> =>
    user.role === 'admin' ? 'admin' : ((await store.grantOn(user.id, resource)) ?? user.role);
  const known = new Map<string, Promise<Role>>();
  const find = async (resource: Resource): Promise<Role> =>
    isInScope(resource) ? lesser(ceiling, await granted(resource)) : 'none';
  const on = (resource: Resource): Promise<Role> => {
    const key = `${resource.kind} ${resource.id}`;
    const found = known.get(key) ?? find(resource);
    known.set(key, found);
    return found;
  };
  return {
    userId: user.id,
    user: user.name,
    everywhere: scope === null ? lesser(ceiling, user.role) : 'none',
    isUnlimited: user.role === 'admin' && ceiling === 'admin' && scope === null,
    on,
    readable: async (kind) => {
      if (scope !== null) {
        const ids: string[] = [];
        for (const one of scope) if (one.kind === kind && (await on(one)) !== 'none') ids.push(one.id);
        return { which: 'only', ids };
      }
      if (ceiling === 'none') return { which: 'only', ids: [] };
      return user.role === 'admin' ? null : await store.readableBy(user.id, kind, user.role);
    },
  };
}

/** Says of things whether a selection holds them; null holds all. */
export function selects(selection: Selection | null): (id: string) => boolean {
  if (selection === null) return () => true;
  const named = new Set(selection.ids);
  return (id) => named.has(id) === (selection.which === 'only');
}
