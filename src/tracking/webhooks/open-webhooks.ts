import { type Database, migrate, type Session } from '../../database/index.ts';
import { now, randomUuid } from '../../encoding/index.ts';
import type { Page } from '../entities.ts';
import { badValue, storable, unknown } from '../names.ts';
import { makeToken, readToken } from '../page-token.ts';
import {
  claimDelivery,
  countDeliveries,
  countOutbox,
  noteDelivered,
  noteFailed,
  openSecret,
  releaseDeadClaims,
} from './deliveries.ts';
import type { EventName } from './event-names.ts';
import { webhookSchema } from './schema.ts';
import type {
  NewWebhook,
  Webhook,
  WebhookChange,
  WebhookSecrets,
  WebhookStatus,
  WebhookStore,
  WebhookTarget,
} from './webhook.ts';

const largestPage = 1000;

/**
 * Webhooks in a database, whose tables are made or brought up to date first.
 * @param secrets encrypts what signs messages; asked for nothing where no webhook has a secret
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openWebhooks(database: Database, secrets: WebhookSecrets): Promise<WebhookStore> {
  await migrate(database, webhookSchema);
  await sealOldSecrets(database, secrets);
  const outlet = { database, secrets };
  return {
    create: (webhook) => create(outlet, webhook),
    get: (webhookId) => get(database, webhookId),
    list: (limit, pageToken) => list(database, limit, pageToken),
    update: (webhookId, change) => update(outlet, webhookId, change),
    remove: (webhookId) => remove(database, webhookId),
    targetOf: (webhookId) => targetOf(outlet, webhookId),
    outbox: () => countOutbox(database),
    countsOf: (webhookId) => countDeliveries(database, webhookId),
    claim: (options) => claimDelivery(database, secrets, options),
    delivered: (delivery) => noteDelivered(database, delivery),
    failed: (delivery, attempt) => noteFailed(database, delivery, attempt),
    releaseDead: (nowMs) => releaseDeadClaims(database, nowMs),
  };
}

interface Outlet {
  readonly database: Database;
  readonly secrets: WebhookSecrets;
}

async function create({ database, secrets }: Outlet, webhook: NewWebhook): Promise<Webhook> {
  const { name, url, events, description, secret, status = 'ACTIVE' } = webhook;
  checkName(name);
  checkEvents(events);
  const webhookId = randomUuid();
  const at = now();
  const row = {
    ...{ webhook_id: webhookId, name, url: storable(url), description: kept(description) },
    ...{ status, sealed_secret: await sealed(kept(secret), webhookId, secrets), created_at_ms: at, updated_at_ms: at },
  };
  return await database.transaction(async (session) => {
    await session.insert({ table: 'webhooks', columns: Object.keys(row) }, [Object.values(row)]);
    await writeEvents(session, webhookId, events);
    return await get(session, webhookId);
  });
}

async function update({ database, secrets }: Outlet, webhookId: string, change: WebhookChange): Promise<Webhook> {
  const { name, url, events, description, secret, status } = change;
  if (name !== undefined) checkName(name);
  if (events !== undefined) checkEvents(events);
  const columns = {
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url: storable(url) }),
    ...(description === undefined ? {} : { description: kept(description) }),
    ...(secret === undefined ? {} : { sealed_secret: await sealed(kept(secret), webhookId, secrets), secret: null }),
    ...(status === undefined ? {} : { status }),
    updated_at_ms: now(),
  };
  const set = Object.keys(columns).map((column) => `${column} = ?`);
  return await database.transaction(async (session) => {
    const sql = `update webhooks set ${set.join(', ')} where webhook_id = ?`;
    if ((await session.run(sql, [...Object.values(columns), webhookId])) === 0) throw absent(webhookId);
    if (events !== undefined) await writeEvents(session, webhookId, events);
    return await get(session, webhookId);
  });
}

async function remove(database: Database, webhookId: string): Promise<void> {
  await database.transaction(async (session) => {
    await session.run('delete from webhook_deliveries where webhook_id = ?', [webhookId]);
    await session.run('delete from webhook_events where webhook_id = ?', [webhookId]);
    if ((await session.run('delete from webhooks where webhook_id = ?', [webhookId])) === 0) throw absent(webhookId);
  });
}

async function writeEvents(session: Session, webhookId: string, events: readonly EventName[]): Promise<void> {
  await session.run('delete from webhook_events where webhook_id = ?', [webhookId]);
  const rows = [...new Set(events)].map((event, place) => [webhookId, event, place]);
  await session.insert({ table: 'webhook_events', columns: ['webhook_id', 'event', 'place'] }, rows);
}

interface WebhookRow {
  readonly id: number;
  readonly webhook_id: string;
  readonly name: string;
  readonly url: string;
  readonly description: string | null;
  readonly status: WebhookStatus;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

const shown = 'id, webhook_id, name, url, description, status, created_at_ms, updated_at_ms';

async function get(session: Session, webhookId: string): Promise<Webhook> {
  const row = await session.first<WebhookRow>(`select ${shown} from webhooks where webhook_id = ?`, [webhookId]);
  if (row === null) throw absent(webhookId);
  return (await complete(session, [row]))[0]!;
}

async function list(database: Database, limit: number, pageToken: string | undefined): Promise<Page<Webhook>> {
  if (limit < 1 || limit > largestPage) throw badValue(`max_results must be between 1 and ${largestPage}.`);
  const [before = null] = readToken(pageToken, 'webhooks', 1) ?? [];
  const sql = `select ${shown} from webhooks ${before === null ? '' : 'where id < ?'} order by id desc limit ?`;
  const rows = await database.all<WebhookRow>(sql, before === null ? [limit + 1] : [Number(before), limit + 1]);
  const page = rows.slice(0, limit);
  const nextPageToken = rows.length > limit ? makeToken([page.at(-1)!.id], 'webhooks') : null;
  return { items: await complete(database, page), nextPageToken };
}

async function complete(session: Session, rows: readonly WebhookRow[]): Promise<Webhook[]> {
  if (rows.length === 0) return [];
  const sql = `select webhook_id, event from webhook_events where webhook_id in (${rows.map(() => '?').join(', ')})
    order by webhook_id, place`;
  const ids = rows.map((row) => row.webhook_id);
  const events = await session.all<{ webhook_id: string; event: EventName }>(sql, ids);
  return rows.map((row) => ({
    ...{ webhookId: row.webhook_id, name: row.name, url: row.url, description: row.description, status: row.status },
    events: events.filter(({ webhook_id }) => webhook_id === row.webhook_id).map(({ event }) => event),
    ...{ createdAtMs: row.created_at_ms, updatedAtMs: row.updated_at_ms },
  }));
}

async function targetOf({ database, secrets }: Outlet, webhookId: string): Promise<WebhookTarget> {
  const sql = 'select webhook_id, url, sealed_secret from webhooks where webhook_id = ?';
  const found = await database.first<{ webhook_id: string; url: string; sealed_secret: string | null }>(sql, [
    webhookId,
  ]);
  if (found === null) throw absent(webhookId);
  return { url: found.url, secret: await openSecret(found, secrets) };
}

async function sealed(secret: string | null, webhookId: string, secrets: WebhookSecrets): Promise<string | null> {
  return secret === null ? null : await secrets.seal(secret, webhookId);
}

/** Seals what an older program wrote, and leaves no trace of it in the file of SQLite. */
async function sealOldSecrets(database: Database, secrets: WebhookSecrets): Promise<void> {
  const sql = 'select webhook_id, secret from webhooks where secret is not null';
  const rows = await database.all<{ readonly webhook_id: string; readonly secret: string }>(sql);
  if (rows.length === 0) return;
  const replaced = await Promise.all(
    rows.map(async ({ webhook_id, secret }) => [await secrets.seal(secret, webhook_id), webhook_id, secret]),
  );
  if (database.kind === 'sqlite') await database.run('pragma secure_delete = on');
  await database.transaction(async (session) => {
    const update = 'update webhooks set sealed_secret = ?, secret = null where webhook_id = ? and secret = ?';
    for (const values of replaced) await session.run(update, values);
  });
  if (database.kind === 'sqlite') await database.run('pragma wal_checkpoint(truncate)');
}

function checkName(name: string): void {
  if (name.length <= 63 && /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(name)) return;
  throw badValue(
    `Webhook name '${name}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  );
}

function checkEvents(events: readonly EventName[]): void {
  if (events.length === 0) throw badValue('Webhook events must be a non-empty list of WebhookEvent objects: [].');
}

function kept(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : storable(text);
}

function absent(webhookId: string): Error {
  return unknown(`Webhook with ID ${webhookId} not found.`);
}
