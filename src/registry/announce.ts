/** What webhooks are told of the registry: MLflow's events in MLflow's form, of models and of prompts, and our own. */
import type { Session } from '../database/index.ts';
import type { JsonObject } from '../encoding/index.ts';
import { type EventName, emitEvent } from '../tracking/index.ts';
import type { ModelStage, ModelVersion, NewModel, RegistryTag, VersionKey } from './model-registry.ts';
import { promptTag, saysPrompt } from './prompts.ts';
import { sourceOf } from './version-address.ts';

/** Tags by which prompts are told from models and that are no part of what a prompt says. */
const promptMarks = new Set([promptTag, '_mlflow_prompt_type']);
const promptText = 'mlflow.prompt.text';

/** A model, or a prompt, was made. */
export async function announceModel(session: Session, model: NewModel): Promise<void> {
  const { name, description = '', tags = [] } = model;
  const isPrompt = tags.some(saysPrompt);
  const said = isPrompt ? tags.filter(({ key }) => !promptMarks.has(key)) : tags;
  const data = { name, tags: byKey(said), description };
  await emitEvent(session, isPrompt ? 'prompt.created' : 'registered_model.created', data);
}

/** A version was registered. */
export async function announceVersion(session: Session, version: ModelVersion): Promise<void> {
  const { model: name, ordinal, description, trackedRunId } = version;
  const common = { name, version: String(ordinal), description };
  if (!(await isPromptName(session, name))) {
    const data = { ...common, source: sourceOf(version), run_id: trackedRunId, tags: byKey(version.tags) };
    return await emitEvent(session, 'model_version.created', data);
  }
  const template = version.tags.find(({ key }) => key === promptText)?.value ?? null;
  const tags = version.tags.filter(({ key }) => !promptMarks.has(key) && key !== promptText);
  await emitEvent(session, 'prompt_version.created', { ...common, template, tags: byKey(tags) });
}

/** A tag of a version was set, or taken away where it has no value. */
export async function announceVersionTag(
  session: Session,
  { model, ordinal }: VersionKey,
  tag: { readonly key: string; readonly value?: string },
): Promise<void> {
  const action = tag.value === undefined ? 'deleted' : 'set';
  const data = { name: model, version: String(ordinal), ...tag };
  await either(session, data, [`model_version_tag.${action}`, `prompt_version_tag.${action}`]);
}

/** A tag of a model was set, or taken away: told of prompts alone, as MLflow does. */
export async function announceModelTag(
  session: Session,
  name: string,
  tag: { readonly key: string; readonly value?: string },
): Promise<void> {
  if (!(await isPromptName(session, name))) return;
  await emitEvent(session, tag.value === undefined ? 'prompt_tag.deleted' : 'prompt_tag.set', { name, ...tag });
}

/** An alias points at a version. */
export async function announceAlias(session: Session, { model, ordinal }: VersionKey, alias: string): Promise<void> {
  const data = { name: model, alias, version: String(ordinal) };
  await either(session, data, ['model_version_alias.created', 'prompt_alias.created']);
}

/** An alias was taken away. */
export async function announceAliasGone(session: Session, name: string, alias: string): Promise<void> {
  await either(session, { name, alias }, ['model_version_alias.deleted', 'prompt_alias.deleted']);
}

/** A version moved from one stage to another; nothing is told where both are the same. */
export async function announceStage(
  session: Session,
  { model, ordinal, stage }: VersionKey & { readonly stage: ModelStage },
  to: ModelStage,
): Promise<void> {
  if (stage === to) return;
  const data = { name: model, version: String(ordinal), from_stage: stage, to_stage: to };
  await emitEvent(session, 'mlspec.model_version.stage_transitioned', data);
}

/** A version was deleted. */
export async function announceVersionGone(session: Session, { model, ordinal }: VersionKey): Promise<void> {
  await emitEvent(session, 'mlspec.model_version.deleted', { name: model, version: String(ordinal) });
}

/** A model was deleted with all its versions. */
export async function announceModelGone(session: Session, name: string): Promise<void> {
  await emitEvent(session, 'mlspec.registered_model.deleted', { name });
}

/** The event of a model, or that of a prompt. */
async function either(
  session: Session,
  data: JsonObject & { readonly name: string },
  [ofModel, ofPrompt]: readonly [EventName, EventName],
): Promise<void> {
  await emitEvent(session, (await isPromptName(session, data.name)) ? ofPrompt : ofModel, data);
}

async function isPromptName(session: Session, name: string): Promise<boolean> {
  const sql = 'select key, value from registered_model_tags where model = ? and key = ?';
  const tag = await session.first<RegistryTag>(sql, [name, promptTag]);
  return tag !== null && saysPrompt(tag);
}

function byKey(tags: readonly RegistryTag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}
