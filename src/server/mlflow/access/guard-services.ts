import type { AccessStore, Rights } from '../../../access/index.ts';
import type { Services } from '../services.ts';
import { createGuard } from './guard.ts';
import { guardApprovals } from './guard-approvals.ts';
import { guardArtifacts } from './guard-artifacts.ts';
import { guardRegistry } from './guard-registry.ts';
import { guardTextSearch } from './guard-text-search.ts';
import { guardTraces } from './guard-traces.ts';
import { guardTracking } from './guard-tracking.ts';
import { onlyForAdmins } from './only-for-admins.ts';

/** Who calls, and who has to be told what it is about. */
export interface Visit {
  readonly access: AccessStore;
  readonly rights: Rights;
  readonly touch: (what: string) => void;
}

/** The stores as one caller sees them. A store without a guard does not compile. */
export function guardServices(services: Services, { access, rights, touch }: Visit): Services {
  const guard = createGuard(rights, services, touch);
  const { userId } = rights;
  const { approvals, textSearch } = services;
  return {
    tracking: guardTracking(services.tracking, guard, (id) => access.grantMaker(userId, { kind: 'experiment', id })),
    artifacts: guardArtifacts(services, guard),
    registry: guardRegistry(services.registry, guard, {
      made: (id) => access.grantMaker(userId, { kind: 'model', id }),
      renamed: (from, to) => access.moveGrants({ kind: 'model', id: from }, { kind: 'model', id: to }),
      gone: (id) => access.dropGrants({ kind: 'model', id }),
    }),
    ...(approvals === undefined ? {} : { approvals: guardApprovals(approvals, guard) }),
    ...(textSearch === undefined ? {} : { textSearch: guardTextSearch(textSearch, guard) }),
    // Webhooks hear of everything.
    webhooks: onlyForAdmins(services.webhooks, guard, 'what concerns webhooks'),
    traces: guardTraces(services.traces, services.tracking, guard),
  };
}
