import { type Digest, digestOf, newId, now } from '../../src/encoding/index.ts';
import type {
  ArtifactRecord,
  CacheEntry,
  EventRecord,
  ExecutionRecord,
  NewRun,
  SignedStatement,
} from '../../src/metadata/index.ts';

/** A run to be recorded. */
export function sampleRun(members: Partial<NewRun> = {}): NewRun {
  return {
    id: newId('run'),
    name: 'sample',
    spec: 'flights',
    specDigest: digestOf('spec'),
    planDigest: digestOf('plan'),
    git: { commit: 'c0ffee', clean: false },
    params: { sample: 0.1 },
    details: { verb: 'run' },
    startedAtMs: now(),
    pid: 4711,
    host: 'here',
    ...members,
  };
}

/** An execution that begins. */
export function sampleExecution(runId: string, members: Partial<ExecutionRecord> = {}): ExecutionRecord {
  return {
    id: newId('exec'),
    runId,
    step: 'training',
    kind: 'python',
    state: 'NEW',
    key: digestOf('key'),
    cachedFrom: null,
    attempt: 1,
    params: { trees: 200, 'odd name \u0000': ['ü', null, 1.5] },
    code: { files: { 'train.py': digestOf('code') } },
    environment: { python: '3.12' },
    machine: { cpus: 2 },
    error: null,
    usage: { cpuSeconds: 1.25 },
    values: { accuracy: 0.9 },
    startedAtMs: now(),
    endedAtMs: null,
    ...members,
  };
}

/** An artifact with the digest of a text. */
export function sampleArtifact(content: string, members: Partial<ArtifactRecord> = {}): ArtifactRecord {
  return {
    id: newId('art'),
    type: 'Dataset',
    digest: digestOf(content),
    kind: 'file',
    sizeBytes: content.length,
    state: 'LIVE',
    properties: { rowCount: 3 },
    createdAtMs: now(),
    ...members,
  };
}

/** An event of an execution. */
export function sampleEvent(
  execution: ExecutionRecord,
  artifact: ArtifactRecord,
  direction: EventRecord['direction'],
): EventRecord {
  return { executionId: execution.id, artifactId: artifact.id, direction, port: direction.toLowerCase(), index: 0 };
}

/** A cache entry with one output. */
export function sampleCacheEntry(staticKey: Digest, execution: ExecutionRecord, artifact: ArtifactRecord): CacheEntry {
  const { id, type, digest, kind, sizeBytes, properties } = artifact;
  return {
    staticKey,
    executionId: execution.id,
    codeSet: { files: { 'train.py': digestOf('code') }, absent: ['config.py'] },
    outputs: { model: { artifactId: id, type, digest, kind, sizeBytes, properties } },
    values: { accuracy: 0.9 },
    createdAtMs: now(),
  };
}

/** A statement of a text, signed by nobody. */
export function sampleStatement(body: string): SignedStatement {
  return {
    body,
    signatures: [{ keyid: 'k', sig: 'c2ln' }],
    logEntry: `{"statement":${JSON.stringify(digestOf(body))}}`,
  };
}
