/*
 * Requests to move protected aliases at a server to which people sign in: what it takes, and what every way around it is
 * answered with.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { askedOf, people, startApprovals } from './approval-server.ts';
import {
  type Answer,
  basic,
  bearer,
  type Json,
  password,
  type SignIn,
  type SignInServer,
  setUp,
  startSignInServer,
} from './sign-in-server.ts';

const stores = [
  { store: 'SQLite', create: newSqlite, isHere: true },
  { store: 'PostgreSQL', create: newPostgres, isHere: await hasPostgres() },
];
const { ann, ben, cat, dan, wil, ron, admin } = people;

describe.each(stores)('approvals over a server, on $store', ({ create, isHere }) => {
  describe.skipIf(!isHere)('where people sign in', () => {
    let server: SignInServer;
    const { own, said, refused, pointAt, pointed, decide, approve, seen, askFor, guarded } = askedOf(() => server);

    beforeAll(async () => {
      server = await startApprovals(create);
    });
    afterAll(() => server.close());

    test('an alias moves with the last approval, and every decision is kept', async () => {
      const name = await guarded(2);
      const request = await askFor(name, '2');
      expect(request).toMatchObject({
        ...{ name, number: 1, version: '2', model_version: '1.0.1', state: 'open', asked_by: 'wil', replaces: null },
        ...{ approvals: { given: 0, needed: 2 }, missing: ['approvals: 0 of 2'], decisions: [] },
      });
      await refused(pointAt(name, '2', wil), 403, 'PERMISSION_DENIED', 'approvals: 0 of 2', 'mlspec approvals approve');
      expect(await said('POST approvals/approve', { name, number: 1, comment: 'seen' }, ben)).toMatchObject({
        ...{ state: 'open', approvals: { given: 1, needed: 2 } },
      });
      await refused(pointAt(name, '2', wil), 403, 'approvals: 1 of 2');
      expect(await pointed(name)).toBe(null);
      const moved = await said('POST approvals/approve', { name, number: 1 }, cat);
      expect(moved).toMatchObject({ state: 'moved', approvals: { given: 2, needed: 2 }, missing: [] });
      expect(moved['decisions'].map(({ kind, by, comment }: Json) => [kind, by, comment])).toEqual([
        ['approve', 'ben', 'seen'],
        ['approve', 'cat', ''],
        ['move', 'cat', ''],
      ]);
      expect(moved['decisions'][1].checks.map(({ check, state }: Json) => [check, state])).toEqual([
        ['evidence', 'absent'],
        ['gate', 'absent'],
        ['contract', 'absent'],
      ]);
      expect(await pointed(name)).toBe('2');
      const { json } = await own('GET protections/list', { name }, ron);
      expect((json as Json)['decisions'].map(({ kind, version, by }: Json) => [kind, version, by])).toEqual([
        ['protect', null, 'user:admin'],
        ['move', '2', 'user:cat'],
      ]);
      // Where the alias is already nothing moves, so that nobody is asked.
      expect((await pointAt(name, '2', wil)).status).toBe(200);
    });

    test('who asked, who made the version and who is no approver do not approve', async () => {
      const name = await guarded(1);
      const byBen = await askFor(name, '1', ben);
      await refused(approve(byBen, ben), 403, 'others than who asked for it');
      await refused(approve(byBen, ann), 403, 'made the version');
      await refused(approve(byBen, wil), 403, 'takes the role approver');
      await refused(approve(byBen, ron), 403, 'takes the role approver');
      const second = await server.access.addToken(
        { user: 'ben', name: 'second', role: 'admin', expiresAtMs: null },
        setUp,
      );
      await refused(approve(byBen, bearer(second.secret)), 403, 'others than who asked for it');
      const byAdmin = await askFor(name, '2', admin);
      await refused(approve(byAdmin, admin), 403, 'others than who asked for it');
      // A token that allows less than its user may.
      const weak = await server.access.addToken({ user: 'cat', name: 'ci', role: 'writer', expiresAtMs: null }, setUp);
      await refused(approve(byBen, bearer(weak.secret)), 403, 'takes the role approver');
      expect(await seen(byBen)).toMatchObject({ state: 'open', decisions: [] });
      expect(await pointed(name)).toBe(null);
    });

    test('one person counts once, also where the name is made again', async () => {
      const name = await guarded(2);
      const request = await askFor(name, '1');
      await server.access.addUser({ name: 'Eve', password, role: 'approver' }, setUp);
      await approve(request, basic('Eve'));
      await approve(request, basic('Eve'));
      expect((await seen(request))['approvals']).toEqual({ given: 1, needed: 2 });
      await server.access.removeUser('Eve', setUp);
      expect((await seen(request))['approvals']).toEqual({ given: 0, needed: 2 });
      await server.access.addUser({ name: 'eve', password, role: 'approver' }, setUp);
      await approve(request, basic('eve'));
      expect((await seen(request))['approvals']).toEqual({ given: 1, needed: 2 });
      // Nor does a name come back as somebody else than who asked.
      await server.access.addUser({ name: 'tmp', password, role: 'approver' }, setUp);
      const asked = await askFor(name, '2', basic('tmp'));
      await server.access.removeUser('tmp', setUp);
      await server.access.addUser({ name: 'TMP', password, role: 'approver' }, setUp);
      await refused(approve(asked, basic('TMP')), 403, 'others than who asked for it');
      for (const user of ['eve', 'TMP']) await server.access.removeUser(user, setUp);
    });

    test('who may approve no more when the alias would move does not count', async () => {
      const name = await guarded(2);
      const request = await askFor(name, '1');
      await approve(request, ben);
      await server.access.grant('ben', { kind: 'model', id: name, role: 'writer' }, setUp);
      expect(await said('POST approvals/approve', { name, number: 1 }, cat)).toMatchObject({
        ...{ state: 'open', approvals: { given: 1, needed: 2 } },
      });
      await refused(pointAt(name, '1', wil), 403, 'approvals: 1 of 2');
      await server.access.revoke('ben', { kind: 'model', id: name }, setUp);
      // MLflow's own client carries it out once nothing is missing.
      await refused(pointAt(name, '1', ron), 403, 'takes the role writer');
      expect((await pointAt(name, '1', wil)).status).toBe(200);
      expect(await seen(request)).toMatchObject({ state: 'moved' });
      expect(await pointed(name)).toBe('1');
      // What moved, moved.
      await server.access.grant('ben', { kind: 'model', id: name, role: 'none' }, setUp);
      expect((await seen(request))['approvals']).toEqual({ given: 2, needed: 2 });
    });

    test('who registered the same place before, or trained, made it too; of an unknown maker it takes one more', async () => {
      const name = await guarded(1);
      const other = `other ${name}`;
      await server.make('POST registered-models/create', { name: other });
      await server.make('POST model-versions/create', { name: other, source: 's3://b/same' }, ben);
      await server.make('POST model-versions/create', { name, source: 's3://b/same' }, wil);
      const copied = await askFor(name, '4', admin);
      await refused(approve(copied, ben), 403, 'made the version');
      const { experiment_id } = await server.make('POST experiments/create', { name: `e ${name}` });
      const { run } = await server.make('POST runs/create', { experiment_id }, cat);
      const source = `${run.info.artifact_uri}/model`;
      await server.make('POST model-versions/create', { name, source, run_id: run.info.run_id }, wil);
      const trained = await askFor(name, '5', admin);
      await refused(approve(trained, cat), 403, 'made the version');
      const { ordinal } = await server.services.registry.createVersion({ model: name, source: 's3://b/nobody' });
      const unknown = await askFor(name, String(ordinal), wil);
      expect(unknown['missing']).toEqual([
        'approvals: 0 of 2, one of them because nobody who signs in registered the version',
      ]);
      await approve(unknown, ben);
      expect(await pointed(name)).toBe(null);
      await approve(unknown, cat);
      expect(await pointed(name)).toBe(String(ordinal));
    });

    test('approvals are for one version, under one protection, in its time, and from where the alias was', async () => {
      const name = await guarded(2);
      const first = await askFor(name, '1');
      await refused(
        own('POST approvals/ask', { name, version: '1', alias: 'production', why: 'w' }, ann),
        400,
        'EXISTS',
      );
      await approve(first, ben);
      // Of another version.
      await refused(pointAt(name, '2', wil), 403, 'nobody asked for 1.0.1 yet', 'mlspec approvals ask');
      // Declared again, also with the same number: whoever approved did so under the one before.
      await own('POST protections/set', { name, alias: 'production', approvals: 2 }, admin);
      await refused(approve(first, cat), 400, 'was protected anew');
      expect(await seen(first)).toMatchObject({ state: 'lapsed', missing: [] });
      const again = await askFor(name, '1');
      expect(again).toMatchObject({ number: 2, approvals: { given: 0, needed: 2 } });
      expect((await seen(first))['decisions'].at(-1)).toMatchObject({ kind: 'lapse', by: 'wil' });
      // The alias moves to another version meanwhile: what was approved was a move from where it was.
      const second = await askFor(name, '2');
      for (const who of [ben, cat]) await approve(second, who);
      expect(await pointed(name)).toBe('2');
      await refused(approve(again, ben), 400, "the alias 'production' moved meanwhile");
      // Its time is over.
      const late = await server.services.approvals.ask(
        { model: name, ordinal: 3, alias: 'production', why: 'w', expiresAtMs: Date.now() + 3000 },
        { id: 1, name: 'admin', token: null },
      );
      while (Date.now() <= late.expiresAtMs) await new Promise((resolve) => setTimeout(resolve, 100));
      await refused(approve({ name, number: late.number }, ben), 400, 'its time is over');
    });

    test('a version whose files change is another one, and so is one that was deleted', async () => {
      const name = await guarded(1);
      const { experiment_id } = await server.make('POST experiments/create', { name: `files of ${name}` });
      const { run } = await server.make('POST runs/create', { experiment_id }, wil);
      const path = `${experiment_id}/${run.info.run_id}/artifacts/model`;
      const put = async (file: string, fields: string): Promise<void> => {
        const answer = await server.ask(`PUT /api/2.0/mlflow-artifacts/artifacts/${path}/${file}`, { as: wil, fields });
        expect(answer.status).toBe(200);
      };
      await put('model.bin', 'good');
      const source = `${run.info.artifact_uri}/model`;
      await server.make('POST model-versions/create', { name, source, run_id: run.info.run_id }, wil);
      const request = await askFor(name, '4', wil);
      await put('model.bin', 'evil');
      await refused(approve(request, ben), 400, 'the version is not what it was');
      const again = await askFor(name, '4', wil);
      await put('more.bin', 'evil');
      await refused(approve(again, ben), 400, 'the version is not what it was');
      const third = await askFor(name, '4', wil);
      await server.make('DELETE model-versions/delete', { name, version: '4' });
      await refused(approve(third, ben), 400, 'the version is not there any more');
    });

    test('a request is rejected by an approver and withdrawn by who asked, once', async () => {
      const name = await guarded(1);
      const rejected = await askFor(name, '1');
      await refused(decide('withdraw', rejected, ben), 403, 'was asked by wil');
      await refused(decide('reject', rejected, wil), 403, 'takes the role approver');
      await refused(decide('withdraw', rejected, ron), 403, 'takes the role writer');
      expect((await decide('reject', rejected, ben, 'too slow')).status).toBe(200);
      await refused(approve(rejected, cat), 400, 'was rejected');
      await refused(pointAt(name, '1', wil), 403, 'nobody asked');
      const withdrawn = await askFor(name, '1');
      expect((await decide('withdraw', withdrawn, wil)).status).toBe(200);
      await refused(decide('withdraw', withdrawn, wil), 400, 'was withdrawn');
      await refused(own('POST approvals/approve', { name, number: 99 }, ben), 404, 'none with the number 99');
      await refused(own('POST approvals/approve', { name: 'nothing', number: 1 }, ben), 404, 'nothing');
    });

    test('what a protection asks for besides approvals is told, and not to be approved away', async () => {
      const name = await guarded(1, { requires: ['gate', 'evidence', 'contract'] });
      const request = await askFor(name, '1');
      const approved = await said('POST approvals/approve', { name, number: request['number'] }, ben);
      const says = 'a client registered it by its address, so that it has no statements';
      expect(approved).toMatchObject({ state: 'open', approvals: { given: 1, needed: 1 } });
      expect(approved['missing']).toEqual([`evidence: ${says}`, `gate: ${says}`, `contract: ${says}`]);
      await refused(pointAt(name, '1', admin), 403, `gate: ${says}`);
      expect(await pointed(name)).toBe(null);
    });

    test('a protection is set by an admin of the model, and made weaker only by one of everything', async () => {
      const name = await guarded(2, { requires: ['gate'] });
      await server.access.grant('dan', { kind: 'model', id: name, role: 'admin' }, setUp);
      const set = (approvals: number, as: SignIn, requires = ['gate']): Promise<Answer> =>
        own('POST protections/set', { name, alias: 'production', approvals, requires }, as);
      for (const who of [ann, wil, ron]) await refused(set(0, who), 403, 'takes the role admin');
      for (const approvals of [0, 1]) await refused(set(approvals, dan), 403, 'admin everywhere');
      await refused(set(3, dan, []), 403, 'admin everywhere');
      expect((await set(3, dan, ['gate', 'contract'])).status).toBe(200);
      await refused(set(-1, admin), 400, 'expected 0 to 100 approvals');
      await refused(set(1, admin, ['luck']), 400, 'luck');
      // Nor is there a way past it by taking away what it is about.
      const alias = { name, alias: 'production' };
      for (const [what, fields] of [
        ['DELETE registered-models/alias', alias],
        ['POST registered-models/rename', { name, new_name: `${name} 2` }],
        ['DELETE registered-models/delete', { name }],
      ] as const) {
        const [method, path] = what.split(' ');
        const answer = server.ask(`${method} /api/2.0/mlflow/${path}`, { as: dan, fields });
        await refused(answer, 403, 'PERMISSION_DENIED', 'protected');
      }
      expect((await set(0, admin, [])).status).toBe(200);
      expect((await pointAt(name, '3', wil)).status).toBe(200);
      await refused(
        own('POST approvals/ask', { name, version: '1', alias: 'production', why: 'w' }, wil),
        400,
        'expected a protected alias',
      );
    });
  });
});

test('where nobody signs in nobody approves over the server', async () => {
  const server = await startSignInServer(newSqlite, {}, { access: undefined as never });
  const made = await server.ask('GET /api/2.0/mlspec/approvals/list');
  expect([made.status, made.text]).toEqual([404, expect.stringContaining('mlspec approve')]);
  await server.close();
});
