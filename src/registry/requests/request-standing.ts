/**
 * How a request stands, always found anew from what the tables say now: nothing that was true when somebody approved is
 * taken for true when the alias moves.
 *
 * It lapses where its protection was declared again, the version is another one than it was (or gone), the alias moved
 * meanwhile, or its time is over. An approval counts where whoever gave it may approve now, and neither asked nor made the
 * version; one person counts once, also where the same name was made again for another account. Who made a version: who
 * registered it, who registered the same place before, and whose the run is that it came from. Where nobody who signs in
 * registered it, one of those who approve may have: then it takes one more.
 */
import type { Session } from '../../database/index.ts';
import { type Digest, digestJson, now } from '../../encoding/index.ts';
import { isPlatformError } from '../../errors/index.ts';
import { contentAt, userOfRun } from '../../tracking/index.ts';
import type { ModelVersion, VersionKey } from '../model-registry.ts';
import { type HeldProtection, protectionOf } from '../protections.ts';
import { getVersion } from '../versions.ts';
import type { AliasRequest, CheckOutcome, Person, RequestSources } from './alias-requests.ts';
import type { RequestRow } from './request-rows.ts';

/** One digest of what a version is: where it lies, what it takes and gives, and every file that the server keeps of it. */
export async function contentOf(session: Session, version: ModelVersion): Promise<Digest> {
  const { packageDigest, source, storageLocation, trackedRunId, modelId, signature } = version;
  const files = storageLocation === null ? null : await contentAt(session, storageLocation);
  return digestJson({ packageDigest, source, storageLocation, run: trackedRunId, modelId, signature, files });
}

/** The version that an alias points at; null where it points at none. */
export async function pointedAt(session: Session, model: string, alias: string): Promise<number | null> {
  const sql = 'select ordinal from model_aliases where model = ? and alias = ?';
  return (await session.first<{ ordinal: number }>(sql, [model, alias]))?.ordinal ?? null;
}

/** Who made a version, by the keys of their names. */
export interface Makers {
  readonly keys: ReadonlySet<string>;
  /** False where nobody who signs in registered it. */
  readonly isKnown: boolean;
}

/** Who made a version. */
export async function makersOf(session: Session, version: ModelVersion, sources: RequestSources): Promise<Makers> {
  const { user, storageLocation, trackedRunId } = version;
  const sql = 'select distinct user_name from model_versions where storage_location = ? and user_name is not null';
  const same = storageLocation === null ? [] : await session.all<{ user_name: string }>(sql, [storageLocation]);
  const trained = trackedRunId === null ? null : await userOfRun(session, trackedRunId);
  const names = [user, trained, ...same.map((row) => row.user_name)].filter((name) => name !== null);
  return {
    keys: new Set(names.map(sources.keyOfName)),
    isKnown: user !== null && (await sources.isUser(session, user)),
  };
}

/** What holds of a request now. */
export interface Standing {
  readonly state: AliasRequest['state'];
  readonly lapsedBecause: string | null;
  readonly protection: HeldProtection | null;
  readonly makers: Makers;
  readonly given: number;
  readonly needed: number;
}

/** How a request stands. */
export async function standingOf(session: Session, request: RequestRow, sources: RequestSources): Promise<Standing> {
  const protection = await protectionOf(session, request.model, request.alias);
  const version = await versionOrNull(session, request);
  const ended = request.decisions.find(({ kind }) => kind !== 'approve');
  const makers =
    version === null ? { keys: new Set<string>(), isKnown: false } : await makersOf(session, version, sources);
  const standing = {
    ...{ protection, makers, given: await countApprovals(session, request, { makers, sources }) },
    needed: (protection?.approvals ?? 0) + (makers.isKnown ? 0 : 1),
  };
  if (ended !== undefined) {
    const lapsedBecause = ended.kind === 'lapse' ? ended.comment : null;
    return { ...standing, state: states[ended.kind as keyof typeof states], lapsedBecause };
  }
  const lapsedBecause = await lapseOf(session, request, { protection, version });
  return { ...standing, state: lapsedBecause === null ? 'open' : 'lapsed', lapsedBecause };
}

const states = { reject: 'rejected', withdraw: 'withdrawn', move: 'moved', lapse: 'lapsed' } as const;

async function lapseOf(
  session: Session,
  request: RequestRow,
  { protection, version }: { readonly protection: HeldProtection | null; readonly version: ModelVersion | null },
): Promise<string | null> {
  const { model, alias, replaces } = request;
  if (request.expiresAtMs <= now()) return 'its time is over';
  if (protection === null) return `the alias '${alias}' is not protected any more`;
  if (protection.id !== request.protection) return `the alias '${alias}' was protected anew`;
  if (version === null) return 'the version is not there any more';
  if ((await pointedAt(session, model, alias)) !== replaces) return `the alias '${alias}' moved meanwhile`;
  if ((await contentOf(session, version)) !== request.content) return 'the version is not what it was';
  return null;
}

async function versionOrNull(session: Session, key: VersionKey): Promise<ModelVersion | null> {
  return await getVersion(session, key).catch((error: unknown) => {
    if (isPlatformError(error) && error.code === 'REGISTRY_VERSION_UNKNOWN') return null;
    throw error;
  });
}

/** Why somebody's approval of a request counts for nothing, or null. */
export function ownShare(
  { askedBy }: Pick<RequestRow, 'askedBy'>,
  person: Person,
  { makers, sources }: { readonly makers: Makers; readonly sources: RequestSources },
): 'asked' | 'made' | null {
  const key = sources.keyOfName(person.name);
  if (person.id === askedBy.id || key === sources.keyOfName(askedBy.name)) return 'asked';
  return makers.keys.has(key) ? 'made' : null;
}

async function countApprovals(
  session: Session,
  request: RequestRow,
  of: { readonly makers: Makers; readonly sources: RequestSources },
): Promise<number> {
  const counted = new Map<string, number>();
  for (const { kind, by } of request.decisions) {
    if (kind !== 'approve' || ownShare(request, by, of) !== null) continue;
    const key = of.sources.keyOfName(by.name);
    const isCounted = counted.has(key) || [...counted.values()].includes(by.id);
    // What moved, moved: who loses the role afterwards approved all the same.
    const isOver = request.decisions.some((one) => one.kind === 'move');
    if (!isCounted && (isOver || (await of.sources.mayApprove(session, by.id, request.model)))) counted.set(key, by.id);
  }
  return counted.size;
}

/** What is missing before the alias moves, in words. @param checks null: nobody asked them */
export function missingOf(standing: Standing, checks: readonly CheckOutcome[] | null): string[] {
  const { given, needed, protection, makers } = standing;
  const missing: string[] = [];
  const unknown = makers.isKnown ? '' : ', one of them because nobody who signs in registered the version';
  if (given < needed) missing.push(`approvals: ${given} of ${needed}${unknown}`);
  for (const { check, state, says } of checks ?? []) {
    const isAsked = protection?.requires.includes(check) === true;
    if (state === 'holds' || (state === 'absent' && !isAsked)) continue;
    // Evidence that is there has to hold, whoever asks for it.
    if (isAsked || check === 'evidence') missing.push(`${check}: ${says}`);
  }
  return missing;
}

/** A request with how it stands. @param checks null: nobody asked them */
export async function shown(
  session: Session,
  request: RequestRow,
  { sources, checks }: { readonly sources: RequestSources; readonly checks: readonly CheckOutcome[] | null },
): Promise<AliasRequest> {
  const standing = await standingOf(session, request, sources);
  const { state, lapsedBecause, given, needed, protection: held } = standing;
  const { protection: _asked, ...said } = request;
  return {
    ...{ ...said, state, lapsedBecause, given, needed, requires: held?.requires ?? [] },
    missing: state === 'open' ? missingOf(standing, checks) : [],
  };
}
