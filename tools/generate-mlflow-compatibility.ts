/*
 * Writes docs/reference/mlflow-compatibility.md: every endpoint that the pinned version of MLflow declares
 * (test/golden/tracking/endpoints.json), whether the server has it, and the test that asks it. A served endpoint that no
 * test names is an error.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiVersion, createTrackingApp } from '../src/server/mlflow/tracking-app.ts';
import { markdownTable, writeOrCheck } from './generated.ts';
import { listFiles, repositoryRoot } from './problem.ts';

const command = 'tools/generate-mlflow-compatibility.ts';
const page = 'docs/reference/mlflow-compatibility.md';
const source = 'test/golden/tracking/endpoints.json';

interface Endpoint {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly version: number;
  readonly path: string;
}

interface Family {
  readonly title: string;
  readonly profile: 'P1' | 'P2' | 'P3' | 'declined';
  readonly has: RegExp;
}

const p2 = /^\/mlflow\/(metrics\/get-history-bulk|experiments\/search-datasets)/;
/** In order: an endpoint belongs to the first one that has its path. */
const families: readonly Family[] = [
  { title: 'Histories and datasets', profile: 'P2', has: p2 },
  { title: 'Experiments', profile: 'P1', has: /^\/mlflow\/experiments\// },
  { title: 'Runs and metrics', profile: 'P1', has: /^\/mlflow\/(runs|metrics)\// },
  { title: 'Logged models', profile: 'P1', has: /^\/mlflow\/logged-models/ },
  { title: 'Registered models', profile: 'P1', has: /^\/mlflow\/(registered-models|model-versions)\// },
  { title: 'Artifacts', profile: 'P1', has: /^\/mlflow(-artifacts\/|\/artifacts\/)/ },
  { title: 'Webhooks', profile: 'P2', has: /^\/mlflow\/webhooks/ },
  { title: 'Traces and assessments', profile: 'P3', has: /^\/mlflow\/(traces|assessments)/ },
  { title: 'Everything else', profile: 'declined', has: /./ },
];

/** Endpoints by another way than the table of the REST API. */
const others = unlisted(['GET /health', 'GET /version', 'GET /api/3.0/mlflow/server-info']);

/** What MLflow's web interface asks besides (profile P4): its page, queries, files by their paths, and ajax routes. */
const ofTheInterface = unlisted([
  'POST /graphql',
  'GET /get-artifact',
  'GET /model-versions/get-artifact',
  'GET /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files',
  'GET /ajax-api/2.0/mlflow/metrics/get-history-bulk',
  'POST /ajax-api/2.0/mlflow/upload-artifact',
  'GET /ajax-api/2.0/mlflow/gateway-proxy',
  'GET /ajax-api/3.0/mlflow/ui-telemetry',
  'POST /ajax-api/3.0/mlflow/ui-telemetry',
  'GET /ajax-api/3.0/mlflow/assistant/config',
  'GET /ajax-api/3.0/mlflow/assistant/providers',
]);

function unlisted(names: readonly `${Endpoint['method']} ${string}`[]): readonly Endpoint[] {
  return names.map((name) => {
    const [method, path] = name.split(' ') as [Endpoint['method'], string];
    return { name, method, version: 0, path };
  });
}

const { mlflow, endpoints } = JSON.parse(readFileSync(join(repositoryRoot, source), 'utf8')) as {
  readonly mlflow: string;
  readonly endpoints: readonly Endpoint[];
};
if (mlflow !== apiVersion) throw new Error(`${source} is of MLflow ${mlflow}; the server tells clients ${apiVersion}`);

/** Tests with what they ask: their own text and that of the golden files beside which they stand. */
const suites = [
  { test: 'test/tracking/golden-requests.test.ts', asks: ['test/golden/tracking/requests.json'] },
  { test: 'test/tracking/registry-golden.test.ts', asks: ['test/golden/tracking/registry.json'] },
  { test: 'test/tracking/traces-golden.test.ts', asks: ['test/golden/tracking/traces.json'] },
  { test: 'test/tracking/trace-metrics-golden.test.ts', asks: ['test/golden/tracking/trace-metrics.json'] },
  ...['test/tracking', 'test/conformance', 'src/server/mlflow', 'test/browser']
    .flatMap((folder) => listFiles(repositoryRoot, folder, ['.test.ts']))
    .map((test) => ({ test, asks: [test] })),
].map(({ test, asks }) => ({
  test,
  text: asks.map((file) => readFileSync(join(repositoryRoot, file), 'utf8')).join('\n'),
}));

/** The first test that names an endpoint by its path: whole, or without what all paths begin with. */
function testOf({ path, name }: Endpoint): string | null {
  const plain = path
    .replace(/^(\/ajax-api\/\d\.0)?\/(mlflow\/|mlflow-artifacts\/(?!artifacts))?/, '')
    .replace(/\/\{\w+\}$/, '');
  const form = plain.replaceAll(/[.*+?^$()|[\]\\/-]/g, '\\$&').replaceAll(/\{[\w\\.]+\}/g, '[^\'"` ]+');
  // A single word may mean anything unless it stands as a path does.
  const before = plain.includes('/') ? '(?<![\\w-])' : '[\'"`/]';
  const named = new RegExp(`${before}${form}(?![\\w-])`);
  return suites.find(({ text }) => named.test(text) || text.includes(`endpoint ${name}`))?.test ?? null;
}

type HasRoute = (endpoint: Endpoint) => boolean;

async function servedRoutes(): Promise<HasRoute> {
  const services = { artifacts: {} } as Parameters<typeof createTrackingApp>[0]['services'];
  const app = createTrackingApp({ services, programVersion: '', allowedHosts: [], allowedOrigins: [] });
  await app.ready();
  return ({ method, version, path }) => {
    const route = path
      .replace('{artifact_path}', '*')
      .replace('{model_id}/artifacts/files', ':model/artifacts/files')
      .replaceAll(/\{(?:\w+\.)?(\w+)\}/g, ':$1');
    return app.hasRoute({ method, url: version === 0 ? route : `/api/${version}.0${route}` });
  };
}

/** Served endpoints that no test names. */
const unnamed: string[] = [];

interface Row extends Endpoint {
  readonly family: Family;
  readonly isServed: boolean;
  readonly test: string | null;
}

function rowOf(endpoint: Endpoint, isServed: boolean): Row {
  const family = families.find(({ has }) => has.test(endpoint.path))!;
  const test = isServed ? testOf(endpoint) : null;
  if (isServed && test === null) unnamed.push(`${endpoint.method} ${endpoint.path}`);
  return { ...endpoint, family, isServed, test };
}

function cells({ method, version, path, isServed, test }: Row): string[] {
  const at = version === 0 ? path : `/api/${version}.0${path}`;
  const shown = test === null ? '' : `[${test.split('/').at(-1)}](../../${test})`;
  return [method, `\`${at}\``, isServed ? 'served' : '–', shown];
}

const header = ['method', 'path', 'state', 'test'];
const hasRoute = await servedRoutes();
const rows = endpoints.map((endpoint) => rowOf(endpoint, hasRoute(endpoint)));
const sections = families.slice(0, -1).map((family) => {
  const found = rows.filter((row) => row.family === family);
  return `## ${family.title} (${family.profile})\n\n${markdownTable(header, found.map(cells))}\n`;
});
const declined = rows.filter(({ family }) => family.profile === 'declined');
const groups = [...new Set(declined.map(({ path }) => path.split('/').slice(1, 3).join('/')))].sort();
const count = (profile: Family['profile']): string => {
  const of = rows.filter(({ family }) => family.profile === profile);
  return `${of.filter(({ isServed }) => isServed).length} of ${of.length}`;
};

const text = `<!-- Generated by ${command} from ${source} and the routes of the server. Do not edit. -->

# Compatibility with MLflow

\`mlspec server\` answers the REST API of MLflow ${apiVersion}, which it tells clients at \`/version\`. Every path stands below
\`/api\` and \`/ajax-api\`. What is not served answers 404 with the code \`ENDPOINT_NOT_FOUND\` as JSON, which clients
understand; a mistake in a request is never answered as a failure of the server, which clients would repeat for minutes.

${markdownTable(
  ['profile', 'what it is for', 'endpoints served'],
  [
    ['P1', 'experiments, runs, metrics, params, tags, inputs, logged models, registry, artifacts', count('P1')],
    ['P2', 'histories in bulk, search of datasets, webhooks', count('P2')],
    ['P3', 'traces and assessments', count('P3')],
    ['declined', 'prompts, gateways, scorers, queues and jobs of language models', count('declined')],
  ],
)}

Where MLflow's own server is wrong, ours is not the same: each such answer stands with its reason in
[requests.json](../../test/golden/tracking/requests.json), beside the thousand requests that both are asked.

${sections.join('\n')}
## Beside the table

${markdownTable(
  header,
  others.map((one) => cells(rowOf(one, hasRoute(one)))),
)}

## MLflow's web interface (P4)

What [MLflow's own web interface](../guide/track.md#mlflows-web-interface) asks besides, looked at through a real browser in
[web-interface.test.ts](../../test/browser/web-interface.test.ts):

${markdownTable(
  header,
  ofTheInterface.map((one) => cells(rowOf(one, hasRoute(one)))),
)}

## Declined

These families, ${declined.length} endpoints, are not part of what a training workflow asks:
${groups.map((one) => `\`/${one}\``).join(', ')}.
`;
for (const endpoint of unnamed)
  console.log(`${source}: endpoint/untested: ${endpoint} is served, and no test names it`);
if (unnamed.length > 0) process.exitCode = 1;
writeOrCheck(command, new Map([[page, text]]));
