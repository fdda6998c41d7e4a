import { type Database, migrate } from '../database/index.ts';
import { canonicalJson, type Digest, newId, now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { addDatasetState, datasetStatesOf } from './dataset-records.ts';
import { appendMetrics, endExecution, openExecution } from './execution-records.ts';
import { askForLease, releaseLease, renewLease } from './leases.ts';
import {
  artifactsOf,
  digestsOfRuns,
  eventsOf,
  eventsOfArtifacts,
  markDeleted,
  runsThatKeep,
  traceLineage,
} from './lineage.ts';
import type { MetadataStore } from './metadata-store.ts';
import type { ArtifactRecord, ContextRecord } from './records.ts';
import { recoverStale } from './recovery.ts';
import {
  into,
  plainText,
  type Row,
  readArtifact,
  readCacheEntry,
  readContext,
  readExecution,
  readMetric,
} from './rows.ts';
import { createRun, finishRun, getRun, listRuns, openRuns, renewRun } from './run-records.ts';
import { metadataSchema } from './schema.ts';
import {
  allStatements,
  assertionsOf,
  eraseStatement,
  executionOfStatement,
  logEntries,
  logSize,
  putRunStatement,
  runStatementsOf,
  statementEnds,
  statementOf,
  statementsOf,
  statementsOfType,
} from './statement-records.ts';

const cacheEntryLimit = 100;

/**
 * The record in a database, whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openMetadata(database: Database): Promise<MetadataStore> {
  await migrate(database, metadataSchema);
  return {
    database,
    createRun: (run) => createRun(database, run),
    finishRun: (id, end) => finishRun(database, id, end),
    getRun: (name, options) => getRun(database, name, options?.spec),
    listRuns: (filter = {}) => listRuns(database, filter),
    openRuns: () => openRuns(database),
    renewRun: (id) => renewRun(database, id),
    openExecution: (execution, inputs = []) => openExecution(database, execution, inputs),
    publish: (publication) => endExecution(database, publication, 'COMPLETE'),
    publishCached: (publication) => endExecution(database, publication, 'CACHED'),
    publishFailure: (publication) => endExecution(database, publication, 'FAILED'),
    publishCanceled: (publication) => endExecution(database, publication, 'CANCELED'),
    appendMetrics: (points) => appendMetrics(database, points),
    eventsOfArtifacts: (ids) => eventsOfArtifacts(database, ids),
    events: (ids) => eventsOf(database, ids),
    artifacts: (ids) => artifactsOf(database, ids),
    ancestors: (id) => traceLineage(database, id, 'ancestors'),
    descendants: (id) => traceLineage(database, id, 'descendants'),
    runsThatKeep: (digest) => runsThatKeep(database, digest),
    digestsOfRuns: (ids) => digestsOfRuns(database, ids),
    markDeleted: (digests, options) => markDeleted(database, digests, options),
    artifactPlaces: async () => {
      const rows = await database.all<{ place: string }>('select place from artifact_places order by place');
      return rows.map(({ place }) => place);
    },
    noteArtifactPlace: async (place) => {
      const target = { table: 'artifact_places', columns: ['place', 'noted_at_ms'] };
      await database.insert(target, [[place, now()]], { onConflict: 'nothing' });
    },
    addDatasetState: (change) => addDatasetState(database, change),
    datasetStates: (dataset) => datasetStatesOf(database, dataset),
    recoverStale: (options) => recoverStale(database, options),
    lease: (name, owner, ttlMs) => askForLease(database, { name, owner, ttlMs }),
    renew: (name, owner, ttlMs) => renewLease(database, { name, owner, ttlMs }),
    release: (name, owner) => releaseLease(database, name, owner),
    statements: (runId) => statementsOf(database, runId),
    statementEnds: (runId) => statementEnds(database, runId),
    statementOf: (executionId) => statementOf(database, executionId),
    executionOfStatement: (digest) => executionOfStatement(database, digest),
    eraseStatement: (executionId) => eraseStatement(database, executionId),
    putRunStatement: (about, statement) => putRunStatement(database, about, statement),
    assertionsOf: (executionId) => assertionsOf(database, executionId),
    runStatements: (runId) => runStatementsOf(database, runId),
    statementsOfType: (predicateType) => statementsOfType(database, predicateType),
    allStatements: () => allStatements(database),
    logSize: () => logSize(database),
    logEntries: (from, to) => logEntries(database, from, to),
    close: () => database.close(),
    ...cacheMethods(database),
    ...readMethods(database),
    ...contextMethods(database),
  };
}

type Methods<Names extends keyof MetadataStore> = Pick<MetadataStore, Names>;

function cacheMethods(database: Database): Methods<'findCached' | 'forgetCached'> {
  return {
    findCached: async (staticKey) => {
      const sql = `select * from cache_entries where static_key = ?
        order by created_at_ms desc, execution_id desc limit ${cacheEntryLimit}`;
      return (await database.all<Row>(sql, [staticKey])).map(readCacheEntry);
    },
    forgetCached: async (executionId) => {
      await database.run('delete from cache_entries where execution_id = ?', [executionId]);
    },
  };
}

type ReadNames =
  | 'getExecution'
  | 'executions'
  | 'previousExecutions'
  | 'artifactsByDigest'
  | 'artifactByDigest'
  | 'metrics';

function readMethods(database: Database): Methods<ReadNames> {
  const artifactsByDigest = async (digest: Digest): Promise<ArtifactRecord[]> => {
    const sql = 'select * from artifacts where digest = ? order by created_at_ms desc, id desc';
    return (await database.all<Row>(sql, [digest])).map(readArtifact);
  };
  return {
    artifactsByDigest,
    artifactByDigest: async (digest) => (await artifactsByDigest(digest))[0] ?? null,
    getExecution: async (id) => {
      const row = await database.first<Row>('select * from executions where id = ?', [id]);
      if (row !== null) return readExecution(row);
      throw new PlatformError('METADATA_EXECUTION_UNKNOWN', {
        message: `expected a recorded execution, found none with the id ${JSON.stringify(id.slice(0, 100))}`,
      });
    },
    executions: async (runId) => {
      const sql = 'select * from executions where run_id = ? order by started_at_ms, id';
      return (await database.all<Row>(sql, [runId])).map(readExecution);
    },
    previousExecutions: async (step, options) => {
      const sql = `select executions.* from executions join runs on runs.id = executions.run_id
        where step = ? and executions.state in ('COMPLETE', 'CACHED') and spec = ? and executions.started_at_ms < ?
        order by executions.started_at_ms desc, executions.id desc limit ?`;
      const parameters = [step, options.spec, options.beforeMs ?? Number.MAX_SAFE_INTEGER, options.limit ?? 1];
      return (await database.all<Row>(sql, parameters)).map(readExecution);
    },
    metrics: async (executionId) => {
      const sql = `select * from metrics where execution_id = (
          select coalesce(cached_from, id) from executions where id = ?) order by name, step, timestamp_ms`;
      const rows = await database.all<Row>(sql, [executionId]);
      return rows.map((row) => ({ ...readMetric(row), executionId }));
    },
  };
}

type ContextNames = 'putContext' | 'addToContext' | 'contexts' | 'contextMembers';

function contextMethods(database: Database): Methods<ContextNames> {
  return {
    putContext: async (context): Promise<ContextRecord> => {
      const row = [newId('ctx'), context.type, plainText(context.name), canonicalJson(context.properties), now()];
      await database.insert(into('contexts'), [row], { onConflict: 'nothing' });
      const sql = 'select * from contexts where type = ? and name = ?';
      return readContext((await database.first<Row>(sql, [context.type, plainText(context.name)]))!);
    },
    addToContext: async (contextId, memberIds) => {
      const target = { table: 'context_members', columns: ['context_id', 'member_id'] };
      await database.insert(
        target,
        memberIds.map((id) => [contextId, id]),
        { onConflict: 'nothing' },
      );
    },
    contexts: async (memberId) => {
      const sql = `select contexts.* from contexts join context_members on context_members.context_id = contexts.id
        where member_id = ? order by type, name`;
      return (await database.all<Row>(sql, [memberId])).map(readContext);
    },
    contextMembers: async (contextId) => {
      const sql = 'select member_id from context_members where context_id = ? order by member_id';
      return (await database.all<{ member_id: string }>(sql, [contextId])).map((row) => row.member_id);
    },
  };
}
