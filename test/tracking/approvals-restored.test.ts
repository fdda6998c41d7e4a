/* What was asked, approved and kept secret is there again, and counts, where a backup is restored. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addPeople, askedOf, people } from './approval-server.ts';
import { useBackupPlaces, ways } from './backup-places.ts';
import { type Asking, askingAt, type Json, password } from './sign-in-server.ts';
import { startReceiver } from './webhook-receiver.ts';

const places = useBackupPlaces();
const secret = 'a secret that only its receiver shares';
const { ben, cat, wil, admin } = people;
const how = {
  options: ['--sign-in'],
  env: {
    MLSPEC_ADMIN_PASSWORD: password,
    MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http',
    MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
  },
};

describe.each(ways)('from $from to $to', ({ from, to }) => {
  test('approvals go on where they were, and webhooks sign as they did', { timeout: 120_000 }, async () => {
    const receiver = await startReceiver();
    let asking: Asking;
    const { own, refused, pointAt, pointed, approve, seen, askFor, guarded } = askedOf(() => asking);
    const store = await places.newStore(from);
    const server = await places.start(store, how);
    asking = askingAt(server.url);
    await addPeople(asking);
    const name = await guarded(2);
    await askFor(name, '2');
    await own('POST approvals/withdraw', { name, number: 1 }, wil);
    const request = await askFor(name, '1');
    expect((await approve(request, ben)).status).toBe(200);
    const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];
    await asking.make('POST webhooks', { name: 'hook', url: receiver.url, events, secret });
    const before = [await seen({ name, number: 1 }), await seen(request), await decisions(asking, name)];

    const backups = join(places.home, 'backups');
    const made = await places.mlspec(['backup', backups], store);
    expect(made.code, made.stderr).toBe(0);
    await server.kill();
    const target = await places.newStore(to);
    const restored = await places.mlspec(['restore', backups], target);
    expect(restored.code, restored.stderr).toBe(0);
    const again = await places.start(target, how);
    asking = askingAt(again.url);

    expect([await seen({ name, number: 1 }), await seen(request), await decisions(asking, name)]).toEqual(before);
    await refused(pointAt(name, '1', wil), 403, 'is protected');
    // Who approved before counts once.
    await approve(request, ben);
    expect(await seen(request)).toMatchObject({ state: 'open', approvals: { given: 1, needed: 2 } });
    expect((await approve(request, cat)).status).toBe(200);
    expect([(await seen(request))['state'], await pointed(name)]).toEqual(['moved', '1']);
    const kinds = (await decisions(asking, name)).map(({ kind, by }) => `${kind} ${by}`);
    expect(kinds).toEqual(['protect user:admin', 'move user:cat']);
    expect((await askFor(name, '2'))['number']).toBe(3);

    await asking.make('POST registered-models/create', { name: 'told' });
    await receiver.arrived(1);
    const { headers, text } = receiver.received[0]!;
    const signed = `${headers['x-mlflow-delivery-id']}.${headers['x-mlflow-timestamp']}.${text}`;
    expect(headers['x-mlflow-signature']).toBe(`v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
    await receiver.close();
  });
});

async function decisions({ ask }: Asking, name: string): Promise<Json[]> {
  const { json } = await ask('GET /api/2.0/mlspec/protections/list', { as: admin, fields: { name } });
  return (json as Json)['decisions'] as Json[];
}
