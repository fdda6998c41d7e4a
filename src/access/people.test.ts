/* People of a provider as users, and the sessions of their browsers, on both databases. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { by, describeAccess } from '../../test/contract/access-place.ts';
import type { Database } from '../database/index.ts';
import type { AccessStore, Person } from './access-store.ts';
import { type Claims, personOf } from './claims.ts';

const person: Person = { subject: 'https://a#1', name: 'ada', role: null, newcomers: 'reader' };

describeAccess({}, (opened) => {
  describe('people and sessions', () => {
    let database: Database;
    let store: AccessStore;
    beforeAll(() => {
      ({ database, store } = opened());
    });

    test('a subject stays the same user, whatever it is called, and the role is that of its groups', async () => {
      const made = await store.admitPerson(person, by);
      expect(made).toMatchObject({ name: 'ada', role: 'reader', signsInBy: ['provider'] });
      const renamed = await store.admitPerson({ ...person, name: 'lovelace', role: 'writer' }, by);
      expect(renamed).toMatchObject({ id: made.id, name: 'ada', role: 'writer' });
      // Where groups say nothing an admin does.
      expect((await store.admitPerson(person, by)).role).toBe('writer');
    });

    test('nobody comes in by the name of somebody else', async () => {
      for (const name of ['ada', 'ADA', 'admin']) {
        const other = store.admitPerson({ ...person, subject: 'https://a#2', name }, by);
        await expect(other, name).rejects.toMatchObject({ code: 'ACCESS_NAME_TAKEN' });
      }
    });

    test('whoever is new comes in only where newcomers do, or where expected by name', async () => {
      const unknown: Person = { subject: 'https://a#3', name: 'eve', role: null, newcomers: null };
      await expect(store.admitPerson(unknown, by)).rejects.toMatchObject({ code: 'ACCESS_NOT_INVITED' });
      const { id } = await store.addUser({ name: 'Eve', password: null, role: 'approver' }, by);
      expect((await store.findUser('Eve'))?.signsInBy).toEqual(['awaited']);
      expect(await store.admitPerson(unknown, by)).toMatchObject({ id, name: 'Eve', role: 'approver' });
      const late = store.admitPerson({ ...unknown, subject: 'https://b#3' }, by);
      await expect(late).rejects.toMatchObject({ code: 'ACCESS_NAME_TAKEN' });
    });

    test('two first sign-ins at once make one user', async () => {
      const twice = { ...person, subject: 'https://a#4', name: 'twice' };
      const found = await Promise.allSettled([1, 2, 3, 4].map(() => store.admitPerson(twice, by)));
      const ids = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(1);
      expect((await store.listUsers()).filter(({ name }) => name === 'twice').length).toBe(1);
    });

    test('groups cannot take the last admin away', async () => {
      await store.changeUser('ada', { role: 'admin' }, by);
      await store.changeUser('admin', { role: 'reader' }, by);
      await expect(store.admitPerson({ ...person, role: 'reader' }, by)).rejects.toMatchObject({
        code: 'ACCESS_LAST_ADMIN',
      });
      await store.changeUser('admin', { role: 'admin' }, by);
    });

    test('a session signs in until it is over or ended, and what it came from is good for no other', async () => {
      const expiresAtMs = Date.now() + 60_000;
      const secret = await store.openSession({ user: 'ada', signIn: 'state 1', expiresAtMs }, by);
      expect(await store.bySession(secret)).toMatchObject({
        user: { name: 'ada' },
        token: null,
        session: { expiresAtMs },
      });
      const again = { user: 'ada', signIn: 'state 1', expiresAtMs };
      await expect(store.openSession(again, by)).rejects.toMatchObject({ code: 'ACCESS_SIGN_IN_BROKEN' });
      const rows = JSON.stringify(await database.all('select * from access_sessions'));
      expect([rows.includes(secret), rows.includes('state 1')]).toEqual([false, false]);
      for (const wrong of ['', `${secret}x`, secret.slice(1), 'A'.repeat(43)])
        expect(await store.bySession(wrong)).toBe(null);
      expect([await store.endSession(secret, by), await store.endSession(secret, by)]).toEqual([true, false]);
      expect(await store.bySession(secret)).toBe(null);
      await expect(store.openSession(again, by)).rejects.toMatchObject({ code: 'ACCESS_SIGN_IN_BROKEN' });
      const short = await store.openSession({ ...again, signIn: 'state 2' }, by);
      vi.useFakeTimers({ now: expiresAtMs, toFake: ['Date'] });
      expect(await store.bySession(short)).toBe(null);
      // Those that are over are forgotten with the next.
      await store.openSession({ user: 'ada', signIn: 'state 3', expiresAtMs: expiresAtMs + 1000 }, by);
      vi.useRealTimers();
      expect((await database.all('select id from access_sessions')).length).toBe(1);
      expect(await store.endSessions('ada', by)).toBe(1);
    });

    test('sessions go with their user', async () => {
      await store.admitPerson({ ...person, subject: 'https://a#5', name: 'gone' }, by);
      const secret = await store.openSession({ user: 'gone', signIn: 'g', expiresAtMs: Date.now() + 60_000 }, by);
      await store.removeUser('gone', by);
      expect(await store.bySession(secret)).toBe(null);
    });
  });
});

describe('what claims make of somebody', () => {
  const claims: Claims = {
    ...{ iss: 'https://a', sub: '1', preferred_username: 'ada', groups: ['ml', 'ml-admins'], email: 'ada@example.org' },
    realm_access: { roles: ['ml'] },
    'https://example.org/groups': 'ml',
  };
  const give = new Map([
    ['ml', 'reader'],
    ['ml-admins', 'approver'],
  ] as const);
  const rules = { nameClaim: 'preferred_username', roles: { claim: 'groups', give }, others: null };

  test('the greatest role of its groups', () => {
    expect(personOf(claims, rules)).toEqual({ subject: 'https://a#1', name: 'ada', role: 'approver', newcomers: null });
    for (const claim of ['realm_access.roles', 'https://example.org/groups'])
      expect(personOf(claims, { ...rules, roles: { claim, give } }).role).toBe('reader');
  });

  test.each([
    ['absent'],
    ['realm_access'],
    ['sub'],
    ['realm_access.roles.length'],
    ['__proto__'],
    ['constructor.name'],
    [''],
  ])('the claim %j names no group', (claim) => {
    const of = { ...rules, roles: { claim, give } };
    expect(() => personOf(claims, of)).toThrow(/in no group/);
    expect(personOf(claims, { ...of, others: 'reader' }).role).toBe('reader');
  });

  test('groups that are no texts count for nothing', () => {
    for (const groups of [{ ml: true }, [['ml']], [1, null], 'ml,ml-admins', null])
      expect(() => personOf({ ...claims, groups }, rules)).toThrow(/in no group/);
  });

  test('an address names somebody only where it was verified', () => {
    const byEmail = { ...rules, nameClaim: 'email' };
    for (const email_verified of [undefined, false, 'true', 1])
      expect(() => personOf({ ...claims, email_verified }, byEmail)).toThrow(/verified/);
    expect(personOf({ ...claims, email_verified: true }, byEmail).name).toBe('ada@example.org');
    for (const nameClaim of ['absent', 'groups'])
      expect(() => personOf(claims, { ...rules, nameClaim })).toThrow(/no claim/);
  });
});
