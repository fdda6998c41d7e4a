/* Endpoints of protected aliases. MLflow has none of these. */

import { formatInstant } from '../../encoding/index.ts';
import { aliasChecks } from '../../registry/index.ts';
import { requireCaller } from './access/user-routes.ts';
import { integer, list, message, oneOf, required, text } from './message.ts';
import { type Route, route } from './route.ts';

/** Endpoints of protections. */
export const protectionRoutes: readonly Route[] = [
  route(
    'POST /mlspec/protections/set',
    message({
      ...{ name: required(text), alias: required(text), approvals: required(integer) },
      requires: list(oneOf(aliasChecks)),
    }),
    async ({ name: model, alias, approvals, requires }, call) => {
      const { user } = requireCaller(call);
      await call.registry.protectAlias({ model, alias, approvals, requires, by: `user:${user.name}` });
      return { name: model, alias, approvals, requires };
    },
  ),
  route('GET /mlspec/protections/list', message({ name: required(text) }), async ({ name }, call) => {
    requireCaller(call);
    await call.registry.getModel(name);
    const decisions = await call.registry.listDecisions(name);
    const declared = decisions.filter(({ kind }) => kind === 'protect');
    const last = new Map(declared.map((one) => [one.alias, one]));
    return {
      protections: [...last.values()]
        .filter(({ approvals }) => approvals !== 0)
        .map(({ alias, approvals, requires }) => ({ alias, approvals, requires })),
      decisions: decisions.map(({ kind, alias, ordinal, approvals, requires, by, counts, atMs }) => ({
        ...{ kind, alias, version: ordinal === null ? null : String(ordinal) },
        ...(kind === 'protect' ? { approvals, requires } : {}),
        ...{ by, counts, at: formatInstant(atMs) },
      })),
    };
  }),
];
