import { describe, expect, test } from 'vitest';
import { canonicalJson, digestHex, digestOf } from '../encoding/index.ts';
import { type ExecutionFacts, executionStatement, localBuilderId, statementBody } from './index.ts';

const facts: ExecutionFacts = {
  runId: 'run_1',
  executionId: 'exec_1',
  step: 'training',
  kind: 'python',
  state: 'COMPLETE',
  attempt: 1,
  spec: { name: 'flights', digest: digestOf('spec') },
  planDigest: digestOf('plan'),
  key: digestOf('key'),
  params: { trees: 200, rate: 0.1 },
  seed: 7,
  inputs: [{ port: 'train', type: 'Dataset', digest: digestOf('train'), kind: 'file', sizeBytes: 5 }],
  outputs: [
    { port: 'model', type: 'Model', digest: digestOf('model'), kind: 'tree', sizeBytes: 9 },
    { port: 'extra', index: 1, type: 'Report', digest: digestOf('extra'), kind: 'file', sizeBytes: 2 },
  ],
  code: { files: { 'b.py': digestOf('b'), 'a.py': digestOf('a') }, absent: ['z.py', 'y.py'] },
  environment: { name: 'python', digest: digestOf('lock') },
  git: { commit: '0123456789abcdef0123456789abcdef01234567', clean: true },
  external: { 'data/flights.parquet': digestOf('file') },
  startedAtMs: 0,
  endedAtMs: 1500,
  byproducts: [{ name: 'stdout', digest: digestOf('log') }],
  builder: { id: localBuilderId, version: '0.1.0' },
};

describe('statement of an execution', () => {
  test('is an in-toto statement with a SLSA provenance predicate', () => {
    const { statement, body, digest } = executionStatement(facts);
    expect(body).toBe(canonicalJson(statement));
    expect(digest).toBe(digestOf(body));
    expect(statement._type).toBe('https://in-toto.io/Statement/v1');
    expect(statement.predicateType).toBe('https://slsa.dev/provenance/v1');
    expect(statement.subject).toEqual([
      {
        name: 'output/extra/1',
        digest: { sha256: digestHex(digestOf('extra')) },
        annotations: { mlspec_type: 'Report', mlspec_kind: 'file', mlspec_sizeBytes: 2 },
      },
      {
        name: 'output/model',
        digest: { sha256: digestHex(digestOf('model')) },
        annotations: { mlspec_type: 'Model', mlspec_kind: 'tree', mlspec_sizeBytes: 9 },
      },
    ]);
    const predicate = JSON.parse(canonicalJson(statement.predicate));
    expect(predicate.buildDefinition.resolvedDependencies.map((found: { name: string }) => found.name)).toEqual([
      'spec',
      'source',
      'environment/python',
      'input/train',
      'external/data/flights.parquet',
      'code/a.py',
      'code/b.py',
    ]);
    expect(predicate.buildDefinition.resolvedDependencies[1].digest).toEqual({ gitCommit: facts.git!.commit });
    expect(predicate.runDetails.metadata).toEqual({
      invocationId: 'exec_1',
      startedOn: '1970-01-01T00:00:00.000Z',
      finishedOn: '1970-01-01T00:00:01.500Z',
      mlspec_run: 'run_1',
      mlspec_attempt: 1,
    });
    expect(predicate.mlspec_outcome).toEqual({ state: 'COMPLETE', absent: ['y.py', 'z.py'] });
  });

  test('the bytes do not depend on the order in which facts were gathered', () => {
    const shuffled: ExecutionFacts = {
      ...facts,
      outputs: facts.outputs.toReversed(),
      params: { rate: 0.1, trees: 200 },
      code: { files: { 'a.py': digestOf('a'), 'b.py': digestOf('b') }, absent: ['y.py', 'z.py'] },
    };
    expect(executionStatement(shuffled).body).toBe(executionStatement(facts).body);
    // Pinned: a change of these bytes changes what signatures and earlier records mean.
    expect(executionStatement(facts).digest).toMatchInlineSnapshot(
      `"sha256:4c73851f9bfa6d7f090e25efa0400f0092c6cf4d7dd45236a2e85a8da8b9b5fa"`,
    );
  });

  test('every end has a subject: an attempt without outputs is named by what was attempted', () => {
    const failed = executionStatement({
      ...facts,
      outputs: [],
      state: 'FAILED',
      error: { code: 'PIPELINE_STEP_FAILED', message: 'x \ud800' },
    });
    expect(failed.statement.subject).toEqual([
      { name: 'execution/exec_1', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    ]);
    expect(failed.statement.predicate['mlspec_outcome']).toMatchObject({
      state: 'FAILED',
      error: { message: 'x \ufffd' },
    });
    const other = executionStatement({ ...facts, outputs: [], state: 'CANCELED', params: { trees: 201 } });
    expect(other.statement.subject[0]!.digest).not.toEqual(failed.statement.subject[0]!.digest);
  });

  test('a reuse names the execution and the statement that it stands on', () => {
    const reusedFrom = { executionId: 'exec_0', statementDigest: digestOf('earlier') };
    const { statement } = executionStatement({ ...facts, state: 'CACHED', reusedFrom });
    expect(statement.predicate['mlspec_outcome']).toMatchObject({ state: 'CACHED', reusedFrom });
  });

  test('other predicates get the same envelope', () => {
    const { body } = statementBody([{ name: 'x', digest: { sha256: '0'.repeat(64) } }], 'https://example.com/p', {
      b: 1,
      a: 2,
    });
    expect(body).toBe(
      `{"_type":"https://in-toto.io/Statement/v1","predicate":{"a":2,"b":1},"predicateType":"https://example.com/p","subject":[{"digest":{"sha256":"${'0'.repeat(64)}"},"name":"x"}]}`,
    );
  });
});
