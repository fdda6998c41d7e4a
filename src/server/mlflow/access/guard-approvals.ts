import type { AliasRequests } from '../../../registry/index.ts';
import type { Guard } from './guard.ts';

/** Requests as one caller sees them: whoever could move an alias asks, approvers of the model decide, readers look on. */
export function guardApprovals(requests: AliasRequests, guard: Guard): AliasRequests {
  return {
    ask: (request, by) => guard.model(request.model, 'writer', (model) => requests.ask({ ...request, model }, by)),
    approve: (key, said) => guard.model(key.model, 'approver', (model) => requests.approve({ ...key, model }, said)),
    reject: (key, said) => guard.model(key.model, 'approver', (model) => requests.reject({ ...key, model }, said)),
    withdraw: (key, said) => guard.model(key.model, 'writer', (model) => requests.withdraw({ ...key, model }, said)),
    carryOut: (key, move) => guard.model(key.model, 'writer', (model) => requests.carryOut({ ...key, model }, move)),
    find: (key) => guard.model(key.model, 'reader', (model) => requests.find({ ...key, model })),
    search: async (query) =>
      await requests.search({ ...query, among: (await guard.rights.readable('model')) ?? undefined }),
  };
}
