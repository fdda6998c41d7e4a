/** What the record says of a run now, as `record/agrees` holds it to the signed statements. */
import { type Digest, digestJson, digestOf, isDigest } from '../encoding/index.ts';
import { type EnvironmentLock, lockDigest } from '../environments/index.ts';
import { isPlatformError } from '../errors/index.ts';
import type { ExecutionRecord, MetadataStore, RunRecord } from '../metadata/index.ts';
import { digestSteps, executionKey, type KeyIngredients, type Plan, restate } from '../pipeline/index.ts';
import { recordedByproducts, type Statement } from '../provenance/index.ts';
import type { ExecutionOnRecord, RunOnRecord } from '../provenance/verify/index.ts';
import type { ProjectRecord } from './project-record.ts';
import { type PortArtifact, type RecordedStep, readRun } from './records.ts';
import { programVersion } from './version.ts';

/** What the record says of a run; null where that has lost its form. Errors of the database pass through. */
export async function readOnRecord(record: ProjectRecord, id: string): Promise<RunOnRecord | null> {
  try {
    const { run, steps } = await readRun(record, id);
    const { state, spec, specDigest, planDigest, params, details } = run;
    const executions: ExecutionOnRecord[] = [];
    for (const step of steps) executions.push(await executionOnRecord(record.metadata, run, step));
    return {
      ...{ state, executions, plan: planDigest, spec: { name: spec, digest: specDigest } },
      record: typeof details['record'] === 'string' ? details['record'] : null,
      params: digestJson(params),
      kept: {
        declaration: await readKept(record, specDigest, (text) => digestOf(text)),
        plan: await readKept(record, details['plan'], (text) => digestSteps((JSON.parse(text) as Plan).steps)),
      },
    };
  } catch (error) {
    if (isPlatformError(error)) throw error;
    return null;
  }
}

async function readKept(
  { artifacts }: ProjectRecord,
  digest: unknown,
  digestText: (text: string) => Digest,
): Promise<Digest | null> {
  try {
    return isDigest(digest) ? digestText((await artifacts.read(digest)).toString('utf8')) : null;
  } catch {
    return null;
  }
}

async function executionOnRecord(
  metadata: MetadataStore,
  run: RunRecord,
  recorded: RecordedStep,
): Promise<ExecutionOnRecord> {
  const { id, step, state, cachedFrom, values } = recorded.execution;
  // Of a reused result these are the numbers of the execution that it stands for.
  const logged = recordedByproducts({ metrics: await metadata.metrics(id), values });
  const original = cachedFrom === null ? null : await metadata.statementOf(cachedFrom);
  const reusedFrom =
    cachedFrom === null ? null : { executionId: cachedFrom, statementDigest: original?.digest ?? null };
  return {
    ...{ execution: id, step, state },
    statement: (await metadata.statementOf(id))?.digest ?? null,
    restated: restated(run, recorded, { reusedFrom, logged: cachedFrom === null ? logged : [] }),
    reused: cachedFrom === null ? null : new Map(logged.map(({ name, digest }) => [name, digest])),
  };
}

type Facts = Parameters<typeof restate>[2];

function restated(
  run: RunRecord,
  { execution, inputs, outputs }: RecordedStep,
  { reusedFrom, logged }: Pick<Facts, 'reusedFrom'> & { readonly logged: Facts['byproducts'] },
): Statement | null {
  const isBeside = ({ port }: PortArtifact): boolean => port.includes('/');
  const beside = outputs.filter(isBeside);
  try {
    return restate(asNamed(execution), run, {
      ...{ inputs, reusedFrom, version: programVersion },
      outputs: outputs.filter((one) => !isBeside(one)),
      byproducts: [...beside.map(({ port, artifact: { digest, kind } }) => ({ name: port, digest, kind })), ...logged],
    }).statement;
  } catch {
    return null;
  }
}

/** Key and environment by the digests of what they are said to be made of, which is what people are shown. */
function asNamed(execution: ExecutionRecord): ExecutionRecord {
  const { key, code, environment } = execution;
  const lock = environment?.['lock'] as Partial<EnvironmentLock> | null | undefined;
  return {
    ...execution,
    key: key === null ? null : executionKey(code['ingredients'] as unknown as KeyIngredients),
    environment: lock?.packages === undefined ? environment : { digest: lockDigest(lock as EnvironmentLock) },
  };
}
