/**
 * Whether a project's log says what its record says: each entry stands for a statement, each statement for an entry, the
 * tiles are made of the entries, and whoever is trusted signed the statements and the checkpoint.
 */
import { type Digest, digestOf } from '../encoding/index.ts';
import { toPlatformError } from '../errors/index.ts';
import type { LoggedRecord, MetadataStore, SignedStatement } from '../metadata/index.ts';
import {
  agreedProperty,
  envelopeOf,
  erasurePredicateType,
  layoutPredicateType,
  objectivesPredicateType,
  openEnvelope,
  type Statement,
  verdictPredicateType,
} from '../provenance/index.ts';
import { type KeyRole, keysFor, readTrust, type Trust } from '../provenance/keys/index.ts';
import { type CheckedCheckpoint, hashLeaf, readEntries, rootHash, tileReader } from '../provenance/log/index.ts';
import type { Config } from './config.ts';
import { requireProject } from './project.ts';
import { withRecord } from './records.ts';
import { openSigning } from './signing.ts';
import { logFolder, logOrigin, publishLog } from './transparency-log.ts';
import { trustedCheckpoint } from './view-log.ts';

/** Something that is not as it must be. */
export interface LogProblem {
  readonly rule: 'checkpoint' | 'tiles' | 'entries' | 'statements' | 'signatures';
  /** The place in the log, where it is about one. */
  readonly place: number | null;
  readonly message: string;
}

/** What was found. */
export interface LogVerdict {
  readonly origin: string;
  /** Entries in the record. */
  readonly size: number;
  /** Entries of which the last checkpoint speaks; null where there is none that a trusted key signed. */
  readonly checkpointSize: number | null;
  readonly problems: readonly LogProblem[];
}

const mostProblems = 50;
const entriesAtOnce = 1 << 14;

/**
 * Looks at the whole log. At most 50 problems are told.
 * @param options.isRepair write the tiles again from the record first
 * @throws PlatformError LOG_NOTHING in a project of which nothing was recorded
 */
export async function verifyLog(config: Config, options: { readonly isRepair?: boolean } = {}): Promise<LogVerdict> {
  await requireProject(config);
  return await withRecord(config, async ({ metadata }) => {
    const problems: LogProblem[] = [];
    const origin = await logOrigin(config);
    if (options.isRepair === true) {
      try {
        await publishLog(config, { metadata, signing: openSigning(config), isRepair: true });
      } catch (error) {
        problems.push({ rule: 'tiles', place: null, message: toPlatformError(error).message });
      }
    }
    const trust = await readTrust(config.keysDir);
    const size = await metadata.logSize();
    const statements = await statementsByPlace(metadata);
    problems.push(...(await checkEntries(metadata, { size, statements })));
    problems.push(...checkSignatures(statements, { trust, origin }));
    const checkpoint = await checkCheckpoint(config, trust);
    if ('rule' in checkpoint) problems.push(checkpoint);
    else problems.push(...(await checkTiles(config, { metadata, checkpoint, size })));
    return {
      origin,
      size,
      checkpointSize: 'rule' in checkpoint ? null : checkpoint.size,
      problems: problems.slice(0, mostProblems),
    };
  });
}

interface Placed extends Pick<LoggedRecord, 'body' | 'signatures' | 'digest'> {
  /** Whether its text is not there any more, and an erasure names it. */
  readonly isErased: boolean;
  readonly roles: readonly KeyRole[];
}

/** Every statement of the record by its place in the log. */
async function statementsByPlace(metadata: MetadataStore): Promise<Map<number, Placed>> {
  const placed = new Map<number, Placed>();
  const all = await metadata.allStatements();
  const erased = new Set(all.flatMap(erasedBy));
  for (const statement of all) {
    if (statement.logPlace === null) continue;
    const isErased = statement.body === '' && erased.has(statement.digest);
    placed.set(statement.logPlace, { ...statement, isErased, roles: rolesOf(statement) });
  }
  return placed;
}

/** Digests of what a statement says to be erased; that its own signature is good is checked with all others. */
function erasedBy({ body }: Pick<SignedStatement, 'body'>): Digest[] {
  if (!body.includes(`"predicateType":"${erasurePredicateType}"`)) return [];
  try {
    const { predicateType, subject } = JSON.parse(body) as Statement;
    return predicateType === erasurePredicateType
      ? subject.map(({ digest }) => `sha256:${digest['sha256']}` as Digest)
      : [];
  } catch {
    // Another text than the one that was signed: told with its entry.
    return [];
  }
}

/** What only the owner may say, and what others say. */
function rolesOf({ body }: Pick<SignedStatement, 'body'>): readonly KeyRole[] {
  const isOwned = [layoutPredicateType, objectivesPredicateType, erasurePredicateType].some((type) =>
    body.includes(`"predicateType":"${type}"`),
  );
  if (isOwned) return ['owner'];
  if (!body.includes(`"predicateType":"${verdictPredicateType}"`)) return ['runner', 'validator'];
  return body.includes(`"${agreedProperty}"`) ? ['owner'] : ['runner', 'approver'];
}

async function checkEntries(
  metadata: MetadataStore,
  of: { readonly size: number; readonly statements: ReadonlyMap<number, Placed> },
): Promise<LogProblem[]> {
  const problems: LogProblem[] = [];
  for (let from = 0; from < of.size; from += entriesAtOnce) {
    const to = Math.min(of.size, from + entriesAtOnce);
    const entries = await metadata.logEntries(from, to);
    if (entries.length !== to - from) {
      problems.push({ rule: 'entries', place: from, message: `${to - from - entries.length} entries are missing` });
    }
    for (const [index, entry] of entries.entries()) {
      const place = from + index;
      const statement = of.statements.get(place);
      if (statement === undefined) {
        problems.push({ rule: 'statements', place, message: 'the statement of this entry is not in the record' });
      } else if (!entry.includes(`"statement":"${statement.isErased ? statement.digest : digestOf(statement.body)}"`)) {
        problems.push({ rule: 'statements', place, message: 'the statement is not the one that the log took in' });
      }
    }
  }
  for (const place of of.statements.keys()) {
    if (place >= of.size) problems.push({ rule: 'entries', place, message: 'the log ends before this statement' });
  }
  return problems;
}

function checkSignatures(
  statements: ReadonlyMap<number, Placed>,
  { trust, origin }: { readonly trust: Trust; readonly origin: string },
): LogProblem[] {
  return [...statements].flatMap(([index, statement]): LogProblem[] => {
    if (statement.isErased) return [];
    const keys = statement.roles.flatMap((role) => keysFor(trust, role, { origin, index }));
    if (openEnvelope(envelopeOf(statement), { keys }) !== null) return [];
    const roles = statement.roles.join(' or ');
    return [{ rule: 'signatures', place: index, message: `no trusted key with the role ${roles} signed it` }];
  });
}

async function checkCheckpoint(config: Config, trust: Trust): Promise<CheckedCheckpoint | LogProblem> {
  const problem = (message: string): LogProblem => ({ rule: 'checkpoint', place: null, message });
  try {
    return (
      (await trustedCheckpoint(config, trust)) ?? problem('there is none that a trusted key with the role log signed')
    );
  } catch (error) {
    return problem(toPlatformError(error).message);
  }
}

async function checkTiles(
  config: Config,
  of: { readonly metadata: MetadataStore; readonly checkpoint: CheckedCheckpoint; readonly size: number },
): Promise<LogProblem[]> {
  const { metadata, checkpoint, size } = of;
  const problem = (message: string, place: number | null = null): LogProblem => ({ rule: 'tiles', place, message });
  if (checkpoint.size > size) {
    return [problem(`the checkpoint speaks of ${checkpoint.size} entries, the record has ${size}: entries were lost`)];
  }
  const folder = logFolder(config);
  try {
    const reader = tileReader(folder, checkpoint.size);
    if (!rootHash(checkpoint.size, reader).equals(checkpoint.root)) {
      return [problem('the tree of the tiles is not the one of the checkpoint')];
    }
    for (let from = 0; from < checkpoint.size; from += entriesAtOnce) {
      const to = Math.min(checkpoint.size, from + entriesAtOnce);
      const recorded = await metadata.logEntries(from, to);
      const bundled = await readEntries(folder, { from, to, size: checkpoint.size });
      for (let index = 0; index < to - from; index++) {
        const entry = Buffer.from(recorded[index] ?? '');
        if (!bundled[index]?.equals(entry)) return [problem('a bundle holds another entry', from + index)];
        if (!reader(0, from + index).equals(hashLeaf(entry)))
          return [problem('a tile holds another hash', from + index)];
      }
    }
  } catch (error) {
    return [problem(toPlatformError(error).message)];
  }
  return [];
}
