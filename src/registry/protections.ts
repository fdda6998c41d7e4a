/**
 * Protected aliases: an alias that moves only after others approved. Whoever protects one, approves a version for it or moves
 * it leaves a row in a table to which rows are only ever added; the last row that protects says how it stands.
 */
import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { AliasApproval, AliasCheck, AliasDecision, NewProtection, VersionKey } from './model-registry.ts';
import { getModel } from './models.ts';
import { badValue, checkAlias } from './names.ts';
import { getVersion } from './versions.ts';
import { writeAlias } from './write-alias.ts';

const mostApprovals = 100;

/** Protects an alias, or lifts that with 0 approvals. */
export async function protectAlias(database: Database, protection: NewProtection): Promise<void> {
  const { model, alias, approvals, requires = [], weaker = 'allow' } = protection;
  checkAlias(alias);
  if (!Number.isInteger(approvals) || approvals < 0 || approvals > mostApprovals)
    throw badValue(`expected 0 to ${mostApprovals} approvals, found ${approvals}`);
  await database.transaction(async (session) => {
    await getModel(session, model);
    await holdModel(session, model);
    const before = await protectionOf(session, model, alias);
    const isWeaker = before !== null && (approvals < before.approvals || lacks(requires, before.requires));
    if (isWeaker && weaker === 'refuse')
      throw isProtected(model, alias, 'to ask for less takes the role admin everywhere, not of the model alone');
    await note(session, { ...protection, kind: 'protect', ordinal: null, counts: true });
  });
}

function lacks(requires: readonly AliasCheck[], before: readonly AliasCheck[]): boolean {
  return before.some((check) => !requires.includes(check));
}

/** How many approvals an alias takes; 0 where it is not protected. */
export async function approvalsFor(session: Session, model: string, alias: string): Promise<number> {
  return (await protectionOf(session, model, alias))?.approvals ?? 0;
}

/** A protection that holds. */
export interface HeldProtection {
  /** Of the decision: another one is another protection, also where it says the same. */
  readonly id: number;
  readonly approvals: number;
  readonly requires: readonly AliasCheck[];
}

/** How an alias is protected; null where it is not. */
export async function protectionOf(session: Session, model: string, alias: string): Promise<HeldProtection | null> {
  const sql = `select id, approvals, requires from alias_decisions where model = ? and alias = ? and kind = 'protect'
    order by id desc limit 1`;
  type Row = { readonly id: number; readonly approvals: number; readonly requires: string | null };
  const row = await session.first<Row>(sql, [model, alias]);
  return row === null || row.approvals === 0 ? null : { ...row, requires: readChecks(row.requires) };
}

function readChecks(text: string | null): AliasCheck[] {
  return text === null ? [] : (JSON.parse(text) as AliasCheck[]);
}

/** Whoever else decides about the aliases of a model waits until this transaction has ended; what was decided before is seen. */
export async function holdModel(session: Session, model: string): Promise<void> {
  await session.run('update registered_models set updated_at_ms = updated_at_ms where name = ?', [model]);
}

/** Notes that somebody approved a version for an alias. */
export async function noteApproval(database: Database, approval: AliasApproval): Promise<void> {
  const { model, ordinal } = approval;
  await database.transaction(async (session) => {
    await getVersion(session, { model, ordinal });
    await note(session, { ...approval, kind: 'approve', approvals: null });
  });
}

/** Moves an alias, protected or not, and notes who did. */
export async function promoteVersion(
  database: Database,
  key: VersionKey,
  move: { readonly alias: string; readonly by: string },
): Promise<void> {
  checkAlias(move.alias);
  await database.transaction(async (session) => {
    await holdModel(session, key.model);
    await promoteIn(session, key, move);
  });
}

/** The same within a transaction that holds the model. */
export async function promoteIn(
  session: Session,
  key: VersionKey,
  { alias, by }: { readonly alias: string; readonly by: string },
): Promise<void> {
  const { model, ordinal } = key;
  await getVersion(session, key);
  await writeAlias(session, key, alias);
  await note(session, { model, ordinal, alias, by, kind: 'move', approvals: null, counts: true });
}

/** Everything that was decided about the aliases of a model, the first first. */
export async function listDecisions(session: Session, model: string): Promise<AliasDecision[]> {
  type Row = Omit<AliasDecision, 'counts' | 'by' | 'atMs' | 'requires'> & {
    readonly requires: string | null;
    readonly counts: number;
    readonly decided_by: string;
    readonly at_ms: number;
  };
  const sql = `select kind, alias, ordinal, approvals, requires, decided_by, counts, at_ms from alias_decisions
    where model = ? order by id`;
  const rows = await session.all<Row>(sql, [model]);
  return rows.map(({ counts, decided_by: by, at_ms: atMs, requires, ...row }) => ({
    ...{ ...row, by, atMs },
    ...{ requires: readChecks(requires), counts: counts === 1 },
  }));
}

/**
 * Lets an alias be moved where that needs nobody's approval. Like the two below it holds the model, so that it stays so
 * until the transaction has ended.
 * @throws PlatformError REGISTRY_ALIAS_PROTECTED
 */
export async function requireFreeAlias(session: Session, key: VersionKey, alias: string): Promise<void> {
  await holdModel(session, key.model);
  const approvals = await approvalsFor(session, key.model, alias);
  if (approvals === 0) return;
  const version = await getVersion(session, key);
  if (version.aliases.includes(alias)) return;
  throw isProtected(
    key.model,
    alias,
    `it moves to a version once ${approvals} ${approvals === 1 ? 'person' : 'people'} other than who made it approved that. ${howToApprove(version, alias)}`,
  );
}

/**
 * Lets something happen to a model that would take these aliases away, or to all of them.
 * @throws PlatformError REGISTRY_ALIAS_PROTECTED where one of them is protected
 */
export async function requireNoProtection(session: Session, model: string, aliases?: readonly string[]): Promise<void> {
  await holdModel(session, model);
  const sql = `select distinct alias from alias_decisions where model = ? and kind = 'protect'`;
  for (const { alias } of await session.all<{ alias: string }>(sql, [model])) {
    const isMeant = aliases === undefined || aliases.includes(alias);
    if (!isMeant || (await approvalsFor(session, model, alias)) === 0) continue;
    throw isProtected(model, alias, `lift that first: mlspec models protect ${model} ${alias} --approvals 0`);
  }
}

/**
 * Lets a version go from its stage to another one, or be taken away (null). An alias that is called as a stage protects that
 * stage too, since clients load `models:/name/Production` as they load an alias: a version enters it once it has the
 * alias, and leaves it once another one has.
 * @throws PlatformError REGISTRY_ALIAS_PROTECTED
 */
export async function requireFreeStage(session: Session, key: VersionKey, to: string | null): Promise<void> {
  await holdModel(session, key.model);
  const version = await getVersion(session, key);
  if (version.stage === to) return;
  for (const { alias, holder } of await protectedAliases(session, key.model)) {
    if (isCalledAs(to, alias) && holder !== key.ordinal)
      throw stageIsProtected(
        key.model,
        { stage: to!, alias },
        `a version enters it once it has the alias. ${howToApprove(version, alias)}`,
      );
    if (isCalledAs(version.stage, alias) && (holder === null || holder === key.ordinal))
      throw stageIsProtected(
        key.model,
        { stage: version.stage, alias },
        `a version leaves it once another one has the alias. Approve that with: mlspec approve ${key.model}/VERSION --alias ${alias}`,
      );
  }
}

/** Lets a version be taken away. @throws PlatformError REGISTRY_ALIAS_PROTECTED */
export async function requireFreeVersion(session: Session, key: VersionKey): Promise<void> {
  await requireFreeStage(session, key, null);
  await requireNoProtection(session, key.model, (await getVersion(session, key)).aliases);
}

/** The protected alias that protects a stage; null where none does. */
export async function protectorOf(session: Session, model: string, stage: string): Promise<string | null> {
  const found = (await protectedAliases(session, model)).find(({ alias }) => isCalledAs(stage, alias));
  return found?.alias ?? null;
}

function isCalledAs(stage: string | null, alias: string): boolean {
  return stage?.toLowerCase() === alias.toLowerCase();
}

/** The protected aliases of a model, and which version has each. */
async function protectedAliases(
  session: Session,
  model: string,
): Promise<{ readonly alias: string; readonly holder: number | null }[]> {
  const sql = `select d.alias, a.ordinal as holder from alias_decisions d
    left join model_aliases a on a.model = d.model and a.alias = d.alias
    where d.approvals > 0 and d.id in (select max(id) from alias_decisions
      where model = ? and kind = 'protect' group by alias) order by d.alias`;
  const rows = await session.all<{ alias: string; holder: number | null }>(sql, [model]);
  return rows.map(({ alias, holder }) => ({ alias, holder: holder === null ? null : Number(holder) }));
}

function howToApprove({ model, version }: { readonly model: string; readonly version: string }, alias: string): string {
  return `Approve with: mlspec approve ${model}/${version} --alias ${alias}`;
}

function stageIsProtected(
  model: string,
  { stage, alias }: { readonly stage: string; readonly alias: string },
  what: string,
): PlatformError {
  return new PlatformError('REGISTRY_ALIAS_PROTECTED', {
    message: `The stage '${stage}' of model '${model}' is protected, as its alias '${alias}' is: ${what}`,
    details: { model, alias, stage },
  });
}

/** An alias that does not move, with what it takes. */
export function isProtected(model: string, alias: string, what: string): PlatformError {
  return new PlatformError('REGISTRY_ALIAS_PROTECTED', {
    message: `The alias '${alias}' of model '${model}' is protected: ${what}`,
    details: { model, alias },
  });
}

interface NewDecision {
  readonly kind: AliasDecision['kind'];
  readonly model: string;
  readonly alias: string;
  readonly ordinal: number | null;
  readonly approvals: number | null;
  readonly requires?: readonly AliasCheck[];
  readonly by: string;
  readonly counts: boolean;
}

async function note(
  session: Session,
  { kind, model, alias, ordinal, approvals, requires = [], by, counts }: NewDecision,
): Promise<void> {
  const columns = ['kind', 'model', 'alias', 'ordinal', 'approvals', 'requires', 'decided_by', 'counts', 'at_ms'];
  const asked = requires.length === 0 ? null : JSON.stringify([...new Set(requires)].sort());
  const row = [kind, model, alias, ordinal, approvals, asked, by, counts ? 1 : 0, now()];
  await session.insert({ table: 'alias_decisions', columns }, [row]);
}
