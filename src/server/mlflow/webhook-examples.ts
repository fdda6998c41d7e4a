import type { JsonObject } from '../../encoding/index.ts';
import type { EventName } from '../../tracking/index.ts';

const model = { name: 'example_model' };
const version = { ...model, version: '1' };
const prompt = { name: 'example_prompt' };
const promptVersion = { ...prompt, version: '1' };
const tags = { example_key: 'example_value' };
const key = { key: 'example_key' };
const tag = { ...key, value: 'example_value' };
const alias = { alias: 'example_alias' };

const examples: Readonly<Record<EventName, JsonObject>> = {
  'registered_model.created': { ...model, tags, description: 'An example registered model' },
  'model_version.created': {
    ...{ ...version, source: 'models:/123', run_id: 'abcd1234abcd5678', tags },
    description: 'An example model version',
  },
  'model_version_tag.set': { ...version, ...tag },
  'model_version_tag.deleted': { ...version, ...key },
  'model_version_alias.created': { ...model, ...alias, version: '1' },
  'model_version_alias.deleted': { ...model, ...alias },
  'prompt.created': { ...prompt, tags, description: 'An example prompt' },
  'prompt_version.created': {
    ...{ ...promptVersion, template: 'Hello {{name}}!', tags },
    description: 'An example prompt version',
  },
  'prompt_tag.set': { ...prompt, ...tag },
  'prompt_tag.deleted': { ...prompt, ...key },
  'prompt_version_tag.set': { ...promptVersion, ...tag },
  'prompt_version_tag.deleted': { ...promptVersion, ...key },
  'prompt_alias.created': { ...prompt, ...alias, version: '1' },
  'prompt_alias.deleted': { ...prompt, ...alias },
  'budget_policy.exceeded': {
    ...{ budget_policy_id: 'bp-abc123', budget_unit: 'USD', budget_amount: 100, current_spend: 105.5 },
    ...{ duration_unit: 'MONTHS', duration_value: 1, target_scope: 'ENDPOINT', workspace: 'default' },
    ...{ target_value: 'ep-abc123', window_start: 1_704_067_200_000 },
  },
  'mlspec.model_version.stage_transitioned': { ...version, from_stage: 'Staging', to_stage: 'Production' },
  'mlspec.model_version.deleted': version,
  'mlspec.registered_model.deleted': model,
  'mlspec.alias_request.created': { ...version, ...alias, request: 1, requested_by: 'example_user' },
  'mlspec.alias_request.decided': {
    ...{ ...version, ...alias, request: 1, decision: 'approve', decided_by: 'example_approver', comment: '' },
  },
  'mlspec.run.finished': {
    ...{ run_id: 'abcd1234abcd5678', experiment_id: '0', run_name: 'example_run', status: 'FINISHED' },
    ...{ start_time: 1_704_067_200_000, end_time: 1_704_067_260_000 },
  },
};

/** What an event could be about: what a webhook is sent when it is tried out, in the form of the real one. */
export function exampleOf(event: EventName): JsonObject {
  return examples[event];
}
