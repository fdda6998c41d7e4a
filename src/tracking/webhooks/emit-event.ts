import type { Session } from '../../database/index.ts';
import { formatInstant, type JsonValue, now, randomUuid } from '../../encoding/index.ts';
import { type EventName, partsOf } from './event-names.ts';

/**
 * Notes an event for every active webhook that wants it, in the transaction of the change that caused it: what is rolled
 * back is told to nobody, and what is committed is told also when the process dies right after. Costs one query where
 * nobody listens.
 */
export async function emitEvent(session: Session, event: EventName, data: JsonValue): Promise<void> {
  const sql = `select e.webhook_id from webhook_events e join webhooks w on w.webhook_id = e.webhook_id
    where e.event = ? and w.status = 'ACTIVE' order by w.id`;
  const listeners = await session.all<{ webhook_id: string }>(sql, [event]);
  if (listeners.length === 0) return;
  const at = now();
  const body = messageOf(event, data, at);
  const columns = ['delivery_id', 'webhook_id', 'body', 'state', 'attempts', 'due_at_ms', 'created_at_ms'];
  const rows = listeners.map(({ webhook_id }) => [randomUuid(), webhook_id, body, 'PENDING', 0, at, at]);
  await session.insert({ table: 'webhook_deliveries', columns }, rows);
}

/** What a webhook is sent: the event, when it happened, and what it is about. */
export function messageOf(event: EventName, data: JsonValue, atMs: number): string {
  return JSON.stringify({ ...partsOf(event), timestamp: formatInstant(atMs).replace('Z', '+00:00'), data });
}
