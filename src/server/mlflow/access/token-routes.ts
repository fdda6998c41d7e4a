/* Endpoints by which people make API tokens for themselves, and end them. MLflow has none of these. */
import { covers, type Token } from '../../../access/index.ts';
import { formatInstant, now } from '../../../encoding/index.ts';
import { PlatformError } from '../../../errors/index.ts';
import { badValue, integer, list, message, required, text } from '../message.ts';
import { type Route, route } from '../route.ts';
import { denied } from './guard.ts';
import { readResource, resourceTypeOf } from './permission-names.ts';
import { requireAdmin, requireCaller, roleName } from './user-routes.ts';

const dayMs = 24 * 3600 * 1000;
const defaultDays = 90;
const mostDays = 366;

/** Endpoints of tokens. */
export const tokenRoutes: readonly Route[] = [
  route(
    'POST /mlspec/tokens/create',
    message({
      name: required(text),
      role: roleName,
      days: integer,
      scope: list(message({ resource_type: required(text), resource_id: required(text) })),
    }),
    async ({ name, role = 'admin', days = defaultDays, scope }, call) => {
      const { user, token, access, actor, rights } = requireCaller(call);
      // Whoever finds a token shall not be able to stay for longer than it lasts.
      if (token !== null)
        throw denied(rights, {
          is: 'signed in by a token',
          needed: rights.everywhere,
          what: 'making a token (by password)',
        });
      if (days < 1 || days > mostDays) throw badValue(`expected days to be 1 to ${mostDays}, found ${days}`);
      const made = await access.addToken(
        {
          ...{ user: user.name, name, role },
          ...{ scope: scope.length === 0 ? null : scope.map(readResource), expiresAtMs: now() + days * dayMs },
        },
        actor,
      );
      return { token: writeToken(made.token), secret: made.secret };
    },
  ),
  route('GET /mlspec/tokens/list', message({ username: text }), async ({ username }, call) => {
    const caller = requireCaller(call);
    const name = username ?? caller.user.name;
    if (name !== caller.user.name) requireAdmin(call, 'seeing the tokens of others');
    return { tokens: (await caller.access.listTokens(name)).map(writeToken) };
  }),
  route('POST /mlspec/tokens/revoke', message({ prefix: required(text) }), async ({ prefix }, call) => {
    const { access, actor, rights, user } = requireCaller(call);
    const isOwn = (await access.listTokens(user.name)).some((token) => token.prefix === prefix);
    if (!isOwn && !covers(rights.everywhere, 'admin'))
      throw new PlatformError('ACCESS_TOKEN_UNKNOWN', { message: `you have no token that begins with ${prefix}` });
    return { token: writeToken(await access.revokeToken(prefix, actor)) };
  }),
];

function writeToken(token: Token): object {
  const { user, name, prefix, role, scope, createdAtMs, expiresAtMs, revokedAtMs, usedAtMs } = token;
  const instant = (atMs: number | null) => (atMs === null ? null : formatInstant(atMs));
  return {
    ...{ username: user, name, prefix, role },
    scope: scope?.map(({ kind, id }) => ({ resource_type: resourceTypeOf(kind), resource_id: id })) ?? null,
    ...{ created_at: instant(createdAtMs), expires_at: instant(expiresAtMs) },
    ...{ revoked_at: instant(revokedAtMs), used_at: instant(usedAtMs) },
  };
}
