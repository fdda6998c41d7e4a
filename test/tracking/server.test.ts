/* The tracking server itself: what it says of itself, whom it refuses, and what it does when too much is asked. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createProject } from '../engine/project.ts';
import { type ArtifactServer, startArtifactServer } from './artifact-server.ts';

const golden = join(import.meta.dirname, '..', 'golden', 'tracking');
const open: ArtifactServer[] = [];
async function server(options: Parameters<typeof startArtifactServer>[1] = {}): Promise<ArtifactServer> {
  open.push(await startArtifactServer(undefined, options));
  return open.at(-1)!;
}
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

describe('the tracking server', () => {
  it('says that it is there, what it is, and counts what it is asked', async () => {
    const { url } = await server();
    const text = async (path: string) => await (await fetch(url + path)).text();
    expect(await text('/health')).toBe('OK');
    expect(await text('/version')).toMatch(/^3\.\d+\.\d+$/);
    expect(await text('/ok')).toBe('ok\n');
    expect(await text('/')).toContain('mlspec server --ui mlflow');
    expect(JSON.parse(await text('/api/3.0/mlflow/server-info'))).toEqual({
      store_type: 'SqlStore',
      workspaces_enabled: false,
      features_enabled: { gateway: false },
    });
    expect(JSON.parse(await text('/varz'))).toMatchObject({ version: '0', pid: process.pid, requestsInFlight: 1 });
    await text('/api/2.0/mlflow/experiments/get?experiment_id=0');
    await text('/api/2.0/mlflow/experiments/get?experiment_id=5');
    await text('/nowhere');
    const metrics = await text('/metrics');
    const counted = (route: string, status: number) =>
      metrics.includes(`mlspec_tracking_requests_total{method="GET",route="${route}",status="${status}"} 1`);
    expect(counted('/api/2.0/mlflow/experiments/get', 200)).toBe(true);
    expect(counted('/api/2.0/mlflow/experiments/get', 404)).toBe(true);
    expect(counted('unknown', 404)).toBe(true);
    expect(metrics).toContain('mlspec_tracking_requests_in_flight 1\n');
  });

  it('answers what it does not know with 404 as JSON, whatever the method', async () => {
    const { url } = await server();
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await fetch(`${url}/api/2.0/mlflow/gateway/routes`, { method });
      expect([answer.status, await answer.json()]).toEqual([
        404,
        expect.objectContaining({ error_code: 'ENDPOINT_NOT_FOUND' }),
      ]);
    }
  });

  it('answers so whatever of MLflow it does not have, below either beginning of its paths', async () => {
    const { url } = await server();
    const declared = JSON.parse(await readFile(join(golden, 'endpoints.json'), 'utf8')) as {
      endpoints: readonly { method: string; version: number; path: string }[];
    };
    const page = await readFile(join(golden, '..', '..', '..', 'docs', 'reference', 'mlflow-compatibility.md'), 'utf8');
    const [, count, families] = /^These families, (\d+) endpoints[^:]*:\n(.*)\.$/m.exec(page)!;
    const beginnings = families!.split(', ').map((family) => family.replaceAll('`', ''));
    const declined = declared.endpoints.filter(({ path }) => beginnings.some((one) => path.startsWith(one)));
    expect(declined.length).toBe(Number(count));
    for (const { method, version, path } of declined)
      for (const beginning of ['api', 'ajax-api']) {
        const place = `/${beginning}/${version}.0${path.replaceAll(/\{[^}]*\}/g, 'x')}`;
        const body = ['GET', 'DELETE'].includes(method) ? {} : { body: '{}' };
        const answer = await fetch(url + place, { method, ...body });
        expect([method, place, answer.status, await answer.json()]).toEqual([
          ...[method, place, 404],
          expect.objectContaining({ error_code: 'ENDPOINT_NOT_FOUND' }),
        ]);
      }
  });

  it('refuses names of others, other pages, and whoever has no token', async () => {
    const { url } = await server({ token: 'right' });
    const statusOf = async (headers: Record<string, string>, method = 'POST'): Promise<number | undefined> => {
      const asked = request(`${url}/api/2.0/mlflow/runs/search`, { method, headers }).end('{}');
      const [answer] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }];
      answer.resume();
      return answer.statusCode;
    };
    const authorization = 'Bearer right';
    expect(await statusOf({ authorization })).toBe(200);
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await statusOf({ authorization: 'right' })).toBe(401);
    expect(await statusOf({ authorization, host: 'evil.example.org' })).toBe(403);
    expect(await statusOf({ authorization, origin: 'https://evil.example.org' })).toBe(403);
  });

  it('takes on no more than it can (SERVER_OVERLOADED), says when to come back, and recovers from clients that go away', async () => {
    const { url } = await server({ requestLimit: 2 });
    const { hostname, port } = new URL(url);
    const head = 'PUT /api/2.0/mlflow-artifacts/artifacts/0/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n';
    const hanging = [1, 2].map(() => connect({ host: hostname, port: Number(port) }));
    for (const socket of hanging) socket.write(head);
    await expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 20_000 }).toBe(503);
    const refused = await fetch(`${url}/health`);
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '5',
      { error_code: 'TEMPORARILY_UNAVAILABLE', message: expect.stringContaining('more requests under way') },
    ]);
    for (const socket of hanging) socket.destroy();
    await expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 20_000 }).toBe(200);
  });
});

describe('mlspec server', () => {
  it('listens to this machine alone unless it is said twice', async () => {
    const project = await createProject();
    try {
      const ended = await project.mlspec(['server', '--host', '0.0.0.0', '--port', '0']);
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('SERVER_UNPROTECTED')]);
      const wrong = await project.mlspec(['server', '--store', 'mysql://root:secret@db/x']);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('CONFIG_BAD_VALUE')]);
      expect(wrong.stderr).not.toContain('secret');
    } finally {
      await project.remove();
    }
  });
});
