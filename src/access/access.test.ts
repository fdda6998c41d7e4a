/* Users, roles, tokens and the audit log, on both databases. */
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { by, describeAccess, password } from '../../test/contract/access-place.ts';
import type { Database } from '../database/index.ts';
import type { AccessStore } from './access-store.ts';
import { isPassword } from './passwords.ts';
import { rightsOf } from './rights.ts';

const experiment = { kind: 'experiment', id: '3' } as const;

describeAccess({ ada: 'reader' }, (opened) => {
  describe('users and what they may do', () => {
    let database: Database;
    let store: AccessStore;
    beforeAll(() => {
      ({ database, store } = opened());
    });

    afterEach(() => {
      vi.useRealTimers();
    });

    test('the first admin is made once', async () => {
      expect(await store.addFirstAdmin({ name: 'other', password }, by)).toBe(false);
      expect((await store.listUsers()).map(({ name, role }) => [name, role])).toEqual([
        ['ada', 'reader'],
        ['admin', 'admin'],
      ]);
    });

    test('the right password signs in, nothing else does', async () => {
      expect((await store.byPassword('ada', password))?.user.name).toBe('ada');
      // Remembered now; a wrong one still is.
      for (const wrong of ['', 'correct horse batterz', `${password} `, password.toUpperCase(), `${password}\0`])
        expect(await store.byPassword('ada', wrong), wrong).toBe(null);
      for (const name of ['ADA', 'Ada', ' ada', 'ada ', 'ada\0', 'nobody', '', "ada' or '1'='1", '\ud800'])
        expect(await store.byPassword(name, password), name).toBe(null);
    });

    test('no password and no token stands in the database', async () => {
      const { secret } = await store.addToken({ user: 'ada', name: 'ci', role: 'reader', expiresAtMs: null }, by);
      const tables = ['access_users', 'access_grants', 'access_tokens', 'access_log'];
      const rows = await Promise.all(tables.map((table) => database.all(`select * from ${table}`)));
      const kept = JSON.stringify(rows);
      expect(kept).not.toContain(password);
      expect(kept).not.toContain(secret.split('_')[2]);
      expect(kept).toContain('scrypt$15$8$1$');
    });

    test('equal passwords are kept differently', async () => {
      await store.addUser({ name: 'twin', password, role: 'none' }, by);
      const rows = await database.all<{ password: string }>('select password from access_users');
      expect(new Set(rows.map((row) => row.password)).size).toBe(rows.length);
    });

    test('a new password counts at once, and the old one no more', async () => {
      await store.addUser({ name: 'eve', password, role: 'reader' }, by);
      expect(await store.byPassword('eve', password)).not.toBe(null);
      await store.changeUser('eve', { password: 'another long password' }, by);
      expect(await store.byPassword('eve', password)).toBe(null);
      expect(await store.byPassword('eve', 'another long password')).not.toBe(null);
      await store.removeUser('eve', by);
      expect(await store.byPassword('eve', 'another long password')).toBe(null);
    });

    test('an accent may be typed as one character or as two', async () => {
      await store.addUser({ name: 'zoé', password: 'mot de passé long', role: 'reader' }, by);
      expect(await store.byPassword('zoe\u0301', 'mot de passe\u0301 long')).not.toBe(null);
    });

    test.each(['', 'a:b', 'a b', '-a', 'a/b', 'a\0b', 'x'.repeat(129), '\ud800'])(
      'a user cannot be called %j',
      async (name) => {
        const made = store.addUser({ name, password, role: 'reader' }, by);
        await expect(made).rejects.toMatchObject({ code: 'ACCESS_BAD_VALUE' });
      },
    );

    test('names that look alike are one name', async () => {
      for (const name of ['ada', 'ADA', 'ａda']) {
        const made = store.addUser({ name, password, role: 'reader' }, by);
        await expect(made, name).rejects.toMatchObject({ code: 'ACCESS_USER_EXISTS' });
      }
    });

    test.each(['', 'elevenchars', 'x'.repeat(1025)])('a password has 12 to 1,024 characters', async (wrong) => {
      const made = store.addUser({ name: 'nobody', password: wrong, role: 'reader' }, by);
      await expect(made).rejects.toMatchObject({ code: 'ACCESS_BAD_VALUE' });
      await expect(made).rejects.not.toThrow(wrong === '' ? 'nothing is repeated' : wrong);
    });

    test('somebody is always left who can let people in', async () => {
      const last = { code: 'ACCESS_LAST_ADMIN' };
      await expect(store.removeUser('admin', by)).rejects.toMatchObject(last);
      await expect(store.changeUser('admin', { role: 'writer' }, by)).rejects.toMatchObject(last);
    });

    test('a grant is more or less than the role elsewhere, and a token never more than either', async () => {
      const user = (await store.findUser('ada'))!;
      const roleOf = async (token: Parameters<typeof rightsOf>[0]['token'] = null) =>
        await rightsOf({ user, token }, store).on(experiment);
      expect(await roleOf()).toBe('reader');
      await store.grant('ada', { ...experiment, role: 'writer' }, by);
      expect(await roleOf()).toBe('writer');
      expect(await rightsOf({ user, token: null }, store).on({ kind: 'model', id: '3' })).toBe('reader');
      const { token } = await store.addToken(
        { user: 'ada', name: 'narrow', role: 'admin', scope: [{ kind: 'model', id: 'air' }], expiresAtMs: null },
        by,
      );
      expect(await roleOf(token)).toBe('none');
      expect(await roleOf({ ...token, scope: [experiment] })).toBe('writer');
      expect(await roleOf({ ...token, scope: null, role: 'reader' })).toBe('reader');
      expect(rightsOf({ user, token }, store).everywhere).toBe('none');
      await store.grant('ada', { ...experiment, role: 'none' }, by);
      expect(await roleOf()).toBe('none');
      expect(await rightsOf({ user, token: null }, store).readable('experiment')).toEqual({
        which: 'except',
        ids: ['3'],
      });
      expect(await store.revoke('ada', experiment, by)).toBe(true);
      expect(await store.revoke('ada', experiment, by)).toBe(false);
      expect(await roleOf()).toBe('reader');
    });

    test('what is made anew is not open to those who could open what had its name before', async () => {
      const air = { kind: 'model', id: 'air' } as const;
      await store.grant('twin', { ...air, role: 'admin' }, by);
      const { id } = (await store.findUser('ada'))!;
      await store.grantMaker(id, air);
      expect(await store.listGrants('twin')).toEqual([]);
      expect(await store.grantOn(id, air)).toBe('admin');
      await store.moveGrants(air, { kind: 'model', id: 'wind' });
      expect([await store.grantOn(id, air), await store.grantOn(id, { kind: 'model', id: 'wind' })]).toEqual([
        null,
        'admin',
      ]);
    });

    test('a team gives what its members have besides; none outweighs all, else the greatest counts', async () => {
      const team = await store.teams.add({ name: 'pilots' }, by);
      const { id, role: elsewhere } = await store.addUser({ name: 'amelia', password, role: 'none' }, by);
      const on = async (of: string) => await store.grantOn(id, { kind: 'experiment', id: of });
      const seen = async () => await store.readableBy(id, 'experiment', elsewhere);
      await store.grant('amelia', { kind: 'experiment', id: '5', role: 'reader' }, by);
      const five = await store.teams.addGrant(team.id, { kind: 'experiment', pattern: '5', role: 'writer' }, by);
      expect([await on('5'), await seen()]).toEqual(['reader', { which: 'only', ids: ['5'] }]);
      await store.teams.addMember(team.id, 'amelia', by);
      expect([await on('5'), await on('6')]).toEqual(['writer', null]);
      const all = await store.teams.addGrant(team.id, { kind: 'experiment', pattern: '*', role: 'approver' }, by);
      expect([await on('5'), await on('6'), await seen()]).toEqual([
        'approver',
        'approver',
        { which: 'except', ids: [] },
      ]);
      expect(await store.grantOn(id, { kind: 'model', id: '5' })).toBe(null);
      await store.teams.changeGrant(five.id, 'none', by);
      expect([await on('5'), await on('6'), await seen()]).toEqual([
        'none',
        'approver',
        { which: 'except', ids: ['5'] },
      ]);
      await store.teams.changeGrant(all.id, 'none', by);
      expect([await on('6'), await seen()]).toEqual(['none', { which: 'only', ids: [] }]);
      const other = await store.teams.add({ name: 'crew', description: 'd' }, by);
      await store.teams.addMember(other.id, 'amelia', by);
      expect((await store.teams.ofUser('amelia')).map(({ name }) => name)).toEqual(['pilots', 'crew']);
      const called = { code: 'ACCESS_TEAM_EXISTS' };
      await expect(store.teams.change(other.id, { name: 'pilots' }, by)).rejects.toMatchObject(called);
      await expect(store.teams.addMember(other.id, 'amelia', by)).rejects.toMatchObject(called);
      await store.teams.remove(team.id, by);
      await expect(store.teams.find(team.id)).rejects.toMatchObject({ code: 'ACCESS_TEAM_UNKNOWN' });
      expect([await on('5'), await on('6')]).toEqual(['reader', null]);
      await store.removeUser('amelia', by);
      expect(await store.teams.members(other.id)).toEqual([]);
      const log = (await store.readLog({ limit: 20 })).map(({ action, resource }) => `${action}: ${resource}`);
      for (const line of [
        ...['teams add: team pilots', 'teams take amelia in: team pilots', 'teams grant none to pilots: experiment 5'],
        ...['teams grant approver to pilots: experiment *', 'teams remove: team pilots'],
      ])
        expect(log).toContain(line);
    });

    test('a model that is called * is one model, for its maker and for a team', async () => {
      const team = await store.teams.add({ name: 'stars' }, by);
      const { id } = await store.addUser({ name: 'star', password, role: 'none' }, by);
      await store.teams.addMember(team.id, 'star', by);
      await store.teams.addGrant(team.id, { kind: 'model', pattern: '*', role: 'reader' }, by);
      const named = (name: string) => ({ kind: 'model', id: name }) as const;
      const [star, flights, wind] = [named('*'), named('flights'), named('wind')];
      await store.grantMaker(id, star);
      expect([await store.grantOn(id, star), await store.grantOn(id, flights)]).toEqual(['admin', 'reader']);
      await store.teams.addGrant(team.id, { kind: 'model', pattern: 'wind', role: 'writer' }, by);
      await store.moveGrants(wind, star);
      expect([await store.grantOn(id, star), await store.grantOn(id, flights)]).toEqual(['writer', 'reader']);
      await store.dropGrants(star);
      expect(await store.grantOn(id, flights)).toBe('reader');
    });

    test('a token signs in until it expires or is revoked', async () => {
      const { token, secret } = await store.addToken(
        { user: 'ada', name: 'short', role: 'reader', expiresAtMs: Date.now() + 60_000 },
        by,
      );
      expect(secret.startsWith(`${token.prefix}_`)).toBe(true);
      expect((await store.byToken(secret))?.token?.name).toBe('short');
      for (const wrong of [secret.slice(0, -1), `${secret}x`, secret.toUpperCase(), token.prefix, `${secret} `, ''])
        expect(await store.byToken(wrong), wrong).toBe(null);
      const seen = (await store.listTokens('ada')).find(({ name }) => name === 'short');
      expect(seen?.usedAtMs).toBeGreaterThan(Date.now() - 60_000);
      vi.useFakeTimers({ now: Date.now() + 60_001, toFake: ['Date'] });
      expect(await store.byToken(secret)).toBe(null);
      vi.useRealTimers();
      await store.revokeToken(token.prefix, by);
      expect(await store.byToken(secret)).toBe(null);
      await expect(store.revokeToken('mlst_000000000000', by)).rejects.toMatchObject({ code: 'ACCESS_TOKEN_UNKNOWN' });
    });

    test('tokens go with their user', async () => {
      await store.addUser({ name: 'mallory', password, role: 'admin' }, by);
      const { secret } = await store.addToken({ user: 'mallory', name: 't', role: 'admin', expiresAtMs: null }, by);
      await store.removeUser('mallory', by);
      expect(await store.byToken(secret)).toBe(null);
    });

    test('the audit log holds every change and only grows', async () => {
      await store.addUser({ name: 'logged', password, role: 'writer' }, { ...by, address: '10.0.0.1' });
      const [line] = await store.readLog({ limit: 1 });
      expect(line).toMatchObject({
        user: 'root',
        address: '10.0.0.1',
        action: 'users add as writer',
        resource: 'user logged',
      });
      for (const sql of ["update access_log set user_name = 'x'", 'delete from access_log'])
        await expect(database.run(sql), sql).rejects.toThrow();
      const before = (await store.readLog({ limit: 1 }))[0]!.id;
      await expect(store.addUser({ name: 'logged', password, role: 'none' }, by)).rejects.toThrow();
      expect((await store.readLog({ limit: 1 }))[0]!.id).toBe(before);
      expect(await store.readLog({ user: 'nobody', limit: 10 })).toEqual([]);
    });
  });
});

test('more passwords than can be verified are refused and not kept waiting', async () => {
  const tries = Array.from({ length: 300 }, () =>
    isPassword('a wrong password', null).catch((error: unknown) => error),
  );
  const refused = (await Promise.all(tries)).filter((one) => one !== false);
  expect(refused).toHaveLength(300 - 256 - 2);
  expect(refused[0]).toMatchObject({ code: 'ACCESS_BUSY' });
}, 120_000);
