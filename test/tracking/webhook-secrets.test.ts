/* Secrets of webhooks: nobody who reads the database reads them, and without the key nothing goes out unsigned. */
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { webhookSecretsOf } from '../../src/app/webhook-secrets.ts';
import { now } from '../../src/encoding/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { createAttemptCounts, createWebhookSender } from '../../src/server/webhooks/index.ts';
import { openWebhooks } from '../../src/tracking/index.ts';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../contract/databases.ts';
import { oldPostgres, oldSqlite } from '../migrations/released.ts';
import { startTestServer } from './test-server.ts';
import { startReceiver } from './webhook-receiver.ts';

const withPostgres = await hasPostgres();
const secret = 'a secret that only its receiver shares';
const policy = { schemes: ['http', 'https'], addresses: 'any' } as const;
let keysDir: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  keysDir = await mkdtemp(join(tmpdir(), 'webhook-secrets-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(keysDir, { recursive: true, force: true });
});

async function opened(place: TestDatabase) {
  const database = await place.open();
  ends.push(
    () => place.dispose(),
    () => database.close(),
  );
  return database;
}

/** Everything in the folder of a SQLite file but copies from before a migration. */
async function bytesBeside(place: TestDatabase): Promise<string> {
  const folder = dirname((place.address as { path: string }).path);
  const names = (await readdir(folder)).filter((name) => !name.includes('.backup-'));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))).join('');
}

for (const [kind, create, old] of [
  ['sqlite', newSqlite, oldSqlite],
  ['postgres', newPostgres, oldPostgres],
] as const) {
  describe.skipIf(kind === 'postgres' && !withPostgres)(`secrets of webhooks on ${kind}`, () => {
    test('stand in no table and no file, and are bound to their webhook', async () => {
      const place = await create();
      const database = await opened(place);
      const webhooks = await openWebhooks(database, webhookSecretsOf({ keysDir }));
      const base = { url: 'https://example.org/', events: ['registered_model.created'] } as const;
      const [one, other] = [
        await webhooks.create({ ...base, name: 'one', secret }),
        await webhooks.create({ ...base, name: 'other', secret: 'another one' }),
      ];
      await webhooks.update(other.webhookId, { secret: `${secret}, changed` });
      const rows = await database.all('select * from webhooks');
      expect(JSON.stringify(rows)).not.toContain(secret);
      if (kind === 'sqlite') expect(await bytesBeside(place)).not.toContain(secret);
      expect(await webhooks.targetOf(one.webhookId)).toMatchObject({ secret });
      expect(await webhooks.targetOf(other.webhookId)).toMatchObject({ secret: `${secret}, changed` });
      const [key] = await readdir(keysDir);
      expect([key, (await stat(join(keysDir, key!))).mode & 0o777]).toEqual(['webhooks.sealing', 0o600]);
      // Whoever can write the database cannot let one webhook sign with the secret of another one.
      const move =
        'update webhooks set sealed_secret = (select sealed_secret from webhooks where webhook_id = ?) where webhook_id = ?';
      await database.run(move, [one.webhookId, other.webhookId]);
      await expect(webhooks.targetOf(other.webhookId)).rejects.toMatchObject({ code: 'PROVENANCE_SEAL_OTHER_PART' });
      await webhooks.update(one.webhookId, { secret: '' });
      expect(await webhooks.targetOf(one.webhookId)).toMatchObject({ secret: null });
    });

    test('of an older program are sealed, and the file forgets them', async () => {
      const place = await old('6-webhooks');
      const database = await opened(place);
      const before = await database.all<{ webhook_id: string; secret: string }>(
        'select webhook_id, secret from webhooks',
      );
      expect(before.map((row) => row.secret)).toEqual(['golden secret']);
      const webhooks = await openWebhooks(database, webhookSecretsOf({ keysDir }));
      expect(await webhooks.targetOf(before[0]!.webhook_id)).toMatchObject({ secret: 'golden secret' });
      expect(JSON.stringify(await database.all('select * from webhooks'))).not.toContain('golden secret');
      if (kind === 'sqlite') expect(await bytesBeside(place)).not.toContain('golden secret');
      // With the key it opens again, also by another process.
      const again = await openWebhooks(database, webhookSecretsOf({ keysDir }));
      expect(await again.targetOf(before[0]!.webhook_id)).toMatchObject({ secret: 'golden secret' });
    });

    test('without their key messages wait and are never sent unsigned; with it, or a new secret, they go', async () => {
      const receiver = await startReceiver();
      ends.push(() => receiver.close());
      const database = await opened(await create());
      const registry = await openRegistry(database);
      const mine = await openWebhooks(database, webhookSecretsOf({ keysDir }));
      const events = ['registered_model.created'] as const;
      await mine.create({ name: 'hook', url: receiver.url, events, secret });
      await registry.createModel({ name: 'first' });
      const elsewhere = await mkdtemp(join(tmpdir(), 'webhook-elsewhere-'));
      ends.push(() => rm(elsewhere, { recursive: true, force: true }));
      const theirs = await openWebhooks(database, webhookSecretsOf({ keysDir: elsewhere }));
      let clockMs = now() + 1000;
      const attempts = createAttemptCounts();
      const send = async (webhooks: typeof mine): Promise<void> => {
        const sender = createWebhookSender({ webhooks, policy, clock: () => clockMs, onAttempt: attempts.note });
        await sender.sendDue();
        clockMs += 3_600_000;
      };
      await send(theirs);
      expect(receiver.received).toHaveLength(0);
      expect(await theirs.outbox()).toEqual({ pending: 1, dead: 0 });
      const { webhookId } = (await theirs.list(10)).items[0]!;
      expect((await theirs.countsOf(webhookId)).lastError).toContain('the secret of the webhook cannot be opened');
      await cp(join(keysDir, 'webhooks.sealing'), join(elsewhere, 'webhooks.sealing'), { force: true });
      await send(await openWebhooks(database, webhookSecretsOf({ keysDir: elsewhere })));
      expect(receiver.received).toHaveLength(1);
      expect(receiver.received[0]!.headers['x-mlflow-signature']).toMatch(/^v1,/);
      expect(attempts.counts).toEqual({ delivered: 1, failed: 1, given_up: 0, retried: 1 });
      expect(await mine.outbox()).toEqual({ pending: 0, dead: 0 });
    });
  });
}

test('/metrics has what waits, what was given up, and what attempts came to', async () => {
  const attempts = createAttemptCounts();
  const server = await startTestServer(newSqlite, { webhookAttempts: attempts, webhookPolicy: policy });
  ends.push(() => server.close());
  for (const what of ['delivered', 'retried', 'retried', 'failed'] as const) attempts.note(what);
  const ask = (path: string, body: object) =>
    fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];
  expect((await ask('webhooks', { name: 'h', url: 'http://127.0.0.1:9/', events, secret })).status).toBe(200);
  await ask('registered-models/create', { name: 'm' });
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toContain('mlspec_webhook_deliveries{state="pending"} 1\n');
  expect(text).toContain('mlspec_webhook_deliveries{state="dead"} 0\n');
  for (const [result, count] of [
    ['delivered', 1],
    ['failed', 1],
    ['given_up', 0],
    ['retried', 2],
  ])
    expect(text).toContain(`mlspec_webhook_attempts_total{result="${result}"} ${count}\n`);
  expect(text).not.toContain(secret);
});
