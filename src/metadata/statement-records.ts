/**
 * Statements and the log that takes them in. Each entry of the log is written in the transaction of its statement, at the
 * place that a counter gives: whoever wants the next place waits until the transaction that has the last one has ended.
 */
import type { Database, Session } from '../database/index.ts';
import { type Digest, digestOf } from '../encoding/index.ts';
import type { LoggedRecord, RunStatementRecord, SignedStatement, StatementEnd, StatementRecord } from './records.ts';
import { into, type Row, readRunStatement, readSigned, readStatement } from './rows.ts';

/** Writes the statement of an execution and its entry of the log, inside a transaction of the caller. */
export async function writeStatement(
  session: Session,
  execution: { readonly id: string; readonly runId: string },
  statement: SignedStatement,
): Promise<void> {
  const place = await appendToLog(session, statement.logEntry);
  const { id, runId } = execution;
  await session.insert(into('statements'), [[id, runId, ...signedRow(statement, place)]]);
}

/** What a statement beside those of executions belongs to. */
type Belonging = Pick<RunStatementRecord, 'runId' | 'predicateType' | 'executionId'>;

/** Writes a statement beside those of executions and its entry of the log, inside a transaction of the caller. */
export async function writeRunStatement(
  session: Session,
  { runId, predicateType, executionId }: Belonging,
  statement: SignedStatement,
): Promise<void> {
  const place = await appendToLog(session, statement.logEntry);
  const [digest, ...rest] = signedRow(statement, place);
  await session.insert(into('run_statements'), [[digest!, runId, predicateType, ...rest, executionId]]);
}

/** Writes a statement about a run as a whole and its entry of the log. */
export async function putRunStatement(
  database: Database,
  about: { readonly runId: string; readonly predicateType: string },
  statement: SignedStatement,
): Promise<void> {
  await database.transaction((session) => writeRunStatement(session, { ...about, executionId: null }, statement));
}

/** The statements of a run's executions, in the order in which these began. */
export async function statementsOf(database: Database, runId: string): Promise<StatementRecord[]> {
  const sql = `select statements.* from statements join executions on executions.id = statements.execution_id
    where statements.run_id = ? and body <> '' order by executions.started_at_ms, executions.id`;
  return (await database.all<Row>(sql, [runId])).map(readStatement);
}

/** How each execution of a run ended, and the digest of its statement, in the order in which they began. */
export async function statementEnds(database: Database, runId: string): Promise<StatementEnd[]> {
  const sql = `select step, state, digest from statements join executions on executions.id = statements.execution_id
    where statements.run_id = ? order by executions.started_at_ms, executions.attempt, executions.id`;
  return await database.all<StatementEnd>(sql, [runId]);
}

/** The statement of one execution, or null. */
export async function statementOf(database: Database, executionId: string): Promise<StatementRecord | null> {
  const row = await database.first<Row>('select * from statements where execution_id = ?', [executionId]);
  return row === null ? null : readStatement(row);
}

/** The execution whose statement has a digest, or null. */
export async function executionOfStatement(database: Database, digest: Digest): Promise<string | null> {
  const sql = 'select execution_id from statements where digest = ?';
  return (await database.first<{ execution_id: string }>(sql, [digest]))?.execution_id ?? null;
}

/**
 * Takes the text of an execution's statement and of its error out of the record, and out of the file where that is the
 * program's own. Digest, entry of the log and everything else stay.
 */
export async function eraseStatement(database: Database, executionId: string): Promise<void> {
  await database.transaction(async (session) => {
    await session.run("update statements set body = '', signatures = '[]' where execution_id = ?", [executionId]);
    const row = await session.first<{ error: string | null }>('select error from executions where id = ?', [
      executionId,
    ]);
    if (row?.error == null) return;
    const { code } = JSON.parse(row.error) as { code: string };
    const error = JSON.stringify({ code, message: 'erased' });
    await session.run('update executions set error = ? where id = ?', [error, executionId]);
  });
  if (database.kind !== 'sqlite') return;
  // Pages keep what stood in them, also what was only moved within, and so does the log of changes until it is written back.
  await database.all('vacuum');
  await database.all('pragma wal_checkpoint(truncate)');
}

/** The statements about a run, in the order of the log. */
export async function runStatementsOf(database: Database, runId: string): Promise<RunStatementRecord[]> {
  const sql = 'select * from run_statements where run_id = ? order by log_place';
  return (await database.all<Row>(sql, [runId])).map(readRunStatement);
}

/** The statements of a predicate type beside those of executions, of every run, in the order of the log. */
export async function statementsOfType(database: Database, predicateType: string): Promise<RunStatementRecord[]> {
  const sql = 'select * from run_statements where predicate_type = ? order by log_place';
  return (await database.all<Row>(sql, [predicateType])).map(readRunStatement);
}

/** What one execution found, in the order of the log. */
export async function assertionsOf(database: Database, executionId: string): Promise<RunStatementRecord[]> {
  const sql = 'select * from run_statements where execution_id = ? order by log_place';
  return (await database.all<Row>(sql, [executionId])).map(readRunStatement);
}

/** Every statement of the record, of executions and beside them. */
export async function allStatements(database: Database): Promise<LoggedRecord[]> {
  const columns = 'digest, body, signatures, log_place';
  const sql = `select ${columns} from statements union all select ${columns} from run_statements`;
  return (await database.all<Row>(sql)).map(readSigned);
}

/** How many entries the log has. */
export async function logSize(database: Database): Promise<number> {
  const row = await database.first<{ size: number }>('select size from log_size where id = 1');
  return Number(row?.size ?? 0);
}

/** Entries of the log from one place up to, not including, another. */
export async function logEntries(database: Database, from: number, to: number): Promise<string[]> {
  const sql = 'select entry from log_entries where place >= ? and place < ? order by place';
  return (await database.all<{ entry: string }>(sql, [from, to])).map(({ entry }) => entry);
}

async function appendToLog(session: Session, entry: string): Promise<number> {
  await session.run('update log_size set size = size + 1 where id = 1');
  const row = await session.first<{ size: number }>('select size from log_size where id = 1');
  const place = Number(row!.size) - 1;
  await session.insert(into('log_entries'), [[place, entry]]);
  return place;
}

function signedRow({ body, signatures }: SignedStatement, place: number): (string | number)[] {
  return [digestOf(body), body, JSON.stringify(signatures), place];
}
