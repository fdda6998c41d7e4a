import type { Database, Session } from '../../database/index.ts';
import { now } from '../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../errors/index.ts';
import { badValue, storable, unknown } from '../names.ts';
import {
  type AssessmentRow,
  assessmentColumns,
  assessmentOf,
  checkedName,
  insertAssessments,
  metadataColumn,
  valueColumns,
} from './assessment-rows.ts';
import type { Assessment, AssessmentChange, NewAssessment } from './trace.ts';
import { traceRow } from './trace-rows.ts';

/** Adds an assessment; the one whose place it takes is no longer valid. */
export async function createAssessment(
  database: Database,
  traceId: string,
  assessment: NewAssessment,
): Promise<Assessment> {
  return await database
    .transaction(async (session) => {
      await traceRow(session, traceId);
      if (assessment.overrides !== null) {
        const sql = 'update assessments set is_valid = 0 where trace_id = ? and assessment_id = ?';
        if ((await session.run(sql, [storable(traceId), storable(assessment.overrides)])) === 0)
          throw absent(traceId, assessment.overrides);
      }
      const [id] = await insertAssessments(session, storable(traceId), [assessment]);
      return await getAssessment(session, traceId, id!);
    })
    .catch((error: unknown) => {
      throw isPlatformError(error) && error.code === 'DATABASE_CONSTRAINT' ? taken(assessment) : error;
    });
}

/** An assessment of a trace. */
export async function getAssessment(session: Session, traceId: string, assessmentId: string): Promise<Assessment> {
  const sql = `select ${assessmentColumns} from assessments where trace_id = ? and assessment_id = ?`;
  const row = await session.first<AssessmentRow>(sql, [storable(traceId), storable(assessmentId)]);
  if (row !== null) return assessmentOf(row);
  const trace = await session.first('select 1 as is_there from traces where trace_id = ?', [storable(traceId)]);
  throw trace === null ? unknown(`Trace with request_id '${traceId}' not found`) : absent(traceId, assessmentId);
}

/** Changes an assessment. Who made it, and of which span it speaks, stays. */
export async function updateAssessment(
  database: Database,
  place: { readonly traceId: string; readonly assessmentId: string },
  change: AssessmentChange,
): Promise<Assessment> {
  return await database.transaction(async (session) => {
    const before = await getAssessment(session, place.traceId, place.assessmentId);
    const columns = { ...changedColumns(before, change), updated_at_ms: now() };
    const set = Object.keys(columns).map((column) => `${column} = ?`);
    const sql = `update assessments set ${set.join(', ')} where trace_id = ? and assessment_id = ?`;
    await session.run(sql, [...Object.values(columns), before.traceId, before.assessmentId]);
    return await getAssessment(session, place.traceId, place.assessmentId);
  });
}

function changedColumns(before: Assessment, change: AssessmentChange): Record<string, string | number | null> {
  const { name, value, rationale, metadata = [] } = change;
  if (value !== undefined && value.kind !== before.kind) throw otherKind(value.kind, before.kind);
  return {
    ...(name === undefined ? {} : { name: checkedName(name) }),
    ...(value === undefined ? {} : valueColumns(value.value)),
    ...(value?.kind === 'feedback' ? { error: value.error === null ? null : JSON.stringify(value.error) } : {}),
    // What was expected has no reason; MLflow drops one that is given.
    ...(rationale === undefined || before.kind !== 'feedback' ? {} : { rationale: storable(rationale) }),
    ...(metadata.length === 0 ? {} : { metadata: metadataColumn([...before.metadata, ...metadata]) }),
  };
}

function otherKind(given: string, kept: string): PlatformError {
  const shown = { feedback: 'a Feedback', expectation: 'an Expectation', issue: 'an IssueReference' };
  return badValue(`Cannot update ${given} value on ${shown[kept as keyof typeof shown]} assessment.`);
}

/** Takes an assessment away, where it is there. */
export async function deleteAssessment(database: Database, traceId: string, assessmentId: string): Promise<void> {
  await database.transaction(async (session) => {
    const ids = [storable(traceId), storable(assessmentId)];
    const sql = 'select overrides from assessments where trace_id = ? and assessment_id = ?';
    const found = await session.first<{ overrides: string | null }>(sql, ids);
    if (found === null) return;
    await session.run('delete from assessments where trace_id = ? and assessment_id = ?', ids);
    const revive = 'update assessments set is_valid = 1 where trace_id = ? and assessment_id = ?';
    if (found.overrides !== null) await session.run(revive, [ids[0]!, found.overrides]);
  });
}

function absent(traceId: string, assessmentId: string): PlatformError {
  return unknown(`Assessment with ID '${assessmentId}' not found for trace '${traceId}'`);
}

function taken({ assessmentId }: NewAssessment): PlatformError {
  return new PlatformError('TRACKING_BAD_VALUE', {
    message: `Assessment with ID '${assessmentId}' exists already.`,
  });
}
