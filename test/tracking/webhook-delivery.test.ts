/* Webhooks from the change to the receiver, on every database, with a real receiver and a clock that the tests move. */
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/index.ts';
import { now } from '../../src/encoding/index.ts';
import { type ModelRegistry, openRegistry } from '../../src/registry/index.ts';
import { createWebhookSender, type WebhookPolicy } from '../../src/server/webhooks/index.ts';
import {
  type EventName,
  emitEvent,
  type MlflowEventName,
  openTracking,
  openWebhooks,
  type WebhookStore,
} from '../../src/tracking/index.ts';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../contract/databases.ts';
import { testSecrets } from './test-secrets.ts';
import { type Receiver, startReceiver } from './webhook-receiver.ts';

const anywhere: WebhookPolicy = { schemes: ['http', 'https'], addresses: 'any' };
const hourMs = 3_600_000;

const suites = [
  ['SQLite', newSqlite],
  ...((await hasPostgres()) ? [['PostgreSQL', newPostgres] as const] : []),
] as const;

describe.each(suites)('webhooks on %s', (_name, create) => {
  let place: TestDatabase;
  let database: Database;
  let registry: ModelRegistry;
  let webhooks: WebhookStore;
  const { secrets, dispose } = testSecrets();
  let receiver: Receiver;
  let clockMs: number;

  beforeAll(async () => {
    place = await create();
    database = await place.open();
    registry = await openRegistry(database);
    webhooks = await openWebhooks(database, secrets);
  });
  afterAll(async () => {
    await database.close();
    await place.dispose();
    dispose();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    clockMs = now();
  });
  afterEach(async () => {
    await receiver.close();
    for (const { webhookId } of (await webhooks.list(1000)).items) await webhooks.remove(webhookId);
  });

  const hook = (events: readonly EventName[], more: object = {}) =>
    webhooks.create({ name: 'hook', url: `${receiver.url}/in`, events, ...more });
  const senderOf = (store = webhooks, policy = anywhere) =>
    createWebhookSender({ webhooks: store, policy, clock: () => clockMs });
  const emit = (event: EventName, data: object) =>
    database.transaction((session) => emitEvent(session, event, data as never));
  /** Moves the clock to when everything that waits is due, and sends it. */
  const sendLater = async (byMs: number) => {
    clockMs = Math.max(clockMs, now()) + byMs;
    await senderOf().sendDue();
  };
  /** What came: what happened, and to what. */
  const told = () => receiver.received.map(({ body }) => [`${body.entity}.${body.action}`, body.data]);

  test('a change of the registry is told in the form of MLflow', async () => {
    const all: MlflowEventName[] = [
      'registered_model.created',
      'model_version.created',
      'model_version_tag.set',
      'model_version_tag.deleted',
      'model_version_alias.created',
      'model_version_alias.deleted',
    ];
    await hook(all);
    const name = 'told of';
    await registry.createModel({ name, description: 'd', tags: [{ key: 'a', value: 'b' }] });
    const key = { model: name, ordinal: 1 };
    await registry.createVersion({ model: name, source: 's3://b/m', runId: 'r1', tags: [{ key: 'x', value: 'y' }] });
    await registry.setVersionTag(key, { key: 'k', value: 'v' });
    await registry.deleteVersionTag(key, 'k');
    await registry.deleteVersionTag(key, 'k');
    await registry.pointAlias(key, 'best');
    await registry.removeAlias(name, 'best');
    await registry.removeAlias(name, 'best');
    await sendLater(1000);
    expect(told()).toEqual([
      ['registered_model.created', { name, description: 'd', tags: { a: 'b' } }],
      [
        'model_version.created',
        {
          ...{ name, version: '1', source: 's3://b/m', run_id: 'r1', description: null },
          tags: { x: 'y', 'mlspec.version': '1.0.0' },
        },
      ],
      ['model_version_tag.set', { name, version: '1', key: 'k', value: 'v' }],
      ['model_version_tag.deleted', { name, version: '1', key: 'k' }],
      ['model_version_alias.created', { name, version: '1', alias: 'best' }],
      ['model_version_alias.deleted', { name, alias: 'best' }],
    ]);
    expect(receiver.received[0]!.body.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
  });

  test('prompts have events of their own', async () => {
    await hook(['registered_model.created', 'prompt.created', 'prompt_version.created', 'prompt_tag.set']);
    const mark = { key: 'mlflow.prompt.is_prompt', value: 'true' };
    await registry.createModel({ name: 'greeting', tags: [mark, { key: 'a', value: 'b' }] });
    const text = { key: 'mlflow.prompt.text', value: 'Hello' };
    await registry.createVersion({ model: 'greeting', source: 'dummy-source', tags: [mark, text] });
    await registry.setModelTag('greeting', { key: 'k', value: 'v' });
    await sendLater(1000);
    expect(told()).toEqual([
      ['prompt.created', { name: 'greeting', description: '', tags: { a: 'b' } }],
      [
        'prompt_version.created',
        { name: 'greeting', version: '1', description: null, template: 'Hello', tags: { 'mlspec.version': '1.0.0' } },
      ],
      ['prompt_tag.set', { name: 'greeting', key: 'k', value: 'v' }],
    ]);
  });

  test('stages, deletion and the end of a run are told, by names of ours', async () => {
    await hook([
      'mlspec.model_version.stage_transitioned',
      'mlspec.model_version.deleted',
      'mlspec.registered_model.deleted',
      'mlspec.run.finished',
    ]);
    const model = 'moving';
    await registry.createModel({ name: model });
    for (const source of ['one', 'two']) await registry.createVersion({ model, source });
    const move = (ordinal: number) =>
      registry.moveVersion({ model, ordinal, stage: 'production', archiveOthers: true });
    await move(1);
    await move(2);
    await move(2);
    await registry.deleteVersion({ model, ordinal: 1 });
    await registry.deleteModel(model);
    const tracking = await openTracking(database);
    const { info } = await tracking.createRun({ experimentId: '0', name: 'r', startedAtMs: 5 });
    await tracking.updateRun(info.runId, { name: 'renamed' });
    await tracking.updateRun(info.runId, { status: 'FINISHED', endedAtMs: 9 });
    await tracking.updateRun(info.runId, { status: 'FINISHED' });
    await sendLater(1000);
    const moved = (version: string, from_stage: string, to_stage: string) => [
      'mlspec.model_version.stage_transitioned',
      { name: model, version, from_stage, to_stage },
    ];
    expect(told()).toEqual([
      moved('1', 'None', 'Production'),
      moved('1', 'Production', 'Archived'),
      moved('2', 'None', 'Production'),
      ['mlspec.model_version.deleted', { name: model, version: '1' }],
      ['mlspec.registered_model.deleted', { name: model }],
      [
        'mlspec.run.finished',
        {
          ...{ run_id: info.runId, experiment_id: '0', run_name: 'renamed', status: 'FINISHED' },
          ...{ start_time: 5, end_time: 9 },
        },
      ],
    ]);
  });

  test('the end of a run that is mirrored is told once', async () => {
    await hook(['mlspec.run.finished']);
    const tracking = await openTracking(database);
    const run = {
      ...{ experiment: 'mirrored', name: 'm', userId: '', startedAtMs: 5, params: [], tags: [], metrics: [] },
      runId: 'a0b1c2d3e4f5',
    };
    await tracking.mirrorRuns([{ ...run, status: 'RUNNING', endedAtMs: null }]);
    await tracking.mirrorRuns([{ ...run, status: 'KILLED', endedAtMs: 9 }]);
    await tracking.mirrorRuns([{ ...run, status: 'KILLED', endedAtMs: 9 }]);
    await tracking.mirrorRuns([{ ...run, runId: 'b0', status: 'FINISHED', endedAtMs: 8 }]);
    await sendLater(1000);
    const said = receiver.received.map(({ body }) => body.data as { run_id: string; status: string });
    expect(said.map(({ run_id, status }) => [run_id, status])).toEqual([
      ['a0b1c2d3e4f5', 'KILLED'],
      ['b0', 'FINISHED'],
    ]);
  });

  test('what is rolled back is told to nobody', async () => {
    await hook(['registered_model.created', 'prompt.created']);
    const failing = database.transaction(async (session) => {
      await emitEvent(session, 'registered_model.created', { name: 'never' });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await registry.createModel({ name: 'once' });
    await expect(registry.createModel({ name: 'once' })).rejects.toThrow('already exists');
    await sendLater(1000);
    expect(told()).toEqual([['registered_model.created', { name: 'once', description: '', tags: {} }]]);
  });

  test('what fails comes again under the same id, signed anew', async () => {
    await hook(['registered_model.created'], { secret: 'sesame' });
    receiver.statuses.push(500, 302);
    await emit('registered_model.created', { name: 'retried' });
    await sendLater(1000);
    expect(receiver.received).toHaveLength(1);
    await senderOf().sendDue();
    expect(receiver.received).toHaveLength(1);
    await sendLater(5000);
    await sendLater(10_000);
    await sendLater(hourMs);
    expect(receiver.received).toHaveLength(3);
    const ids = receiver.received.map(({ headers }) => headers['x-mlflow-delivery-id']);
    expect(new Set(ids).size).toBe(1);
    const times = receiver.received.map(({ headers }) => headers['x-mlflow-timestamp']);
    expect(new Set(times).size).toBe(3);
    for (const { headers, text } of receiver.received) {
      const signed = `${headers['x-mlflow-delivery-id']}.${headers['x-mlflow-timestamp']}.${text}`;
      const expected = `v1,${createHmac('sha256', 'sesame').update(signed).digest('base64')}`;
      expect(headers['x-mlflow-signature']).toBe(expected);
    }
  });

  test('nothing is signed without a secret, and a changed one signs what waits', async () => {
    const { webhookId } = await hook(['registered_model.created']);
    await emit('registered_model.created', { name: 'a' });
    await sendLater(1000);
    await emit('registered_model.created', { name: 'b' });
    await webhooks.update(webhookId, { secret: 's' });
    await sendLater(1000);
    expect(receiver.received.map(({ headers }) => 'x-mlflow-signature' in headers)).toEqual([false, true]);
  });

  test('later messages wait for a failing one, but not for ever', async () => {
    const refused = (await startReceiver((message, response) => {
      response.writeHead((message.body.data as { name: string }).name === 'poison' ? 500 : 200).end();
    })) as Receiver;
    await hook(['registered_model.created'], { url: refused.url });
    for (const name of ['poison', 'second', 'third']) await emit('registered_model.created', { name });
    const names = () => refused.received.map(({ body }) => (body.data as { name: string }).name);
    for (let attempts = 1; attempts <= 4; attempts += 1) {
      await sendLater(hourMs);
      expect(names()).toEqual(Array(attempts).fill('poison'));
    }
    await sendLater(hourMs);
    expect(names().slice(5)).toEqual(['second', 'third']);
    await refused.close();
  });

  test('after a day a message is given up, with its last error', async () => {
    const { webhookId } = await hook(['registered_model.created']);
    await emit('registered_model.created', { name: 'lost' });
    receiver.statuses.push(503, 418);
    await sendLater(1000);
    expect(await webhooks.countsOf(webhookId)).toMatchObject({ pending: 1, dead: 0 });
    await sendLater(24 * hourMs);
    await sendLater(24 * hourMs);
    expect(receiver.received).toHaveLength(2);
    const lastError = 'expected an answer of 2xx, found 418';
    expect(await webhooks.countsOf(webhookId)).toEqual({ pending: 0, dead: 1, lastError });
  });

  test('a receiver that is not there is tried again', async () => {
    const gone = await startReceiver();
    await gone.close();
    const { webhookId } = await hook(['registered_model.created'], { url: gone.url });
    await emit('registered_model.created', { name: 'a' });
    await sendLater(1000);
    const { pending, lastError } = await webhooks.countsOf(webhookId);
    expect([pending, lastError]).toEqual([1, expect.stringContaining('ECONNREFUSED')]);
    await webhooks.update(webhookId, { url: receiver.url });
    await sendLater(hourMs);
    expect(receiver.received).toHaveLength(1);
  });

  test('several processes send each message once, in order', async () => {
    const events = ['registered_model.created'] as const;
    for (let index = 0; index < 4; index += 1) await hook(events, { url: `${receiver.url}/${index}` });
    for (let index = 0; index < 10; index += 1) await emit(events[0], { index });
    const others = await Promise.all([place.open(), place.open()]);
    clockMs = now();
    const stores = [webhooks, ...(await Promise.all(others.map((other) => openWebhooks(other, secrets))))];
    const senders = stores.map((store) => senderOf(store));
    // A sender that finds another at a message's place has nothing to do: until all are done, they look again.
    while (receiver.received.length < 40) await Promise.all(senders.map((sender) => sender.sendDue()));
    await Promise.all(senders.map((sender) => sender.sendDue()));
    expect(new Set(receiver.received.map(({ headers }) => headers['x-mlflow-delivery-id'])).size).toBe(40);
    expect(receiver.received).toHaveLength(40);
    for (let index = 0; index < 4; index += 1) {
      const mine = receiver.received.filter(({ path }) => path === `/${index}`).map(({ body }) => body.data);
      expect(mine).toEqual(Array.from({ length: 10 }, (_, place) => ({ index: place })));
    }
    for (const other of others) await other.close();
  });

  test('what somebody holds nobody else takes until the lease ends', async () => {
    await hook(['registered_model.created']);
    await emit('registered_model.created', { name: 'held' });
    clockMs = now();
    const claim = (nowMs: number) => webhooks.claim({ nowMs, leaseMs: 1000, orderedAttempts: 5 });
    const first = await claim(clockMs + 1);
    expect(first?.attempts).toBe(1);
    expect(await claim(clockMs + 1000)).toBeNull();
    const second = await claim(clockMs + 1001);
    expect([second?.deliveryId, second?.attempts]).toEqual([first!.deliveryId, 2]);
    await webhooks.failed(first!, { error: 'too late', nowMs: clockMs, retryAtMs: null });
    expect(await webhooks.countsOf(first!.webhookId)).toEqual({ pending: 1, dead: 0, lastError: null });
    await webhooks.releaseDead(clockMs);
    expect(await claim(clockMs + 1002)).toBeNull();
  });

  test('a disabled webhook is told nothing, and what waits for it waits', async () => {
    const { webhookId } = await hook(['registered_model.created']);
    await emit('registered_model.created', { name: 'before' });
    await webhooks.update(webhookId, { status: 'DISABLED' });
    await emit('registered_model.created', { name: 'meanwhile' });
    await sendLater(1000);
    expect(told()).toEqual([]);
    await webhooks.update(webhookId, { status: 'ACTIVE' });
    await sendLater(1000);
    expect(told()).toEqual([['registered_model.created', { name: 'before' }]]);
  });

  test('what waits for a webhook goes with it', async () => {
    const { webhookId } = await hook(['registered_model.created']);
    await emit('registered_model.created', { name: 'a' });
    await webhooks.remove(webhookId);
    await sendLater(1000);
    expect(receiver.received).toEqual([]);
    expect(await webhooks.countsOf(webhookId)).toEqual({ pending: 0, dead: 0, lastError: null });
  });

  test('a redirect is not followed', async () => {
    const inside = await startReceiver();
    const outside = await startReceiver((_message, response) => {
      response.writeHead(307, { location: inside.url }).end();
    });
    const { webhookId } = await hook(['registered_model.created'], { url: outside.url });
    await emit('registered_model.created', { name: 'a' });
    await sendLater(1000);
    expect([outside.received.length, inside.received.length]).toEqual([1, 0]);
    expect((await webhooks.countsOf(webhookId)).lastError).toContain('307');
    await inside.close();
    await outside.close();
  });

  test('an answer without an end is not waited for', async () => {
    const endless = await startReceiver((_message, response) => {
      response.on('drain', () => response.write('x'.repeat(65_536)));
      response.writeHead(200).write('x'.repeat(1_048_576));
    });
    const { webhookId } = await hook(['registered_model.created'], { url: endless.url });
    await emit('registered_model.created', { name: 'a' });
    await sendLater(1000);
    expect((await webhooks.countsOf(webhookId)).pending).toBe(0);
    await endless.close();
  });

  test('a name that comes to mean a private address is not followed there', async () => {
    const name = `http://hook.example.test:${receiver.port}/in`;
    const { webhookId } = await hook(['registered_model.created'], { url: name });
    await emit('registered_model.created', { name: 'a' });
    clockMs = now();
    const strict: WebhookPolicy = {
      schemes: ['http'],
      addresses: 'public',
      resolve: async () => ['8.8.8.8', '127.0.0.1'],
    };
    await senderOf(webhooks, strict).sendDue();
    expect(receiver.received).toEqual([]);
    expect((await webhooks.countsOf(webhookId)).lastError).toContain("'hook.example.test' resolves to 127.0.0.1");
    // What was checked is what is connected to: the name is asked for once, and means something else afterwards.
    let asked = 0;
    const resolve = async (): Promise<string[]> => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['192.0.2.1'];
    };
    clockMs += hourMs;
    await senderOf(webhooks, { ...anywhere, resolve }).sendDue();
    expect([asked, receiver.received.length]).toEqual([1, 1]);
    expect(receiver.received[0]!.headers.host).toBe(`hook.example.test:${receiver.port}`);
  });
});
