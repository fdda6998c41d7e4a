/* Endpoints of requests to move protected aliases. MLflow has none of these; its own endpoint of aliases carries them out. */
import { formatInstant, now } from '../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../errors/index.ts';
import type { AliasRequest, AliasRequests, Person, Said, VersionKey } from '../../registry/index.ts';
import type { Caller } from './access/gate.ts';
import { requireCaller } from './access/user-routes.ts';
import { badValue, type Fields, integer, message, oneOf, required, text } from './message.ts';
import { type Call, type Route, type RouteName, route } from './route.ts';
import { ordinalOf } from './version-message.ts';

const dayMs = 24 * 3600 * 1000;
const defaultDays = 14;
const mostDays = 365;
const defaultLimit = 100;
const key = { name: required(text), number: required(integer) };
const decision = message({ ...key, comment: text });

/** Endpoints of requests. */
export const approvalRoutes: readonly Route[] = [
  route(
    'POST /mlspec/approvals/ask',
    message({
      ...{ name: required(text), version: required(text), alias: required(text), why: required(text) },
      days: integer,
    }),
    async ({ name: model, version, alias, why, days = defaultDays }, call) => {
      const { requests, by } = deskOf(call);
      if (days < 1 || days > mostDays) throw badValue(`expected days to be 1 to ${mostDays}, found ${days}`);
      const request = { model, ordinal: ordinalOf(version), alias, why, expiresAtMs: now() + days * dayMs };
      return { request: writeRequest(await requests.ask(request, by)) };
    },
  ),
  route(
    'GET /mlspec/approvals/list',
    message({
      name: text,
      alias: text,
      which: oneOf(['open', 'all'] as const),
      max_results: integer,
      page_token: text,
    }),
    async ({ name, alias, which, max_results, page_token }, call) => {
      const { requests } = deskOf(call);
      const { items, nextPageToken } = await requests.search({
        ...{ model: name || undefined, alias: alias || undefined, which: which ?? 'open' },
        ...{ limit: max_results ?? defaultLimit, pageToken: page_token },
      });
      return {
        requests: items.map(writeRequest),
        ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
      };
    },
  ),
  route('GET /mlspec/approvals/get', message(key), async ({ name: model, number }, call) => ({
    request: writeRequest(await deskOf(call).requests.find({ model, number })),
  })),
  deciding('POST /mlspec/approvals/approve', (requests, at, said) => requests.approve(at, said)),
  deciding('POST /mlspec/approvals/reject', (requests, at, said) => requests.reject(at, said)),
  deciding('POST /mlspec/approvals/withdraw', (requests, at, said) => requests.withdraw(at, said)),
];

type Deciding = (
  requests: AliasRequests,
  at: { readonly model: string; readonly number: number },
  said: Said,
) => Promise<AliasRequest>;

function deciding(name: RouteName, decide: Deciding): Route {
  return route(name, decision, async ({ name: model, number, comment = '' }: Fields<typeof decision.table>, call) => {
    const { requests, by } = deskOf(call);
    return { request: writeRequest(await decide(requests, { model, number }, { by, comment })) };
  });
}

/** @throws PlatformError ACCESS_OFF where nobody signs in */
function deskOf(call: Call): { readonly requests: AliasRequests; readonly by: Person } {
  const { approvals: requests } = call;
  if (requests === undefined || call.caller === null) {
    throw new PlatformError('ACCESS_OFF', {
      message: 'Nobody signs in to this server, so that nobody approves over it. Approve with a key: mlspec approve',
    });
  }
  return { requests, by: personOf(requireCaller(call)) };
}

function personOf({ user, token }: Caller): Person {
  return { id: user.id, name: user.name, token: token?.prefix ?? null };
}

/**
 * What a client's move of an alias becomes that was refused because the alias is protected: it is carried out where a
 * request for it has all that it takes.
 * @throws PlatformError REGISTRY_ALIAS_PROTECTED, with what is missing; the error itself where it says something else
 */
export async function carryOutRequest(
  error: unknown,
  { approvals, caller }: Call,
  { key: version, alias }: { readonly key: VersionKey; readonly alias: string },
): Promise<void> {
  const isHeld = isPlatformError(error) && error.code === 'REGISTRY_ALIAS_PROTECTED';
  if (!isHeld || approvals === undefined || caller === null) throw error;
  await approvals.carryOut(version, { alias, by: personOf(caller) });
}

function writeRequest(request: AliasRequest): object {
  const { model, number, alias, ordinal, version, replaces, why, askedBy, content, state, lapsedBecause } = request;
  const { given, needed, requires, missing, decisions } = request;
  return {
    ...{ name: model, number, alias, version: String(ordinal), model_version: version },
    ...{ replaces: replaces === null ? null : String(replaces), why, content, state, lapsed_because: lapsedBecause },
    ...{ approvals: { given, needed }, requires, missing, asked_by: askedBy.name, token: askedBy.token },
    ...{ asked_at: formatInstant(request.askedAtMs), expires_at: formatInstant(request.expiresAtMs) },
    decisions: decisions.map(({ kind, by, comment, checks, atMs }) => ({
      ...{ kind, by: by.name, token: by.token, comment, checks, at: formatInstant(atMs) },
    })),
  };
}
