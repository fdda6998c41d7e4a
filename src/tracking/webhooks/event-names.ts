/** What there is to be told of: MLflow's events, and those of ours that MLflow does not have. */

/** MLflow's events: by entity, what may happen to it. */
export const mlflowActions = {
  registered_model: ['created'],
  model_version: ['created'],
  model_version_tag: ['set', 'deleted'],
  model_version_alias: ['created', 'deleted'],
  prompt: ['created'],
  prompt_version: ['created'],
  prompt_tag: ['set', 'deleted'],
  prompt_version_tag: ['set', 'deleted'],
  prompt_alias: ['created', 'deleted'],
  // Accepted as MLflow does; nothing here causes it.
  budget_policy: ['exceeded'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Joined<Entity extends keyof typeof mlflowActions> = {
  [Name in Entity]: `${Name}.${(typeof mlflowActions)[Name][number]}`;
}[Entity];

/** One of MLflow's events: `model_version_alias.created`. */
export type MlflowEventName = Joined<keyof typeof mlflowActions>;

/** Events that MLflow does not have. */
export const ownEventNames = [
  'mlspec.model_version.stage_transitioned',
  'mlspec.model_version.deleted',
  'mlspec.registered_model.deleted',
  'mlspec.alias_request.created',
  'mlspec.alias_request.decided',
  'mlspec.run.finished',
] as const;

/** One of ours. */
export type OwnEventName = (typeof ownEventNames)[number];

/** What a webhook may be told of. */
export type EventName = MlflowEventName | OwnEventName;

/** The two parts of an event's name: what stands before the last dot, and what happened to it. */
export function partsOf(event: EventName): { readonly entity: string; readonly action: string } {
  const at = event.lastIndexOf('.');
  return { entity: event.slice(0, at), action: event.slice(at + 1) };
}
