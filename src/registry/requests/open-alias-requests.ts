/**
 * Requests to move protected aliases, in a database. Each decision is one transaction that holds the model, so that of two
 * that contradict one another the second finds what the first left: of an approval and a rejection one ends the request,
 * and of two last approvals one moves the alias.
 */
import { type Database, migrate, type Session } from '../../database/index.ts';
import { now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { artifactPathsSchema, emitEvent, storable, trackingSchema } from '../../tracking/index.ts';
import type { VersionKey } from '../model-registry.ts';
import { getModel } from '../models.ts';
import { badValue, checkNewClientAlias } from '../names.ts';
import { holdModel, isProtected, promoteIn, protectionOf } from '../protections.ts';
import { registrySchema } from '../schema.ts';
import { getVersion } from '../versions.ts';
import type {
  AliasRequest,
  AliasRequests,
  CheckOutcome,
  NewAliasRequest,
  Person,
  RequestDecision,
  RequestKey,
  RequestSources,
  Said,
} from './alias-requests.ts';
import { type RequestRow, requireRequest, unendedRequests, writeDecision, writeRequest } from './request-rows.ts';
import { contentOf, missingOf, ownShare, pointedAt, type Standing, shown, standingOf } from './request-standing.ts';
import { searchRequests } from './search-requests.ts';

const longest = { why: 5000, comment: 5000 } as const;
const longestMs = 366 * 24 * 3600 * 1000;

/** The requests in a database, whose tables are made or brought up to date first. */
export async function openAliasRequests(database: Database, sources: RequestSources): Promise<AliasRequests> {
  for (const owner of [trackingSchema, artifactPathsSchema, registrySchema]) await migrate(database, owner);
  const desk: Desk = { database, sources };
  return {
    ask: (request, by) => ask(desk, request, by),
    approve: (key, said) => approve(desk, key, said),
    reject: (key, said) => end(desk, key, { ...said, kind: 'reject' }),
    withdraw: (key, said) => end(desk, key, { ...said, kind: 'withdraw' }),
    carryOut: (key, move) => carryOut(desk, key, move),
    find: (key) => find(desk, key),
    search: (query) => searchRequests(database, sources, query),
  };
}

interface Desk {
  readonly database: Database;
  readonly sources: RequestSources;
}

async function ask({ database, sources }: Desk, request: NewAliasRequest, by: Person): Promise<AliasRequest> {
  const { model, alias, ordinal, expiresAtMs } = request;
  checkNewClientAlias(alias);
  const why = textOf(request.why, 'why');
  if (expiresAtMs <= now() || expiresAtMs > now() + longestMs)
    throw badValue('expected a request to last for 1 to 366 days');
  return await database.transaction(async (session) => {
    await getModel(session, model);
    await holdModel(session, model);
    const version = await getVersion(session, request);
    const protection = await protectionOf(session, model, alias);
    if (protection === null)
      throw badValue(`expected a protected alias, found '${alias}' of model '${model}', which may be moved as it is`);
    if (version.aliases.includes(alias))
      throw badValue(`expected another version than the one that '${alias}' points at, found ${version.version}`);
    for (const other of await unendedRequests(session, { model, alias, ordinal })) {
      const { state, lapsedBecause } = await standingOf(session, other, sources);
      if (state === 'open') throw exists(other);
      await lapse(session, other, { by, why: lapsedBecause! });
    }
    const key = await writeRequest(
      session,
      { ...request, why },
      {
        ...{ by, version: version.version, protection: protection.id },
        ...{ content: await contentOf(session, version), replaces: await pointedAt(session, model, alias) },
      },
    );
    const data = { name: model, alias, version: String(ordinal), request: key.number, requested_by: by.name };
    await emitEvent(session, 'mlspec.alias_request.created', data);
    return await shown(session, await requireRequest(session, key), { sources, checks: null });
  });
}

function exists({ model, number, alias, version }: RequestRow): PlatformError {
  return new PlatformError('REGISTRY_REQUEST_EXISTS', {
    message: `Request ${number} of model '${model}' asks for '${alias}' to point at ${version} already.`,
    details: { model, number },
  });
}

async function approve({ database, sources }: Desk, key: RequestKey, said: Said): Promise<AliasRequest> {
  const comment = textOf(said.comment, 'comment');
  await getModel(database, key.model);
  // Asked before the transaction, which waits for nothing but the database: what they speak of is compared in it.
  const checks = await checksOf({ database, sources }, await requireRequest(database, key));
  return await decide({ database, sources }, key, async (session, request, standing) => {
    const { by } = said;
    const own = ownShare(request, by, { makers: standing.makers, sources });
    if (own !== null) throw ownApproval(request, own);
    const isNew = !request.decisions.some(({ kind, by: other }) => kind === 'approve' && other.id === by.id);
    if (isNew) await noteDecision(session, request, { kind: 'approve', by, comment, checks });
    return await moveIfDue(session, await requireRequest(session, key), { by, checks, sources });
  });
}

/** Moves the alias where nothing is missing. */
async function moveIfDue(
  session: Session,
  request: RequestRow,
  {
    by,
    checks,
    sources,
  }: { readonly by: Person; readonly checks: readonly CheckOutcome[]; readonly sources: RequestSources },
): Promise<AliasRequest> {
  const standing = await standingOf(session, request, sources);
  if (missingOf(standing, checks).length === 0) {
    await promoteIn(session, request, { alias: request.alias, by: `user:${by.name}` });
    await noteDecision(session, request, { kind: 'move', by, comment: '', checks });
  }
  return await shown(session, await requireRequest(session, request), { sources, checks });
}

async function end(
  desk: Desk,
  key: RequestKey,
  said: Said & { readonly kind: 'reject' | 'withdraw' },
): Promise<AliasRequest> {
  const { kind, by } = said;
  const comment = textOf(said.comment, 'comment');
  return await decide(desk, key, async (session, request) => {
    if (kind === 'withdraw' && by.id !== request.askedBy.id)
      throw new PlatformError('REGISTRY_OWN_APPROVAL', {
        message: `Request ${request.number} of model '${request.model}' was asked by ${request.askedBy.name}, who alone withdraws it; an approver rejects it.`,
      });
    await noteDecision(session, request, { kind, by, comment, checks: null });
    return await shown(session, await requireRequest(session, key), { sources: desk.sources, checks: null });
  });
}

type Decision<Result> = (session: Session, request: RequestRow, standing: Standing) => Promise<Result>;

/** Decides about a request that is open. @throws PlatformError REGISTRY_REQUEST_CLOSED */
async function decide<Result>(
  { database, sources }: Desk,
  key: RequestKey,
  decision: Decision<Result>,
): Promise<Result> {
  return await database.transaction(async (session) => {
    await getModel(session, key.model);
    await holdModel(session, key.model);
    const request = await requireRequest(session, key);
    const standing = await standingOf(session, request, sources);
    if (standing.state !== 'open') throw closed(request, standing);
    return await decision(session, request, standing);
  });
}

function closed({ model, number }: RequestRow, { state, lapsedBecause }: Standing): PlatformError {
  const why = lapsedBecause === null ? `was ${state}` : `has lapsed: ${lapsedBecause}`;
  return new PlatformError('REGISTRY_REQUEST_CLOSED', {
    message: `Request ${number} of model '${model}' ${why}. Ask again with: mlspec approvals ask`,
    details: { model, number, state },
  });
}

function ownApproval({ model, number }: RequestRow, own: 'asked' | 'made'): PlatformError {
  const what = own === 'asked' ? 'asked for it' : 'made the version';
  return new PlatformError('REGISTRY_OWN_APPROVAL', {
    message: `Request ${number} of model '${model}' is approved by others than who ${what}.`,
    details: { model, number },
  });
}

async function carryOut(
  { database, sources }: Desk,
  key: VersionKey,
  { alias, by }: { readonly alias: string; readonly by: Person },
): Promise<void> {
  const { model, ordinal } = key;
  const version = await getVersion(database, key);
  const checks = await sources.check(version);
  await database.transaction(async (session) => {
    await holdModel(session, model);
    const protection = await protectionOf(session, model, alias);
    if (protection === null) throw isProtected(model, alias, 'it was when this was asked; try again');
    for (const request of await unendedRequests(session, { model, alias, ordinal })) {
      if ((await standingOf(session, request, sources)).state !== 'open') continue;
      const { state, missing } = await moveIfDue(session, request, { by, checks, sources });
      if (state === 'moved') return;
      throw isProtected(model, alias, waiting(request, missing));
    }
    const people = protection.approvals === 1 ? '1 person' : `${protection.approvals} people`;
    throw isProtected(
      model,
      alias,
      `it moves to a version once ${people} other than who asked and who made it approved that, and nobody asked for ${version.version} yet. Ask with: mlspec approvals ask '${model}/${version.version}' --alias ${alias} --why TEXT, or POST /api/2.0/mlspec/approvals/ask with name, version, alias and why`,
    );
  });
}

function waiting({ model, number, version }: RequestRow, missing: readonly string[]): string {
  return `request ${number} asks for it to point at ${version}; missing: ${missing.join('; ')}. Approvers approve with: mlspec approvals approve '${model}' ${number}, or POST /api/2.0/mlspec/approvals/approve with name and number`;
}

async function find({ database, sources }: Desk, key: RequestKey): Promise<AliasRequest> {
  await getModel(database, key.model);
  const request = await requireRequest(database, key);
  const checks = await checksOf({ database, sources }, request);
  return await shown(database, request, { sources, checks });
}

/** What the checks say of the version of a request; nothing where it is gone. */
async function checksOf({ database, sources }: Desk, request: RequestRow): Promise<readonly CheckOutcome[]> {
  const { state } = await standingOf(database, request, sources);
  return state === 'open' ? await sources.check(await getVersion(database, request)) : [];
}

async function lapse(
  session: Session,
  request: RequestRow,
  { by, why }: { readonly by: Person; readonly why: string },
): Promise<void> {
  await noteDecision(session, request, { kind: 'lapse', by, comment: why, checks: null });
}

async function noteDecision(
  session: Session,
  request: RequestRow,
  decision: Omit<RequestDecision, 'atMs'>,
): Promise<void> {
  await writeDecision(session, request, decision);
  const { model, alias, ordinal, number } = request;
  await emitEvent(session, 'mlspec.alias_request.decided', {
    ...{ name: model, alias, version: String(ordinal), request: number },
    ...{ decision: decision.kind, decided_by: decision.by.name, comment: decision.comment },
  });
}

function textOf(text: string, name: keyof typeof longest): string {
  if (text.length > longest[name])
    throw badValue(`'${name}' exceeds the maximum length of ${longest[name]} characters`);
  return storable(text);
}
