import { describe, expect, it } from 'vitest';
import {
  landingsOf,
  maximumDocuments,
  maximumFileBytes,
  originalRules,
  readOriginalRecord,
  readOriginals,
} from './index.ts';

const head = 'schema_version: 0.0.1\nschema_type: datapath\n';
const ids =
  'run_id: 6a9a5931-1c1d-47cc-aaf3-ad8b03f70575\nstep_id: 6a9a5931-1c1d-47cc-aaf3-ad8b03f70575\nrun_date: 1970-01-11 00:00:00\n';
const right = `${head}${ids}data_store: blobs\nstorage_connection_type: AWS_BLOB\n`;
const read = (text: string | Buffer, credentials: 'refuse' | 'keep' = 'refuse') =>
  readOriginals(Buffer.from(text as string), { file: 'x.yaml', credentials });
const told = (text: string | Buffer) =>
  read(text).findings.map(({ rule, position }) => `${rule} ${position?.line}:${position?.column}`);

describe('findings', () => {
  it('are all there at once, with their places', () => {
    const text = `${head}run_id: nope\nstep_id:\nextra: 1\nconnection:\n  endpoint: here\n---\nnothing: known\n`;
    expect(told(text)).toEqual([
      'original/missing 1:1',
      'original/missing 1:1',
      'original/missing 1:1',
      'original/type 3:9',
      'original/missing 4:9',
      'original/unknown-field 5:1',
      'original/type 7:13',
      'original/unrecognised 9:1',
    ]);
    expect(read(text).findings[3]).toMatchObject({
      severity: 'error',
      message: 'expected a UUID, found "nope"',
      frame: expect.stringContaining('^^^^'),
    });
  });

  it.each<[keyof typeof originalRules, string | Buffer, string]>([
    ['original/encoding', Buffer.from([0x61, 0x3a, 0xff]), '1:1'],
    ['original/unreadable', '', '1:1'],
    ['original/unreadable', '- a\n- b\n', '1:1'],
    ['original/syntax', 'a: [1\nb: 2\n', '2:1'],
    ['original/too-large', `${'['.repeat(70)}${']'.repeat(70)}`, '1:66'],
    ['original/alias', `${right}extra: &a 1\nmore: *a\n`, '8:11'],
    ['original/tag', `${right}extra: !!python/object:os.system 1\n`, '8:34'],
    ['original/key', `${right}1: 2\n`, '8:1'],
    ['original/key', `${right}__proto__: 2\n`, '8:1'],
    ['original/key', `${right}? [a, b]\n: 1\n`, '8:3'],
    ['original/duplicate-key', `${right}data_store: two\n`, '8:1'],
    ['original/duplicate-key', `${right}dataStore: two\n`, '8:1'],
    ['original/number', `${right}extra: 12345678901234567890\n`, '8:8'],
    ['original/number', `${right}extra: .inf\n`, '8:8'],
    ['original/text', `${right}extra: "\\uD800"\n`, '8:8'],
    ['original/unrecognised', 'hello: world\n', '1:1'],
    ['original/unknown-type', 'schema_type: datapathh\nschema_version: 0.0.1\n', '1:14'],
    ['original/unknown-version', 'schema_type: datapath\nschema_version: 9.9.9\n', '2:17'],
    ['original/unknown-version', 'schema_type: job\nschema_version: 0.0.1\n', '2:17'],
    ['original/unknown-version', 'schema_type: datapath\n', '1:1'],
    ['original/missing', `${right}connection: {access_key_id: }\n`, '8:13'],
    ['original/type', `${right}connection: none\n`, '8:13'],
    ['original/form', right.replace('datapath', 'dataschema').concat('feature_file: Upper/Case\n'), '8:15'],
    ['original/unknown-field', `${right}extra: 1\n`, '8:1'],
    ['original/spelling', right.replace('data_store', 'DataStore'), '6:1'],
    [
      'original/credential',
      `${right}connection: {endpoint: s3://a, secret_access_key: ${'aB1/'.repeat(10)}}\n`,
      '8:51',
    ],
    ['original/credential', `${right}extra: {Password: hunter2}\n`, '8:19'],
    ['original/credential', `${right}extra: [https://me:hunter2@example.org/]\n`, '8:9'],
  ])('%s is told of %j', (rule, text, place) => {
    expect(told(text)).toContain(`${rule} ${place}`);
    const finding = read(text).findings.find((one) => one.rule === rule)!;
    expect(finding.suggestion).not.toBe('');
    expect(JSON.stringify(finding)).not.toContain('hunter2');
  });

  it('never show a credential, nor the line that it stands on', () => {
    const secret = 'aB1/'.repeat(10);
    const { findings } = read(`${right}connection: {endpoint: nowhere, secret_access_key: ${secret}, more: 1}\n`);
    expect(findings.length).toBe(3);
    expect(JSON.stringify(findings)).not.toContain(secret);
    for (const text of [`secret_access_key: ${secret}: [\n`, `${right}extra: {a: 1, a: 2, token: ${secret}}\n`])
      expect(JSON.stringify(read(text).findings)).not.toContain(secret);
    expect(read(`${right}connection: {endpoint: s3://a, secret_access_key: $SECRET}\n`).findings).toEqual([]);
    expect(read(`${right}connection: {endpoint: s3://a, secret_access_key: ${secret}}\n`, 'keep').findings).toEqual([]);
  });

  it('of errors are never cut away for the sake of warnings', () => {
    const extra = Array.from({ length: 5000 }, (_, index) => `extra${index}: 1\n`).join('');
    const findings = read(`${right}${extra}${extra.slice(0, 10)}\nconnection: none\n`).findings;
    expect(findings.length).toBeLessThanOrEqual(200);
    expect(findings.at(-1)).toMatchObject({ rule: 'original/type', severity: 'error' });
  });

  it('have every rule of the list', () => {
    expect(Object.keys(originalRules).length).toBe(19);
  });
});

describe('spellings', () => {
  const registry = (type: string, more: string) =>
    read(`schema_version: 0.0.1\nschema_type: ${type}\n${ids}${more}`).documents[0]!;

  it.each([
    ['datapath', 'connection: {endpoing: s3://a}', ['connection', 'endpoint'], 'endpoing'],
    [
      'score',
      'model_feature_schema_source: {metrics: {}}',
      ['model_features_schema_source'],
      'model_feature_schema_source',
    ],
    [
      'serve',
      'model_source: {secorable_model_local: {path: a}}',
      ['model_source', 'scorable_model_local'],
      'secorable_model_local',
    ],
    [
      'score',
      'model_features_schema_source: {scorable_model: {data_stores_file_paths: a}}',
      ['model_features_schema_source', 'scorable_model', 'data_store_file_paths'],
      'data_stores_file_paths',
    ],
    ['train_execution', 'evaluation_metrics: {type: tensorboard}', ['evaluation_metrics', 'metrics_type'], 'type'],
    ['train_execution', 'evaluation_metrics: {in: logs}', ['evaluation_metrics', 'directory'], 'in'],
    ['training_run', 'cpu_per_nodes: 4', ['cpu_per_node'], 'cpu_per_nodes'],
    ['package_run', 'agent_pool: a', ['agent-pool'], 'agent_pool'],
    ['runconfig', 'NodeCount: 4', ['nodeCount'], 'NodeCount'],
  ])('of a %s: %s', (type, more, path, as) => {
    expect(registry(type, `${more}\n`).spelled).toEqual([{ path, as }]);
  });

  it.each([
    ['train_results', 'training_results'],
    ['training_result', 'training_results'],
    ['package_result', 'serve'],
    ['container_store', 'containerstore'],
    ['DataSource', 'data_source'],
    ['TRAIN_EXECUTION', 'train_execution'],
  ])('of the type %s is %s', (as, kept) => {
    const document = registry(as, '');
    expect(document).toMatchObject({ type: kept, document: { schema_type: kept } });
    expect(document.spelled).toEqual([{ path: ['schema_type'], as }]);
  });

  it.each(['mlSpecVersion', 'specVersion', 'schemaVersion'])('of the version: %s', (as) => {
    const [document] = read(right.replace('schema_version', as)).documents;
    expect(document).toMatchObject({ origin: '0.0.1', document: { schema_version: '0.0.1' } });
    expect(document!.spelled).toEqual([{ path: ['schema_version'], as }]);
  });

  it('of latency is one in the log and in the request', () => {
    const text = 'applicationInfo: {applicationId: a}\nrequestInfo: {requestLatency: 4}\n';
    expect(read(text).documents[0]!.document).toMatchObject({ requestInfo: { requestLatencyMs: 4 } });
    expect(read(`${text}prediction: {}\n`).documents[0]).toMatchObject({ type: 'inference_request' });
  });

  it('take amounts of memory as the samples write them', () => {
    const run = (ram: string) =>
      told(`schema_version: 0.0.1\nschema_type: data_process_run\n${ids}ram_per_node: ${ram}\n`);
    expect(run('64Gi')).not.toContain('original/type 6:15');
    expect(run('64')).not.toContain('original/type 6:15');
    expect(run('lots')).toContain('original/type 6:15');
  });
});

describe('what a document says', () => {
  it('becomes values and metrics', () => {
    const results = `schema_version: 0.0.1\nschema_type: training_results\n${ids}training_execution_id: 6a9a5931-1c1d-47cc-aaf3-ad8b03f70575\naccuracy: 0.9\nglobal_step: "100"\nloss: 1.5\n`;
    const { documents, findings } = read(results);
    expect(findings).toEqual([]);
    const { values, metrics } = landingsOf(documents[0]!);
    expect(metrics).toEqual({ accuracy: 0.9, global_step: 100, loss: 1.5 });
    expect(values).toMatchObject({ schema_type: 'training_results', run_date: '1970-01-11 00:00:00' });
  });

  it('is read from its record and from nothing else', () => {
    for (const text of ['', '[]', '{}', 'null', '{"format":"other"}']) expect(readOriginalRecord(text)).toBeNull();
  });
});

describe('hostile files', () => {
  const bomb = `a: &a [${'x,'.repeat(50)}]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(50)}]\n`).join('')}`;
  it.each([
    ['a bomb of aliases', bomb],
    ['depth', '['.repeat(500_000)],
    ['mappings in mappings', '{a: '.repeat(200_000)],
    ['dashes', '- '.repeat(400_000)],
    ['questions', '? '.repeat(100_000)],
    ['many keys', Array.from({ length: 90_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['many documents', '---\na: 1\n'.repeat(50_000)],
    ['tags', '!!foo '.repeat(100_000)],
    ['anchors', '&a '.repeat(100_000)],
    ['quotes', '"'.repeat(500_000)],
    ['zeros', '\0'.repeat(500_000)],
    ['one long word', 'a'.repeat(1_000_000)],
    ['one long number', `a: ${'1'.repeat(1_000_000)}`],
    ['underscores', `a: 1${'_'.repeat(1_000_000)}`],
    ['tabs', '\t'.repeat(500_000)],
  ])('%s end in findings', (_, text) => {
    const { findings, documents } = read(text);
    expect(documents).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(findings).length).toBeLessThan(300_000);
  });

  it('are read up to a length and a number of documents', () => {
    expect(told(Buffer.alloc(maximumFileBytes + 1, 32))).toEqual(['original/too-large 1:1']);
    const many = `${right}---\n`.repeat(maximumDocuments);
    expect(read(many).findings).toEqual([]);
    expect(read(many).documents.length).toBe(maximumDocuments);
    expect(told(`${many}${right}`)).toContain(`original/too-large ${maximumDocuments * 8}:1`);
  });
});
