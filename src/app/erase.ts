/**
 * Takes content out of a store for good, as people whose data it holds may ask: the statements and the log that name it by
 * digest stay, and a signed statement says that it was erased.
 */
import { planCollection, removeCollected } from '../artifacts/index.ts';
import { type Digest, isDigest, now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ArtifactRecord, MetadataStore } from '../metadata/index.ts';
import { erasurePredicateType, erasureStatement } from '../provenance/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { withRecord } from './records.ts';
import { openSigning } from './signing.ts';
import { publishLogOrSay } from './transparency-log.ts';

/** What is to be erased, and why. */
export interface ErasureRequest {
  readonly digests: readonly string[];
  readonly why: string;
  /** False: only say what would go. */
  readonly remove: boolean;
  readonly onProgress: (message: string) => void;
}

/** What was erased, or would be. */
export interface Erased {
  readonly removed: boolean;
  readonly artifacts: readonly { readonly type: string; readonly digest: Digest }[];
  /** Statements of attempts that did not end well, whose text goes with that of their errors. */
  readonly statements: readonly { readonly step: string; readonly digest: Digest }[];
  /** Files and lists of files on disk. */
  readonly itemCount: number;
  readonly sizeBytes: number;
  /** Runs that name it, for which it is stated. */
  readonly runs: readonly string[];
  /** Files of it that stay because other artifacts hold the same bytes. */
  readonly sharedFiles: number;
}

const allRuns = 1_000_000;

/**
 * Erases artifacts by their digests, with every file of a tree that no other artifact holds, and by the digests of their
 * statements attempts that failed or were canceled: the text of the statement, of the error, and what was printed. It is stated,
 * signed by the owner and logged, before anything is removed: cut short, it is brought to its end by being asked again.
 * @throws PlatformError ARTIFACT_MISSING for a digest that the record does not have, ERASE_NEEDED for the statement of a step
 *   that ended well
 */
export async function eraseArtifacts(config: Config, request: ErasureRequest): Promise<Erased> {
  return await withRecord(config, async (record) => {
    const { artifacts, attempts } = await findAll(record, request.digests);
    const digests = new Set(artifacts.map(({ digest }) => digest));
    const plan = await planErasure(record, digests);
    const runs = [...new Set([...(await runsThatName(record, digests)), ...attempts.map(({ run }) => run)])].sort();
    if (request.remove) {
      await stateErasure(config, record, { artifacts, attempts, runs, request });
      for (const { execution } of attempts) await record.metadata.eraseStatement(execution);
      const storedBeforeMs = Number.MAX_SAFE_INTEGER;
      await removeCollected(record.artifacts, plan, { storedBeforeMs });
      await record.metadata.markDeleted([...digests], { recordedBeforeMs: now() + 1 });
    }
    return {
      removed: request.remove,
      artifacts: artifacts.map(({ type, digest }) => ({ type, digest })),
      statements: attempts.map(({ step, digest }) => ({ step, digest })),
      itemCount: plan.remove.length,
      sizeBytes: plan.removeBytes,
      runs,
      sharedFiles: plan.sharedFiles,
    };
  });
}

/** An attempt that did not end well, by its statement. */
interface Attempt {
  readonly run: string;
  readonly execution: string;
  readonly step: string;
  readonly digest: Digest;
}

/** What digests stand for; of an attempt also what it printed. */
async function findAll(
  { metadata }: ProjectRecord,
  digests: readonly string[],
): Promise<{ readonly artifacts: readonly ArtifactRecord[]; readonly attempts: readonly Attempt[] }> {
  const [artifacts, attempts]: [ArtifactRecord[], Attempt[]] = [[], []];
  for (const digest of digests) {
    const artifact = isDigest(digest) ? await metadata.artifactByDigest(digest) : null;
    const execution = isDigest(digest) ? await metadata.executionOfStatement(digest) : null;
    if (artifact !== null) artifacts.push(artifact);
    else if (execution !== null) {
      attempts.push({ ...(await requireLost(metadata, execution)), execution, digest: digest as Digest });
      const left = (await metadata.events([execution])).filter(({ direction }) => direction === 'OUTPUT');
      artifacts.push(...(await metadata.artifacts(left.map(({ artifactId }) => artifactId))));
    } else
      throw new PlatformError('ARTIFACT_MISSING', {
        message: `expected the whole digest of an artifact or of a statement of the record, found ${JSON.stringify(digest.slice(0, 100))}`,
        hint: 'Give it whole: mlspec ls artifacts --json lists artifacts, mlspec show RUN STEP --json tells the statement of each attempt.',
      });
  }
  return { artifacts, attempts };
}

/** The statement of a step that ended well is what proves it: without it nothing would. */
async function requireLost(metadata: MetadataStore, execution: string): Promise<Pick<Attempt, 'run' | 'step'>> {
  const { state, step, runId } = await metadata.getExecution(execution);
  if (state === 'FAILED' || state === 'CANCELED') return { run: runId, step };
  throw new PlatformError('ERASE_NEEDED', {
    message: `expected the statement of an attempt that failed or was canceled, found that of ${step}, which ended ${state}`,
  });
}

/** What belongs to these digests, and to nothing else that the record names. */
async function planErasure(
  record: ProjectRecord,
  digests: ReadonlySet<Digest>,
): Promise<Awaited<ReturnType<typeof planCollection>> & { readonly sharedFiles: number }> {
  const wanted = new Set<Digest>(digests);
  for (const digest of digests) {
    if (!(await record.artifacts.has(digest))) continue;
    for (const entry of await record.artifacts.entries(digest)) wanted.add(entry.digest);
  }
  const keep = await namedDigests(record);
  for (const digest of digests) keep.delete(digest);
  const plan = await planCollection(record.artifacts, { keep, storedBeforeMs: Number.MAX_SAFE_INTEGER });
  const remove = plan.remove.filter(({ digest }) => wanted.has(digest));
  const going = new Set(remove.map(({ digest }) => digest));
  let sharedFiles = 0;
  for (const digest of wanted) if (!going.has(digest) && (await record.artifacts.has(digest))) sharedFiles++;
  return { ...plan, remove, removeBytes: remove.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), sharedFiles };
}

async function namedDigests({ metadata }: ProjectRecord): Promise<Set<Digest>> {
  const runs = await metadata.listRuns({ limit: allRuns });
  const registry = await openRegistry(metadata.database);
  const keep = new Set<Digest>([
    ...(await metadata.digestsOfRuns(runs.map(({ id }) => id))),
    ...(await registry.packageDigests()),
  ]);
  for (const { specDigest, details } of runs) {
    keep.add(specDigest);
    if (isDigest(details['plan'])) keep.add(details['plan']);
  }
  return keep;
}

/** The runs whose executions left these artifacts, newly made or taken from the record. */
async function runsThatName({ metadata }: ProjectRecord, digests: ReadonlySet<Digest>): Promise<string[]> {
  const runs = new Set<string>();
  for (const digest of digests) {
    const ids = (await metadata.artifactsByDigest(digest)).map(({ id }) => id);
    const made = (await metadata.eventsOfArtifacts(ids)).filter(({ direction }) => direction === 'OUTPUT');
    for (const { executionId } of made) runs.add((await metadata.getExecution(executionId)).runId);
  }
  return [...runs].sort();
}

async function stateErasure(
  config: Config,
  { metadata }: ProjectRecord,
  of: {
    readonly artifacts: readonly ArtifactRecord[];
    readonly attempts: readonly Attempt[];
    readonly runs: readonly string[];
    readonly request: ErasureRequest;
  },
): Promise<void> {
  const { why, onProgress } = of.request;
  const signing = openSigning(config, onProgress);
  const subjects = [
    ...of.artifacts.map(({ type, digest }) => ({ name: type, digest })),
    ...of.attempts.map(({ step, digest }) => ({ name: `statement/${step}`, digest })),
  ];
  for (const run of of.runs) {
    const statement = erasureStatement({ run, subjects, why, atMs: now() });
    const signed = await signing.statement(statement, 'owner');
    await metadata.putRunStatement({ runId: run, predicateType: erasurePredicateType }, signed);
  }
  await publishLogOrSay(config, { metadata, signing, onProgress });
}
