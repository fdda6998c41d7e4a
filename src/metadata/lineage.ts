/** Questions about who made what from what. Walks the graph level by level, one query a level and kind of edge. */
import type { Database } from '../database/index.ts';
import type { Digest } from '../encoding/index.ts';
import { inParts } from './in-parts.ts';
import type { ArtifactRecord, EventRecord, ExecutionRecord, Lineage, RunRecord } from './records.ts';
import { type Row, readArtifact, readEvent, readExecution, readRun } from './rows.ts';

type Direction = EventRecord['direction'];

/** Events of executions, in order. */
export async function eventsOf(database: Database, executionIds: readonly string[]): Promise<EventRecord[]> {
  const sql = (list: string): string =>
    `select * from events where execution_id in ${list} order by execution_id, direction, port, place`;
  return (await inParts(executionIds, (list, ids) => database.all<Row>(sql(list), ids))).map(readEvent);
}

/** Events of artifacts. */
export async function eventsOfArtifacts(database: Database, artifactIds: readonly string[]): Promise<EventRecord[]> {
  const sql = (list: string): string =>
    `select * from events where artifact_id in ${list} order by artifact_id, direction, execution_id`;
  return (await inParts(artifactIds, (list, ids) => database.all<Row>(sql(list), ids))).map(readEvent);
}

/** Artifacts in the order of the ids. */
export async function artifactsOf(database: Database, ids: readonly string[]): Promise<ArtifactRecord[]> {
  const rows = await inParts(ids, (list, some) =>
    database.all<Row>(`select * from artifacts where id in ${list}`, some),
  );
  const byId = new Map(rows.map((row) => [String(row['id']), readArtifact(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Executions in the order of the ids. */
export async function executionsOf(database: Database, ids: readonly string[]): Promise<ExecutionRecord[]> {
  const rows = await inParts(ids, (list, some) =>
    database.all<Row>(`select * from executions where id in ${list}`, some),
  );
  const byId = new Map(rows.map((row) => [String(row['id']), readExecution(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/**
 * Everything before (`ancestors`) or after (`descendants`) an artifact. Follows COMPLETE executions alone: reuses and
 * failures made nothing.
 */
export async function traceLineage(
  database: Database,
  artifactId: string,
  towards: 'ancestors' | 'descendants',
): Promise<Lineage> {
  const [enter, leave]: [Direction, Direction] = towards === 'ancestors' ? ['OUTPUT', 'INPUT'] : ['INPUT', 'OUTPUT'];
  const artifacts = new Set([artifactId]);
  const executions = new Set<string>();
  let level: readonly string[] = [artifactId];
  while (level.length > 0) {
    const entered = await neighbours(database, { from: 'artifact_id', to: 'execution_id', direction: enter }, level);
    const newExecutions = entered.filter((id) => !executions.has(id));
    for (const id of newExecutions) executions.add(id);
    const left = await neighbours(
      database,
      { from: 'execution_id', to: 'artifact_id', direction: leave },
      newExecutions,
    );
    level = left.filter((id) => !artifacts.has(id));
    for (const id of level) artifacts.add(id);
  }
  const events = await eventsOf(database, [...executions]);
  return {
    artifacts: await artifactsOf(database, [...artifacts]),
    executions: await executionsOf(database, [...executions]),
    events: events.filter((event) => artifacts.has(event.artifactId)),
  };
}

/** Runs that read, made or reused content, newest first. */
export async function runsThatKeep(database: Database, digest: Digest): Promise<RunRecord[]> {
  const sql = `select * from runs where id in (
      select run_id from executions join events on events.execution_id = executions.id
      join artifacts on artifacts.id = events.artifact_id where artifacts.digest = ?)
    order by started_at_ms desc, id desc`;
  return (await database.all<Row>(sql, [digest])).map(readRun);
}

/** What runs read, made or reused. */
export async function digestsOfRuns(database: Database, runIds: readonly string[]): Promise<Set<Digest>> {
  const sql = (list: string): string =>
    `select distinct artifacts.digest as digest from executions
     join events on events.execution_id = executions.id join artifacts on artifacts.id = events.artifact_id
     where executions.run_id in ${list}`;
  const rows = await inParts(runIds, (list, ids) => database.all<{ digest: Digest }>(sql(list), ids));
  return new Set(rows.map((row) => row.digest));
}

/** Notes that content is gone. */
export async function markDeleted(
  database: Database,
  digests: readonly Digest[],
  options: { readonly recordedBeforeMs: number },
): Promise<void> {
  await database.transaction(async (session) => {
    await inParts(digests, async (list, some) => {
      await session.run(
        `delete from cache_entries where execution_id in (
           select execution_id from events join artifacts on artifacts.id = events.artifact_id
           where events.direction = 'OUTPUT' and artifacts.digest in ${list} and artifacts.created_at_ms < ?)`,
        [...some, options.recordedBeforeMs],
      );
      await session.run(`update artifacts set state = 'DELETED' where digest in ${list} and created_at_ms < ?`, [
        ...some,
        options.recordedBeforeMs,
      ]);
      return [];
    });
  });
}

interface Edge {
  readonly from: 'artifact_id' | 'execution_id';
  readonly to: 'artifact_id' | 'execution_id';
  readonly direction: Direction;
}

async function neighbours(database: Database, edge: Edge, ids: readonly string[]): Promise<string[]> {
  const sql = (list: string): string =>
    `select distinct ${edge.to} as id from events join executions on executions.id = events.execution_id
     where direction = '${edge.direction}' and state = 'COMPLETE' and ${edge.from} in ${list}`;
  const rows = await inParts(ids, (list, some) => database.all<{ id: string }>(sql(list), some));
  return [...new Set(rows.map((row) => row.id))];
}
