/* Requests to move protected aliases: decisions at once, what is listed and told, and that what is kept stays. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistryImport } from '../../src/registry/index.ts';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { askedOf, people, startApprovals } from './approval-server.ts';
import { type Json, type SignInServer, setUp } from './sign-in-server.ts';

const stores = [
  { store: 'SQLite', create: newSqlite, isHere: true },
  { store: 'PostgreSQL', create: newPostgres, isHere: await hasPostgres() },
];
const { ann, ben, cat, dan, wil, ron, admin } = people;

describe.each(stores)('what is kept of approvals, on $store', ({ create, isHere }) => {
  describe.skipIf(!isHere)('where people sign in', () => {
    let server: SignInServer;
    const { own, refused, pointed, decide, approve, seen, askFor, guarded } = askedOf(() => server);

    beforeAll(async () => {
      server = await startApprovals(create);
    });
    afterAll(() => server.close());

    test('of decisions at once each finds what the other left', async () => {
      const name = await guarded(2);
      const both = await askFor(name, '1');
      const answers = await Promise.all([ben, cat, dan].flatMap((who) => [approve(both, who), approve(both, who)]));
      expect(answers.filter(({ status }) => status !== 200 && status !== 400)).toEqual([]);
      const after = await seen(both);
      expect(after['decisions'].filter(({ kind }: Json) => kind === 'move')).toHaveLength(1);
      expect(after['decisions'].filter(({ kind }: Json) => kind === 'approve')).toHaveLength(2);
      for (let turn = 0; turn < 5; turn++) {
        const contested = `${await guarded(1)}`;
        const request = await askFor(contested, '1');
        const [yes, no] = await Promise.all([approve(request, ben), decide('reject', request, cat)]);
        expect([yes.status, no.status].sort()).toEqual([200, 400]);
        expect(await pointed(contested)).toBe(yes.status === 200 ? '1' : null);
        // Two moves of one alias: the second was asked from where the alias is not any more.
        const rivals = [await askFor(contested, '2'), await askFor(contested, '3')];
        const [one, other] = await Promise.all([approve(rivals[0]!, ben), approve(rivals[1]!, cat)]);
        expect([one.status, other.status].sort()).toEqual([200, 400]);
        expect(await pointed(contested)).toBe(one.status === 200 ? '2' : '3');
      }
      const asked = await Promise.all(
        [wil, ann, ben].map((as) =>
          own('POST approvals/ask', { name, version: '3', alias: 'production', why: 'w' }, as),
        ),
      );
      expect(asked.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    });

    test('requests are listed in pages, open ones alone where nothing else is asked, and hidden with their model', async () => {
      const name = await guarded(1);
      for (const version of ['1', '2', '3']) await askFor(name, version);
      await decide('reject', { name, number: 2 }, ben);
      const list = async (fields: object, as = admin): Promise<Json> =>
        (await own('GET approvals/list', { name, ...fields }, as)).json as Json;
      const numbers = ({ requests }: Json): number[] => requests.map(({ number }: Json) => number);
      expect(numbers(await list({}))).toEqual([3, 1]);
      expect(numbers(await list({ which: 'all', alias: 'production' }))).toEqual([3, 2, 1]);
      expect(numbers(await list({ alias: 'none' }))).toEqual([]);
      const first = await list({ max_results: 1 });
      expect(numbers(first)).toEqual([3]);
      const second = await list({ max_results: 1, page_token: first['next_page_token'] });
      expect(numbers(second)).toEqual([1]);
      await refused(own('GET approvals/list', { page_token: 'x' }, admin), 400, 'page token');
      await refused(own('GET approvals/list', { max_results: 0 }, admin), 400, 'expected 1 to 1000');
      await server.access.grant('ron', { kind: 'model', id: name, role: 'none' }, setUp);
      expect(numbers(await list({}, ron))).toEqual([]);
      await refused(own('GET approvals/get', { name, number: 1 }, ron), 404, `name=${name} not found`);
    });

    test('the store itself says by which rule it refuses', async () => {
      const name = await guarded(1);
      const { approvals } = server.services;
      const by = { id: 1, name: 'admin', token: null };
      const wanted = { model: name, ordinal: 1, alias: 'production', why: 'w', expiresAtMs: Date.now() + 60_000 };
      const code = (expected: string): object => expect.objectContaining({ code: expected });
      const { number } = await approvals.ask(wanted, by);
      const key = { model: name, number };
      await expect(approvals.ask(wanted, by)).rejects.toEqual(code('REGISTRY_REQUEST_EXISTS'));
      await expect(approvals.approve(key, { by, comment: '' })).rejects.toEqual(code('REGISTRY_OWN_APPROVAL'));
      await expect(approvals.find({ model: name, number: 9 })).rejects.toEqual(code('REGISTRY_REQUEST_UNKNOWN'));
      await approvals.withdraw(key, { by, comment: '' });
      await expect(approvals.reject(key, { by, comment: '' })).rejects.toEqual(code('REGISTRY_REQUEST_CLOSED'));
      const long = { by, comment: 'x'.repeat(5001) };
      await expect(approvals.reject(key, long)).rejects.toEqual(code('REGISTRY_BAD_VALUE'));
      await expect(approvals.ask({ ...wanted, expiresAtMs: 1 }, by)).rejects.toEqual(code('REGISTRY_BAD_VALUE'));
      await expect(approvals.ask({ ...wanted, ordinal: 7 }, by)).rejects.toEqual(code('REGISTRY_VERSION_UNKNOWN'));
    });

    test('an import sets no protected alias, and rows of requests are only added', async () => {
      const name = await guarded(1);
      await askFor(name, '1');
      const { database } = server;
      const imported = {
        ...{ name, description: '', tags: [], aliases: [{ alias: 'production', ordinal: 1 }], versions: [] },
        ...{ createdAtMs: 1, updatedAtMs: 1 },
      };
      const { refused: left } = await openRegistryImport(database).model(imported);
      expect(left).toEqual([{ what: 'alias production', why: 'it is protected here' }]);
      expect(await pointed(name)).toBe(null);
      for (const sql of [
        'delete from alias_requests',
        "update alias_requests set user_name = 'x'",
        'delete from alias_request_decisions',
      ])
        await expect(database.run(sql)).rejects.toThrow(/only added|DATABASE/);
      expect(await seen({ name, number: 1 })).toMatchObject({ state: 'open', asked_by: 'wil' });
    });

    test('webhooks hear of what was asked and decided', async () => {
      const events = ['mlspec.alias_request.created', 'mlspec.alias_request.decided'];
      const other = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];
      const hook = { name: 'w', url: 'http://127.0.0.1:9/', events: other, mlspec_events: events };
      const name = await guarded(1);
      await server.make('POST webhooks', hook);
      await approve(await askFor(name, '1'), ben);
      const told: Json[] = [];
      for (;;) {
        const delivery = await server.services.webhooks.claim({
          nowMs: Date.now(),
          leaseMs: 60_000,
          orderedAttempts: 1,
        });
        if (delivery === null) break;
        told.push(JSON.parse(delivery.body) as Json);
      }
      expect(told.map(({ entity, action, data }) => [entity, action, data.version, data.decision])).toEqual([
        ['mlspec.alias_request', 'created', '1', undefined],
        ['mlspec.alias_request', 'decided', '1', 'approve'],
        ['mlspec.alias_request', 'decided', '1', 'move'],
      ]);
    });
  });
});
