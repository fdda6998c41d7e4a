import type { Database, SqlValue } from '../database/index.ts';
import { canonicalJson, didYouMean, type JsonObject } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { releaseLeases, takeLease, timeOf } from './leases.ts';
import type { NewRun, RunFilter } from './metadata-store.ts';
import type { OpenRun, RunRecord, RunState } from './records.ts';
import { into, type Row, readRun, runRow } from './rows.ts';

const defaultLimit = 50;
const candidateLimit = 5;
/** How long an engine that says nothing counts as living. */
const leaseMs = 120_000;
const leasePrefix = 'run/';
const newestFirst = 'order by started_at_ms desc, id desc';

/** Records a run that begins, and that its engine lives. */
export async function createRun(database: Database, run: NewRun): Promise<RunRecord> {
  const record: RunRecord = { ...run, state: 'RUNNING', endedAtMs: null };
  const lease = { name: `${leasePrefix}${run.id}`, owner: run.id, ttlMs: leaseMs };
  await database.transaction(async (session) => {
    await session.insert(into('runs'), [runRow(record)]);
    await takeLease(session, database.kind, lease);
  });
  return record;
}

/** Says that the engine of a run lives. Nothing happens where the run has ended. */
export async function renewRun(database: Database, id: string): Promise<void> {
  const expiresAtMs = (await timeOf(database, database.kind)) + leaseMs;
  const sql = 'update leases set expires_at_ms = ? where name = ?';
  await database.transaction((session) => session.run(sql, [expiresAtMs, `${leasePrefix}${id}`]), {
    durability: 'normal',
  });
}

/** Records how a run ended, once. */
export async function finishRun(
  database: Database,
  id: string,
  end: { readonly state: RunState; readonly endedAtMs: number; readonly details?: JsonObject },
): Promise<void> {
  const known = await database.first<Row>('select * from runs where id = ?', [id]);
  if (known === null) throw unknown(id);
  const details = canonicalJson({ ...readRun(known).details, ...end.details });
  const sql = "update runs set state = ?, ended_at_ms = ?, details = ? where id = ? and state = 'RUNNING'";
  await database.transaction(async (session) => {
    await session.run(sql, [end.state, end.endedAtMs, details, id]);
    await releaseLeases(session, id);
  });
}

/** A run by any of its names: see `MetadataStore.getRun`. */
export async function getRun(database: Database, name: string, spec: string | undefined): Promise<RunRecord> {
  const back = /^latest(?:~(\d{1,9}))?$/.exec(name);
  if (back !== null) return await latest(database, { name, back: Number(back[1] ?? 0) }, spec);
  const where = spec === undefined ? '' : ' and spec = ?';
  const rest = spec === undefined ? [] : [spec];
  const exact = `select * from runs where (id = ? or name = ?)${where} order by case when id = ? then 0 else 1 end, started_at_ms desc, id desc limit 1`;
  const found = await database.first<Row>(exact, [name, name, ...rest, name]);
  if (found !== null) return readRun(found);
  const prefix = name.startsWith('run_') ? name : `run_${name}`;
  const byPrefix = `select * from runs where substr(id, 1, ?) = ?${where} ${newestFirst} limit ${candidateLimit}`;
  const candidates = await database.all<Row>(byPrefix, [prefix.length, prefix, ...rest]);
  if (candidates.length === 1) return readRun(candidates[0]!);
  if (candidates.length === 0 || prefix === 'run_') throw unknown(name);
  throw new PlatformError('METADATA_RUN_AMBIGUOUS', {
    message: `expected the beginning of one run id, found ${JSON.stringify(name)}, which fits ${candidates.map((row) => String(row['id'])).join(', ')}${candidates.length === candidateLimit ? ' …' : ''}`,
    details: { name, candidates: candidates.map((row) => row['id']) },
  });
}

/** Runs, newest first. */
export async function listRuns(database: Database, filter: RunFilter): Promise<RunRecord[]> {
  const conditions: string[] = [];
  const parameters: SqlValue[] = [];
  if (filter.before !== undefined) {
    const { startedAtMs, id } = await getRun(database, filter.before, undefined);
    conditions.push('(started_at_ms < ? or (started_at_ms = ? and id < ?))');
    parameters.push(startedAtMs, startedAtMs, id);
  }
  if (filter.spec !== undefined) {
    conditions.push('spec = ?');
    parameters.push(filter.spec);
  }
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  const sql = `select * from runs ${where} ${newestFirst} limit ?`;
  return (await database.all<Row>(sql, [...parameters, filter.limit ?? defaultLimit])).map(readRun);
}

/** Runs that have not ended, oldest first. */
export async function openRuns(database: Database): Promise<OpenRun[]> {
  const sql = `select runs.*, case when expires_at_ms > ? then 1 else 0 end as is_leased
    from runs left join leases on leases.name = '${leasePrefix}' || runs.id
    where state = 'RUNNING' order by started_at_ms, id`;
  const rows = await database.all<Row>(sql, [await timeOf(database, database.kind)]);
  return rows.map((row) => ({ ...readRun(row), isLeased: Number(row['is_leased']) === 1 }));
}

async function latest(
  database: Database,
  wanted: { readonly name: string; readonly back: number },
  spec: string | undefined,
): Promise<RunRecord> {
  const where = spec === undefined ? '' : 'where spec = ?';
  const row = await database.first<Row>(`select * from runs ${where} ${newestFirst} limit 1 offset ?`, [
    ...(spec === undefined ? [] : [spec]),
    wanted.back,
  ]);
  if (row !== null) return readRun(row);
  const counted = await database.first<Row>(
    `select count(*) as n from runs ${where}`,
    spec === undefined ? [] : [spec],
  );
  const count = Number(counted!['n']);
  throw unknown(wanted.name, {
    hint:
      count === 0
        ? 'No run is recorded here yet: mlspec run makes the first. A run of another project is found in its folder.'
        : `There ${count === 1 ? 'is 1 run' : `are ${count} runs`}: mlspec ls`,
  });
}

function unknown(name: string, hint: { readonly hint?: string } = didYouMean(name, ['latest'])): PlatformError {
  return new PlatformError('METADATA_RUN_UNKNOWN', {
    message: `expected a recorded run, found none named ${JSON.stringify(name.slice(0, 100))}`,
    details: { name: name.slice(0, 100) },
    ...hint,
  });
}
