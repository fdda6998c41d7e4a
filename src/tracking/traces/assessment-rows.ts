import type { Session } from '../../database/index.ts';
import { randomUuid } from '../../encoding/index.ts';
import type { Tag } from '../entities.ts';
import { badValue, storable } from '../names.ts';
import type { Assessment, AssessmentError, AssessmentKind, NewAssessment } from './trace.ts';

/** What reads an `AssessmentRow`. */
export const assessmentColumns = `assessment_id, trace_id, kind, name, value, error, source_type, source_id, span_id,
  rationale, metadata, overrides, is_valid, created_at_ms, updated_at_ms`;
const idLength = 100;
const nameLength = 250;

/** A row of the table. */
export interface AssessmentRow {
  readonly assessment_id: string;
  readonly trace_id: string;
  readonly kind: AssessmentKind;
  readonly name: string;
  readonly value: string;
  readonly error: string | null;
  readonly source_type: Assessment['sourceType'];
  readonly source_id: string | null;
  readonly span_id: string | null;
  readonly rationale: string | null;
  readonly metadata: string | null;
  readonly overrides: string | null;
  readonly is_valid: number;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

/** An assessment from its row. */
export function assessmentOf(row: AssessmentRow): Assessment {
  return {
    ...{ assessmentId: row.assessment_id, traceId: row.trace_id, kind: row.kind, name: row.name },
    value: JSON.parse(row.value),
    error: row.error === null ? null : (JSON.parse(row.error) as AssessmentError),
    ...{ sourceType: row.source_type, sourceId: row.source_id, spanId: row.span_id, rationale: row.rationale },
    metadata: row.metadata === null ? [] : (JSON.parse(row.metadata) as Tag[]),
    ...{ overrides: row.overrides, isValid: row.is_valid === 1 },
    ...{ createdAtMs: row.created_at_ms, updatedAtMs: row.updated_at_ms },
  };
}

/** Adds assessments of a trace. @throws PlatformError DATABASE_CONSTRAINT where an id is taken */
export async function insertAssessments(
  session: Session,
  traceId: string,
  assessments: readonly NewAssessment[],
): Promise<string[]> {
  const rows = assessments.map((assessment) => rowOf(traceId, assessment));
  const columns = Object.keys(rows[0] ?? {});
  await session.insert(
    { table: 'assessments', columns },
    rows.map((row) => Object.values(row)),
  );
  return rows.map((row) => row.assessment_id);
}

function rowOf(traceId: string, assessment: NewAssessment) {
  const id = assessment.assessmentId ?? `a-${randomUuid().replaceAll('-', '')}`;
  if (id.length > idLength) throw badValue(`'assessment_id' exceeds the maximum length of ${idLength} characters`);
  return {
    assessment_id: storable(id),
    trace_id: traceId,
    kind: assessment.kind,
    name: checkedName(assessment.name),
    ...valueColumns(assessment.value),
    error: assessment.error === null ? null : storable(JSON.stringify(assessment.error)),
    source_type: assessment.sourceType,
    source_id: kept(assessment.sourceId),
    span_id: kept(assessment.spanId),
    rationale: kept(assessment.rationale),
    metadata: metadataColumn(assessment.metadata),
    overrides: kept(assessment.overrides),
    is_valid: assessment.isValid ? 1 : 0,
    created_at_ms: assessment.createdAtMs,
    updated_at_ms: assessment.updatedAtMs,
  };
}

/** The name of an assessment as it is kept. @throws PlatformError TRACKING_BAD_VALUE */
export function checkedName(name: string): string {
  if (name === '') throw badValue("Missing value for required parameter 'assessment.assessment_name'.");
  if (name.length > nameLength)
    throw badValue(`'assessment_name' exceeds the maximum length of ${nameLength} characters`);
  return storable(name);
}

/** A value as it is kept: its JSON, what a text is compared with, and the number that it is. */
export function valueColumns(value: unknown): { value: string; value_text: string; number: number | null } {
  const json = storable(JSON.stringify(value, (_key, one) => (typeof one === 'string' ? storable(one) : one)));
  return {
    value: json,
    value_text: typeof value === 'string' ? storable(value) : json,
    number: typeof value === 'number' ? value : null,
  };
}

/** Metadata as they are kept. */
export function metadataColumn(metadata: readonly Tag[]): string | null {
  if (metadata.length === 0) return null;
  const last = new Map(metadata.map(({ key, value }) => [storable(key), storable(value)]));
  return JSON.stringify([...last].map(([key, value]) => ({ key, value })));
}

function kept(text: string | null): string | null {
  return text === null ? null : storable(text);
}
