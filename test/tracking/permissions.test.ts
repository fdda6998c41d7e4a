/*
 * Every endpoint, for everybody: who may is answered, who may see but not do is told so, and to whom something is hidden is
 * told of it what is told of what does not exist.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { covers, type Role } from '../../src/access/index.ts';
import { mlflowRoutes } from '../../src/server/mlflow/index.ts';
import { createTrackingApp } from '../../src/server/mlflow/tracking-app.ts';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { makeThings, type Need, needs, otherNeeds, type Things } from './permission-table.ts';
import { type Answer, basic, type SignInServer, setUp, startSignInServer } from './sign-in-server.ts';

/** Somebody: the role everywhere, and the one that was granted on each thing. */
interface Somebody {
  readonly name: string;
  readonly everywhere: Role;
  readonly granted: Role | null;
}

const everybody: readonly Somebody[] = [
  ...(['none', 'reader', 'writer', 'approver', 'admin'] as const).map((role) => ({
    ...{ name: `${role}-everywhere`, everywhere: role, granted: null },
  })),
  ...(['reader', 'writer', 'approver', 'admin'] as const).map((role) => ({
    ...{ name: `${role}-here`, everywhere: 'none' as const, granted: role },
  })),
  { name: 'writer-elsewhere', everywhere: 'writer', granted: 'none' },
];

const stores = [
  { store: 'SQLite', create: newSqlite, isHere: true, somebodies: everybody },
  {
    ...{ store: 'PostgreSQL', create: newPostgres, isHere: await hasPostgres() },
    somebodies: everybody.filter(({ name }) => ['none-everywhere', 'writer-here', 'writer-elsewhere'].includes(name)),
  },
];

/** What never was. */
const absent: Omit<Things, 'caller'> = {
  ...{ experiment: '99999999', run: 'f'.repeat(32), logged: `m-${'f'.repeat(32)}`, trace: `tr-${'f'.repeat(32)}` },
  assessment: `a-${'f'.repeat(32)}`,
  ...{ role: 9999, permission: 9999, member: 'never' },
  ...{ model: 'never', guarded: 'never', webhook: '00000000-0000-4000-8000-000000000000' },
};

const routes: readonly { readonly name: string; readonly path: string; readonly need: Need | undefined }[] = [
  ...mlflowRoutes.map(({ method, path, version }) => {
    const name = `${method} ${version === 3 ? '3 ' : ''}${path}`;
    return { name, path: `${method} /api/${version}.0${path}`, need: needs[name] };
  }),
  ...Object.entries(otherNeeds).map(([name, need]) => ({ name, path: name, need })),
];

test('no endpoint is without a line that says who may', () => {
  expect(routes.filter(({ need }) => need === undefined).map(({ name }) => name)).toEqual([]);
  const known = new Set(
    mlflowRoutes.map(({ method, path, version }) => `${method} ${version === 3 ? '3 ' : ''}${path}`),
  );
  expect(Object.keys(needs).filter((name) => !known.has(name))).toEqual([]);
});

test('no route of the server is without one, whatever serves it', async () => {
  const options = { services: { artifacts: {} } as never, programVersion: '0', allowedHosts: [], allowedOrigins: [] };
  const app = createTrackingApp(options);
  await app.ready();
  const found = routesIn(app.printRoutes({ commonPrefix: false }));
  await app.close();
  const open = ['/ok', '/livez', '/healthz', '/readyz', '/health', '/version'].flatMap((path) => [
    `GET ${path}`,
    `HEAD ${path}`,
  ]);
  const linked = ['GET', 'HEAD'].map((method) => `${method} /api/2.0/mlflow-artifacts/signed/file`);
  const known = new Set([
    // The printed tree leaves out what stands before the star of presigned/*.
    ...[
      ...open,
      ...linked,
      'PUT /api/2.0/mlflow-artifacts/signed/part',
      'PUT /api/2.0/mlflow-artifacts/signed/upload',
      'GET /*',
      'HEAD /*',
    ],
    ...routes.map(({ path }) => unnamedParts(path)),
  ]);
  const isKnown = (name: string): boolean => {
    const [method, url] = unnamedParts(name).split(' ');
    const methods = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
    const urls = [url, url!.replace('/ajax-api/', '/api/')];
    return methods.some((one) => urls.some((path) => known.has(`${one} ${path}`)));
  };
  expect(found.length).toBeGreaterThan(150);
  expect(found.filter((name) => !isKnown(name))).toEqual([]);
});

describe.each(stores)('on $store', ({ create, isHere, somebodies }) => {
  describe.skipIf(!isHere).each(somebodies)('$name', (somebody) => {
    let server: SignInServer;
    let shared: Things;

    const things = async (): Promise<Things> => {
      const made = await makeThings(server, somebody.name);
      if (somebody.granted === null) return made;
      for (const resource of [
        { kind: 'experiment', id: made.experiment },
        { kind: 'model', id: made.model },
        { kind: 'model', id: made.guarded },
      ] as const)
        await server.access.grant(somebody.name, { ...resource, role: somebody.granted }, setUp);
      return made;
    };

    const ask = async (path: string, need: Need, about: Things): Promise<Answer> => {
      const [method, url] = path.split(' ');
      const named = need.path?.(about) ?? url!;
      const full = named.startsWith('/mlflow') && !named.startsWith('/mlflow-') ? `/api/2.0${named}` : named;
      return await server.ask(`${method} ${full}`, {
        as: { ...basic(somebody.name), ...need.headers?.(about) },
        fields: need.fields(about),
      });
    };

    beforeAll(async () => {
      server = await startSignInServer(
        create,
        { [somebody.name]: somebody.everywhere, somebody: 'none' },
        {
          webhookPolicy: { schemes: ['http'], addresses: 'any' },
        },
      );
      shared = await things();
    });

    afterAll(() => server.close());

    test.each(routes)('$name', async ({ path, need }) => {
      if (need === undefined) throw new Error('said above');
      const { everywhere } = somebody;
      const here = everywhere === 'admin' ? 'admin' : (somebody.granted ?? everywhere);
      const has = need.on === 'everywhere' ? everywhere : here;
      if (need.on === 'self' || covers(has, need.role)) {
        // What takes a thing away or renames it gets one of its own.
        const about = /DELETE|delete|restore|rename|experiments\/update/.test(path) ? await things() : shared;
        if (need.before !== undefined) await server.make(need.before, need.fields(about) as object);
        const { status, text } = await ask(path, need, about);
        expect([status, status === (need.answers ?? 200) ? '' : text]).toEqual([need.answers ?? 200, '']);
        if (need.filters && !/datasets|get-history$|correlation|traces\/metrics|delete-traces|assessments\//.test(path))
          expect(text).toMatch(new RegExp(`${traces(about).join('|')}`));
        return;
      }
      const { status, text, json } = await ask(path, need, shared);
      const isHidden = need.on === 'thing' && here === 'none' && need.changesFiles !== true;
      if (!isHidden) {
        expect([status, path.startsWith('HEAD') ? 'PERMISSION_DENIED' : json?.['error_code']]).toEqual([
          403,
          'PERMISSION_DENIED',
        ]);
        return;
      }
      const never = await ask(path, need, { ...absent, caller: somebody.name });
      expect([status, unnamed(text, shared)]).toEqual([never.status, unnamed(never.text, { ...absent, caller: '' })]);
      expect(status).toBe(need.filters ? 200 : status < 400 ? 404 : status);
      if (need.filters && !JSON.stringify(need.fields(shared)).includes(shared.run))
        for (const trace of traces(shared)) expect(text).not.toContain(trace);
    });
  });
});

/** What would give things away. */
function traces({ run, model, guarded, logged, trace, experiment }: Things): string[] {
  return [run, model, guarded, logged, trace, `experiment ${experiment}`, 'f.txt', `"path":"${run}`];
}

/** An answer without the names of what it is about. */
function unnamed(text: string, { experiment, run, logged, trace, assessment, model, guarded }: Things): string {
  const ofExperiment = new RegExp(`(?<=id=|at |/|experiment )${experiment}\\b`, 'g');
  return [trace, assessment, logged, run, model, guarded]
    .reduce((left, name) => left.replaceAll(name, '…'), text)
    .replaceAll(ofExperiment, '…');
}

/** A route, whatever the parts of its path are called. */
function unnamedParts(name: string): string {
  return name.replaceAll(/\{\w+\}|:\w+(\|:\w+)?/g, ':').replace(/([^/])\*$/, '$1/*');
}

/** `GET /a/b` for each route of the tree that Fastify prints. */
function routesIn(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent, part, methods] = /^([\s│]*)[├└]── (\S*) \(([A-Z, ]+)\)/.exec(line) ?? [];
    if (indent === undefined) return [];
    const depth = indent.length / 4;
    above.splice(depth, above.length, part!);
    return methods!.split(', ').map((method) => `${method} ${above.join('')}`);
  });
}
