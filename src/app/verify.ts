import { type Digest, digestOf, now } from '../encoding/index.ts';
import type { RunStatementRecord, StatementRecord } from '../metadata/index.ts';
import { deploymentPredicateType, envelopeOf, monitoringWindowPredicateType } from '../provenance/index.ts';
import { readTrust } from '../provenance/keys/index.ts';
import { type Presented, type RunEvidence, type RunVerdict, verifyRun } from '../provenance/verify/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { withRecord } from './records.ts';
import { type LogView, viewLog } from './view-log.ts';

/**
 * Whether a run did what its layout says, by its statements, its artifacts, the log's files and the keys that this user
 * trusts.
 * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS, PROVENANCE_TRUST_BAD; CANCELED by the signal
 */
export async function verifyRecordedRun(
  config: Config,
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RunVerdict> {
  return await withRecord(config, async (record) => {
    const trust = await readTrust(config.keysDir);
    const { id } = await record.metadata.getRun(name);
    return await verifyRun(await presentRun(record, id, await viewLog(config, trust)), {
      trust,
      nowMs: now(),
      checkArtifact: ({ digest, kind }) => record.artifacts.verify(digest, { kind, ...options }),
    });
  });
}

/** What a record has to show for a run. */
export async function presentRun(record: ProjectRecord, run: string, log: LogView | null): Promise<RunEvidence> {
  const { metadata } = record;
  const present = (statement: Pick<StatementRecord, 'body' | 'signatures' | 'digest' | 'logPlace'>): Presented => ({
    envelope: envelopeOf(statement),
    place: placeOf(log, statement),
  });
  const executions = await metadata.statements(run);
  return {
    run,
    origin: log?.origin ?? null,
    witnesses: log?.witnesses ?? [],
    about: (await metadata.runStatements(run)).map(present),
    executions: executions.map(present),
    originals: (await originalsOf(record, executions)).map(present),
    deploymentsLogged: await logged(record, deploymentPredicateType, { run, log }),
    windowsLogged: await logged(record, monitoringWindowPredicateType, { run, log }),
  };
}

/** Statements of a type that the log holds, without those that say themselves to be of another run. */
async function logged(
  { metadata }: ProjectRecord,
  predicateType: string,
  { run, log }: { readonly run: string; readonly log: LogView | null },
): Promise<readonly Digest[] | null> {
  const found = log === null ? [] : log.statementsOfType(predicateType);
  if (found === null || found.length === 0) return found;
  const known = await metadata.statementsOfType(predicateType);
  const ofOthers = new Set(known.filter(({ body }) => !says(body, run)).map(({ body }) => digestOf(body)));
  return found.filter((digest) => !ofOthers.has(digest));
}

function says(body: string, run: string): boolean {
  return body.includes(`"mlspec_run":${JSON.stringify(run)}`);
}

/** The statements that reused results name, of other runs, and those of what was found then. */
export async function originalsOf(
  { metadata }: ProjectRecord,
  executions: readonly StatementRecord[],
): Promise<(StatementRecord | RunStatementRecord)[]> {
  const ids = executions.flatMap(({ body }) => /"reusedFrom":\{"executionId":"(exe_\w+)"/.exec(body)?.[1] ?? []);
  const found = await Promise.all(
    [...new Set(ids)].map(async (id) => [await metadata.statementOf(id), ...(await metadata.assertionsOf(id))]),
  );
  return found.flat().filter((statement) => statement !== null);
}

function placeOf(
  log: LogView | null,
  { digest, logPlace }: Pick<StatementRecord, 'digest' | 'logPlace'>,
): number | null {
  return log !== null && logPlace !== null && log.holds(logPlace, digest) ? logPlace : null;
}
