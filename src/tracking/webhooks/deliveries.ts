/**
 * The outbox. A delivery is claimed by moving the time at which it is due to the end of a lease, under the condition that
 * it is still what was read: of two processes that do it at once, one changes a row. Who dies while holding one leaves
 * a lease that ends. The oldest delivery of a webhook goes first, and later ones wait while it is tried again, but not
 * for ever: one message that a receiver never takes must not keep the others from it for a day.
 */
import type { Database } from '../../database/index.ts';
import { isProcessAlive, processMark } from '../../encoding/index.ts';
import type { ClaimOptions, Delivery, DeliveryCounts, FailedAttempt, WebhookSecrets } from './webhook.ts';

/** For how long it is kept what was given up. */
const deadKeptMs = 30 * 24 * 3_600_000;
const longestError = 1000;

/** Takes the next delivery that is due; null where none is. */
export async function claimDelivery(
  database: Database,
  secrets: WebhookSecrets,
  options: ClaimOptions,
): Promise<Delivery | null> {
  for (;;) {
    const found = await nextDue(database, options);
    if (found === null) return null;
    const leaseUntilMs = options.nowMs + options.leaseMs;
    const sql = `update webhook_deliveries set due_at_ms = ?, attempts = attempts + 1, claimed_by = ?
      where id = ? and due_at_ms = ? and attempts = ? and state = 'PENDING'`;
    const ours = [leaseUntilMs, claimant(), found.id, found.due_at_ms, found.attempts];
    if ((await database.run(sql, ours)) === 1) return await deliveryOf(found, leaseUntilMs, secrets);
  }
}

interface DueRow {
  readonly id: number;
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly body: string;
  readonly attempts: number;
  readonly due_at_ms: number;
  readonly created_at_ms: number;
  readonly url: string;
  readonly sealed_secret: string | null;
}

async function nextDue(database: Database, { nowMs, orderedAttempts }: ClaimOptions): Promise<DueRow | null> {
  const sql = `select d.id, d.delivery_id, d.webhook_id, d.body, d.attempts, d.due_at_ms, d.created_at_ms, w.url, w.sealed_secret
    from webhook_deliveries d join webhooks w on w.webhook_id = d.webhook_id
    where d.state = 'PENDING' and d.due_at_ms <= ? and w.status = 'ACTIVE' and not exists (
      select 1 from webhook_deliveries earlier where earlier.webhook_id = d.webhook_id and earlier.state = 'PENDING'
        and earlier.id < d.id and earlier.attempts < ?)
    order by d.due_at_ms, d.id limit 1`;
  return await database.first<DueRow>(sql, [nowMs, orderedAttempts]);
}

async function deliveryOf(row: DueRow, leaseUntilMs: number, secrets: WebhookSecrets): Promise<Delivery> {
  // Nothing goes out unsigned that should be signed: it waits until the key is there, or a secret is set anew.
  const { secret, unsendable } = await openSecret(row, secrets).then(
    (opened) => ({ secret: opened, unsendable: null }),
    (error: Error) => ({ secret: null, unsendable: `the secret of the webhook cannot be opened: ${error.message}` }),
  );
  return {
    ...{ id: row.id, deliveryId: row.delivery_id, webhookId: row.webhook_id, body: row.body },
    ...{ attempts: row.attempts + 1, createdAtMs: row.created_at_ms, leaseUntilMs, url: row.url, secret, unsendable },
  };
}

/** The secret of a webhook; null where it has none. @throws PlatformError as `WebhookSecrets.open` */
export async function openSecret(
  row: { readonly webhook_id: string; readonly sealed_secret: string | null },
  secrets: WebhookSecrets,
): Promise<string | null> {
  return row.sealed_secret === null ? null : await secrets.open(row.sealed_secret, row.webhook_id);
}

/** Takes a delivery that arrived out of the outbox. */
export async function noteDelivered(database: Database, { id }: Delivery): Promise<void> {
  await database.run('delete from webhook_deliveries where id = ?', [id]);
}

/** Notes why an attempt failed, and when the next one is due. */
export async function noteFailed(database: Database, delivery: Delivery, attempt: FailedAttempt): Promise<void> {
  const { error, nowMs, retryAtMs } = attempt;
  const sql = `update webhook_deliveries set state = ?, due_at_ms = ?, claimed_by = null, last_error = ?
    where id = ? and due_at_ms = ? and attempts = ?`;
  const state = retryAtMs === null ? 'DEAD' : 'PENDING';
  const ours = [delivery.id, delivery.leaseUntilMs, delivery.attempts];
  await database.run(sql, [state, retryAtMs ?? nowMs, error.slice(0, longestError), ...ours]);
  if (retryAtMs !== null) return;
  const old = "delete from webhook_deliveries where webhook_id = ? and state = 'DEAD' and created_at_ms < ?";
  await database.run(old, [delivery.webhookId, nowMs - deadKeptMs]);
}

/** What waits and what was given up, of all webhooks. */
export async function countOutbox(database: Database): Promise<Pick<DeliveryCounts, 'pending' | 'dead'>> {
  const sql = 'select state, count(*) as number from webhook_deliveries group by state';
  const rows = await database.all<{ state: string; number: number }>(sql);
  const count = (state: string): number => Number(rows.find((row) => row.state === state)?.number ?? 0);
  return { pending: count('PENDING'), dead: count('DEAD') };
}

/** What waits for a webhook and what was given up. */
export async function countDeliveries(database: Database, webhookId: string): Promise<DeliveryCounts> {
  const sql = 'select state, count(*) as number from webhook_deliveries where webhook_id = ? group by state';
  const rows = await database.all<{ state: string; number: number }>(sql, [webhookId]);
  const count = (state: string): number => Number(rows.find((row) => row.state === state)?.number ?? 0);
  const last = `select last_error from webhook_deliveries where webhook_id = ? and last_error is not null
    order by id desc limit 1`;
  const row = await database.first<{ last_error: string }>(last, [webhookId]);
  return { pending: count('PENDING'), dead: count('DEAD'), lastError: row?.last_error ?? null };
}

/** Makes due what processes of this machine had claimed that are no longer there. */
export async function releaseDeadClaims(database: Database, nowMs: number): Promise<void> {
  const sql = "select distinct claimed_by from webhook_deliveries where claimed_by is not null and state = 'PENDING'";
  for (const { claimed_by } of await database.all<{ claimed_by: string }>(sql)) {
    const [pid = '', mark = ''] = claimed_by.split(' ');
    // Without a mark the number may be one of another machine.
    if (mark === '' || isProcessAlive(Number(pid), mark) !== false) continue;
    const free = `update webhook_deliveries set due_at_ms = ?, claimed_by = null
      where claimed_by = ? and state = 'PENDING'`;
    await database.run(free, [nowMs, claimed_by]);
  }
}

let ownName: string | null = null;

/** This process, so that others of its machine see when it has gone. */
function claimant(): string {
  ownName ??= `${process.pid} ${processMark(process.pid) ?? ''}`;
  return ownName;
}
