/* Endpoints of webhooks. MLflow's events stand in `events`; ours, which its client could not read there, in `mlspec_events`. */
import { now, randomUuid } from '../../encoding/index.ts';
import {
  type EventName,
  type MlflowEventName,
  messageOf,
  mlflowActions,
  ownEventNames,
  partsOf,
  type Webhook,
  type WebhookStore,
  webhookStatuses,
} from '../../tracking/index.ts';
import { checkUrl, postMessage, reasonOf } from '../webhooks/index.ts';
import { badValue, integer, list, message, oneOf, type Reader, required, text } from './message.ts';
import { type Call, type Route, route } from './route.ts';
import { exampleOf } from './webhook-examples.ts';

const defaultPage = 100;
const byId = { webhook_id: required(text) };
const eventMessage = message({ entity: required(text), action: required(text) });

/** One of MLflow's events, from an entity and an action in capitals. */
const readEvent: Reader<MlflowEventName | undefined> = (value, path) => {
  const read = eventMessage(value, path);
  if (read === undefined) return undefined;
  const [entity, action] = [read.entity.toLowerCase(), read.action.toLowerCase()];
  const actions: readonly string[] | undefined = Object.hasOwn(mlflowActions, entity)
    ? mlflowActions[entity as keyof typeof mlflowActions]
    : undefined;
  if (actions === undefined) {
    const known = Object.keys(mlflowActions).map((name) => name.toUpperCase());
    throw badValue(`Invalid entity '${read.entity}' in '${path}'. Valid entities are: ${known.join(', ')}`);
  }
  if (actions.includes(action)) return `${entity}.${action}` as MlflowEventName;
  const valid = actions.map((name) => `'${name}'`).join(', ');
  throw badValue(`Invalid action '${action}' for entity '${entity}'. Valid actions are: [${valid}]`);
};
const mlflowEvent = Object.assign(readEvent, { schema: eventMessage.schema! });

/** A text that no message repeats, also not where it is wrong. */
const readSecret: Reader<string | undefined> = (value, path) => {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw badValue(`Invalid value for parameter '${path}' supplied: expected a text.`);
};
const secretText = Object.assign(readSecret, { schema: text.schema! });

const content = {
  ...{ name: text, url: text, events: list(mlflowEvent), mlspec_events: list(oneOf(ownEventNames)) },
  ...{ description: text, secret: secretText, status: oneOf(webhookStatuses) },
};

/** Endpoints of webhooks. */
export const webhookRoutes: readonly Route[] = [
  route(
    'POST /mlflow/webhooks',
    message({ ...content, name: required(text), url: required(text) }),
    async ({ events, mlspec_events, ...fields }, { webhooks, webhookPolicy }) => {
      // MLflow's client cannot read a webhook without one of its events.
      if (events.length === 0) throw badValue('Webhook events must be a non-empty list of WebhookEvent objects: [].');
      await checkUrl(fields.url, webhookPolicy);
      const made = await webhooks.create({ ...fields, events: [...events, ...mlspec_events] });
      return { webhook: writeWebhook(made) };
    },
  ),
  route(
    'GET /mlflow/webhooks',
    message({ max_results: integer, page_token: text }),
    async ({ max_results, page_token }, { webhooks }) => {
      const { items, nextPageToken } = await webhooks.list(max_results || defaultPage, page_token);
      return {
        ...(items.length === 0 ? {} : { webhooks: items.map(writeWebhook) }),
        ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
      };
    },
  ),
  route('GET /mlflow/webhooks/{webhook_id}', message(byId), async ({ webhook_id }, { webhooks }) => ({
    webhook: writeWebhook(await webhooks.get(webhook_id)),
    mlspec_deliveries: await writeCounts(webhooks, webhook_id),
  })),
  route('PATCH /mlflow/webhooks/{webhook_id}', message({ ...byId, ...content }), async (fields, call) => {
    const { webhook_id, url, name, description, secret, status } = fields;
    const { webhooks, webhookPolicy } = call;
    if (url !== undefined && url !== '') await checkUrl(url, webhookPolicy);
    const events = await changedEvents(fields, webhooks);
    const change = { name: name || undefined, url: url || undefined, events, description, secret, status };
    return { webhook: writeWebhook(await webhooks.update(webhook_id, change)) };
  }),
  route('DELETE /mlflow/webhooks/{webhook_id}', message(byId), async ({ webhook_id }, { webhooks }) => {
    await webhooks.remove(webhook_id);
    return {};
  }),
  route(
    'POST /mlflow/webhooks/{webhook_id}/test',
    message({ ...byId, event: mlflowEvent, mlspec_event: oneOf(ownEventNames) }),
    async ({ webhook_id, event, mlspec_event }, call) => ({
      result: await tryOut(webhook_id, event ?? mlspec_event, call),
    }),
  ),
];

/** The events after a change: of MLflow's and of ours each those that were given, where any were. */
async function changedEvents(
  fields: {
    readonly webhook_id: string;
    readonly events: readonly EventName[];
    readonly mlspec_events: readonly EventName[];
  },
  webhooks: WebhookStore,
): Promise<readonly EventName[] | undefined> {
  const { webhook_id, events, mlspec_events } = fields;
  if (events.length === 0 && mlspec_events.length === 0) return undefined;
  const before = await webhooks.get(webhook_id);
  const mlflow = events.length > 0 ? events : before.events.filter((name) => !isOwn(name));
  const own = mlspec_events.length > 0 ? mlspec_events : before.events.filter(isOwn);
  return [...mlflow, ...own];
}

/** Sends an example, once, and says what came of it. */
async function tryOut(webhookId: string, wanted: EventName | undefined, call: Call): Promise<object> {
  const { events } = await call.webhooks.get(webhookId);
  const event = wanted ?? events[0]!;
  const at = now();
  const sent = { deliveryId: randomUuid(), body: messageOf(event, exampleOf(event), at), sentAtMs: at };
  try {
    const target = await call.webhooks.targetOf(webhookId);
    const { status, body } = await postMessage(target, sent, { policy: call.webhookPolicy });
    const success = status >= 200 && status < 300;
    return { success, response_status: status, ...(body === '' ? {} : { response_body: body }) };
  } catch (error) {
    return { success: false, error_message: `Failed to test webhook: ${reasonOf(error)}` };
  }
}

async function writeCounts(webhooks: WebhookStore, webhookId: string): Promise<object> {
  const { pending, dead, lastError } = await webhooks.countsOf(webhookId);
  return { pending, dead, ...(lastError === null ? {} : { last_error: lastError }) };
}

function writeWebhook(webhook: Webhook): object {
  const own = webhook.events.filter(isOwn);
  return {
    webhook_id: webhook.webhookId,
    name: webhook.name,
    url: webhook.url,
    events: webhook.events.filter((name) => !isOwn(name)).map(writeEvent),
    ...(own.length === 0 ? {} : { mlspec_events: own }),
    ...(webhook.description === null ? {} : { description: webhook.description }),
    status: webhook.status,
    creation_timestamp: webhook.createdAtMs,
    last_updated_timestamp: webhook.updatedAtMs,
  };
}

function writeEvent(event: EventName): object {
  const { entity, action } = partsOf(event);
  return { entity: entity.toUpperCase(), action: action.toUpperCase() };
}

function isOwn(event: EventName): boolean {
  return (ownEventNames as readonly string[]).includes(event);
}
