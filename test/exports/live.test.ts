/*
 * OpenLineage events while a run goes on, received by a server that the test starts: what arrives is valid, tells every
 * start and end, and holds no secret; an endpoint that refuses, hangs or is not there changes nothing of the run.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatsPython } from '../../tools/python-env.ts';
import { createProject, type Project, shellStep } from '../engine/project.ts';
import { complaints, none } from './runs.ts';

const timeout = 10 * 60_000;

interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly event: {
    readonly eventType: string;
    readonly run: {
      readonly runId: string;
      readonly facets: Record<string, { run?: { runId: string }; message?: string }>;
    };
    readonly job: { readonly name: string };
    readonly inputs?: readonly { readonly name: string }[];
    readonly outputs?: readonly { readonly name: string }[];
  };
}

interface Endpoint {
  readonly url: string;
  readonly received: Received[];
  readonly server: Server;
}

const endpoints: Endpoint[] = [];

/** A server that keeps what it is sent. @param answer what it does then; default it says 201 */
async function listen(
  answer = (_: IncomingMessage, response: ServerResponse): unknown => response.writeHead(201).end(),
): Promise<Endpoint> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    received.push({ path: request.url!, authorization: request.headers.authorization, event: JSON.parse(text) });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, server };
  endpoints.push(endpoint);
  return endpoint;
}

let project: Project;

beforeAll(async () => {
  formatsPython();
  project = await createProject();
}, timeout);
afterAll(async () => {
  for (const { server } of endpoints) {
    server.closeAllConnections();
    server.close();
  }
  await project.remove();
});

const chain = `${shellStep('a', 'echo 1 > {outputs.out}')}${shellStep('b', 'cat {inputs.x} > {outputs.out}', 'inputs: {x: a.out}')}`;
const types = ({ received }: Endpoint): string[] => received.map(({ event }) => `${event.job.name} ${event.eventType}`);

describe('an endpoint that answers', () => {
  it('is told every start and end in order, with what was read and made, validly', { timeout }, async () => {
    const endpoint = await listen();
    await project.declare(chain);
    const { code } = await project.run(['--openlineage', endpoint.url], { OPENLINEAGE_API_KEY: 'k-1' });
    expect(code).toBe(0);
    expect(types(endpoint)).toEqual([
      'tiny START',
      'tiny.a START',
      'tiny.a COMPLETE',
      'tiny.b START',
      'tiny.b COMPLETE',
      'tiny COMPLETE',
    ]);
    expect(new Set(endpoint.received.map(({ path }) => path))).toEqual(new Set(['/api/v1/lineage']));
    expect(new Set(endpoint.received.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer k-1']));
    const [start, , a, , b] = endpoint.received.map(({ event }) => event);
    expect(a!.run.facets['parent']!.run!.runId).toBe(start!.run.runId);
    expect(a!.outputs!.map(({ name }) => name)).toEqual(['tiny/a/out']);
    expect(b!.inputs!.map(({ name }) => name)).toEqual(['tiny/a/out']);
    const path = join(project.root, 'events.ndjson');
    await writeFile(path, endpoint.received.map(({ event }) => `${JSON.stringify(event)}\n`).join(''));
    expect(await complaints(`openlineage=${path}`)).toEqual(none([`openlineage=${path}`]));
  });

  it('gets the same ids as an export of the run', { timeout }, async () => {
    const endpoint = await listen();
    await project.run([], { OPENLINEAGE_URL: `${endpoint.url}/own/path` });
    expect(endpoint.received[0]!.path).toBe('/own/path');
    expect(types(endpoint)).toEqual([
      'tiny START',
      'tiny.a START',
      'tiny.a COMPLETE',
      'tiny.b START',
      'tiny.b COMPLETE',
      'tiny COMPLETE',
    ]);
    const path = join(project.root, 'exported.ndjson');
    expect(await project.mlspec(['export', 'latest', path, '--as', 'openlineage'])).toMatchObject({ code: 0 });
    const exported = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Received['event']);
    expect(new Set(endpoint.received.map(({ event }) => event.run.runId))).toEqual(
      new Set(exported.map(({ run }) => run.runId)),
    );
  });

  it('is told of a failure, without secrets', { timeout }, async () => {
    const endpoint = await listen();
    await project.declare(shellStep('bad', 'echo $TOKEN >&2; exit 3', 'secrets: [TOKEN]'));
    await project.run(['--openlineage', endpoint.url], { TOKEN: 'Geheimnis-4711' });
    expect(types(endpoint)).toEqual(['tiny START', 'tiny.bad START', 'tiny.bad FAIL', 'tiny FAIL']);
    expect(endpoint.received[2]!.event.run.facets['errorMessage']!.message).toBeTruthy();
    expect(JSON.stringify(endpoint.received)).not.toContain('Geheimnis');
  });
});

describe('an endpoint that does not', () => {
  it('is told of once, and the run goes on', { timeout }, async () => {
    const refusing = await listen((_, response) => response.writeHead(500).end());
    await project.declare(chain.replaceAll('echo 1', 'echo 2'));
    const refused = await project.run(['--openlineage', refusing.url]);
    expect(refused.code).toBe(0);
    expect(refused.stdout.split('could not be posted').length).toBe(2);
    expect(refused.stdout).toContain('events of the run were not posted');
    expect(refusing.received).toHaveLength(3);
  });

  it('may not be there at all', { timeout }, async () => {
    const gone = await listen();
    await new Promise((resolve) => gone.server.close(resolve));
    const ended = await project.run(['--openlineage', gone.url]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('ECONNREFUSED');
  });

  it('may never answer', { timeout }, async () => {
    const silent = await listen(() => undefined);
    await project.declare(chain.replaceAll('echo 1', 'echo 3'));
    const ended = await project.run(['--openlineage', silent.url]);
    expect(ended.code).toBe(0);
    expect(ended.states).toEqual({ a: 'complete', b: 'complete' });
    expect(silent.received.length).toBeLessThan(4);
  });

  it('must be an address', { timeout }, async () => {
    const ended = await project.run(['--openlineage', 'file:///etc/passwd']);
    expect(ended.code).toBe(2);
    expect(ended.stderr + ended.stdout).toContain('CONFIG_BAD_VALUE');
  });
});
