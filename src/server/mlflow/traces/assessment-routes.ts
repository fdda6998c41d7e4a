/* Endpoints of what is said of traces. */
import type { AssessmentChange } from '../../../tracking/index.ts';
import { message, missing, type Reader, required, text } from '../message.ts';
import { type Route, route } from '../route.ts';
import {
  assessmentMessage,
  newAssessmentOf,
  type ReadAssessment,
  saidOf,
  writeAssessment,
} from './assessment-message.ts';

const place = { trace_id: required(text), assessment_id: required(text) };

/** Names of fields: one text with commas, in the form of JSON `assessmentName,rationale`. */
const fieldMask: Reader<readonly string[] | undefined> = (value, path) => {
  const paths = typeof value === 'object' && value !== null ? (value as { paths?: unknown }).paths : undefined;
  if (Array.isArray(paths)) return paths.map((one) => text(one, path) ?? '');
  return text(value, path)
    ?.split(',')
    .filter((name) => name !== '')
    .map((name) => name.trim().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
};

/** Endpoints of assessments. */
export const assessmentRoutes: readonly Route[] = [
  route(
    'POST 3 /mlflow/traces/{trace_id}/assessments',
    message({ trace_id: required(text), assessment: required(assessmentMessage) }),
    async ({ trace_id, assessment }, { traces }) => ({
      assessment: writeAssessment(await traces.createAssessment(trace_id, newAssessmentOf(assessment))),
    }),
  ),
  route(
    'GET 3 /mlflow/traces/{trace_id}/assessments/{assessment_id}',
    message(place),
    async ({ trace_id, assessment_id }, { traces }) => ({
      assessment: writeAssessment(await traces.getAssessment(trace_id, assessment_id)),
    }),
  ),
  route(
    'PATCH 3 /mlflow/traces/{trace_id}/assessments/{assessment_id}',
    message({ ...place, assessment: required(assessmentMessage), update_mask: fieldMask }),
    async ({ trace_id, assessment_id, assessment, update_mask }, { traces }) => {
      if (update_mask === undefined) throw missing('update_mask');
      const change = changeOf(assessment, update_mask);
      return { assessment: writeAssessment(await traces.updateAssessment(trace_id, assessment_id, change)) };
    },
  ),
  route(
    'DELETE 3 /mlflow/traces/{trace_id}/assessments/{assessment_id}',
    message(place),
    async ({ trace_id, assessment_id }, { traces }) => {
      await traces.deleteAssessment(trace_id, assessment_id);
      return {};
    },
  ),
];

function changeOf(assessment: ReadAssessment, mask: readonly string[]): AssessmentChange {
  const names = new Set(mask);
  const said = names.has('feedback') || names.has('expectation') ? saidOf(assessment) : null;
  return {
    ...(names.has('assessment_name') ? { name: assessment.assessment_name ?? '' } : {}),
    ...(said === null ? {} : { value: said }),
    ...(names.has('rationale') ? { rationale: assessment.rationale ?? '' } : {}),
    ...(names.has('metadata') ? { metadata: assessment.metadata } : {}),
  };
}
