/** What an import comes to: a plan with a step for each document, and the executor that carries such steps out. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { canonicalJson, type Digest, digestOf, type JsonObject, type JsonValue, now } from '../../encoding/index.ts';
import { landingsOf, type OriginalDocument, originalRecord } from '../../originals/index.ts';
import {
  completeStep,
  digestSteps,
  type ExecutionOutcome,
  type Executor,
  type Invocation,
  type Plan,
} from '../../pipeline/index.ts';

/** The stage of such steps, as records name it. */
export const importStage = 'import';
/** The output of such a step that holds the document as it was parsed, and the one that holds the file as it was. */
export const importPorts = { document: 'document', original: 'original' } as const;
/** Changes where the same bytes would be read into another record: what was imported before is then imported anew. */
const readerVersion = 1;

/** A document with the file that it stood in. */
export interface FoundDocument {
  /** The name of its step. */
  readonly step: string;
  readonly file: string;
  /** Place among the documents of its file, from 1. */
  readonly place: number;
  readonly bytes: Buffer;
  readonly original: OriginalDocument;
}

/** A name for each document: its type, with a number behind it where there are several. */
export function nameSteps(documents: readonly Omit<FoundDocument, 'step'>[]): FoundDocument[] {
  const counts = new Map<string, number>();
  return documents.map((document) => {
    const { type } = document.original;
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    return { ...document, step: count === 1 ? type : `${type}-${count}` };
  });
}

/** The plan of an import. @param path what was given to import, for the name of the run */
export function planImport(path: string, documents: readonly FoundDocument[]): Plan {
  const steps = documents.map(({ step, file, place, bytes, original }) =>
    completeStep({
      name: step,
      stage: importStage,
      component: { kind: 'builtin', stage: importStage },
      outputs: { [importPorts.document]: { type: 'Report' }, [importPorts.original]: { type: 'Any' } },
      params: {
        file,
        document: place,
        digest: digestOf(bytes),
        origin: original.origin,
        type: original.type,
        reader: readerVersion,
      },
    }),
  );
  const plan = {
    name: nameOf(path),
    declaredOnly: [],
    steps,
    digest: digestSteps(steps),
  };
  return { ...plan, specDigest: digestOf(importText(plan)) };
}

/** What stands in the record where other runs have their declaration. */
export function importText({ name, steps }: Pick<Plan, 'name' | 'steps'>): string {
  return canonicalJson({ import: { name, documents: steps.map(({ params }) => params) } });
}

/** The name of the file or folder, as far as names go. */
function nameOf(path: string): string {
  const stem = basename(path).replace(/\.[^.]*$/, '');
  return stem.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100) || importStage;
}

/** An executor that lays documents down which were read already. It starts no process. */
export function importExecutor(inner: Executor, documents: readonly FoundDocument[]): Executor {
  const byStep = new Map(documents.map((document) => [document.step, document]));
  return {
    name: 'import',
    close: () => inner.close(),
    identifyImage: (image, question) => inner.identifyImage(image, question),
    execute: async (invocation, { onEvent }) => {
      const { bytes, original } = byStep.get(invocation.step)!;
      const { values, metrics } = landingsOf(original);
      await writeFile(invocation.outputs[importPorts.original]!.path, bytes);
      await writeFile(invocation.outputs[importPorts.document]!.path, originalRecord(original));
      for (const [name, value] of Object.entries(metrics))
        onEvent({ type: 'metric', name, value, step: 0, atMs: now() });
      return await outcomeOf(invocation, { origin: original.origin, type: original.type }, values);
    },
  };
}

async function outcomeOf(
  invocation: Invocation,
  properties: JsonObject,
  values: Readonly<Record<string, JsonValue>>,
): Promise<ExecutionOutcome> {
  const silence = join(invocation.workDir, 'silence');
  await writeFile(silence, '');
  return {
    result: {
      status: 'complete',
      outputs: { [importPorts.document]: { properties }, [importPorts.original]: { properties: {} } },
      values,
      artifacts: [],
      assertions: [],
      code: { files: [], absent: [] },
      usage: { cpuSeconds: 0, peakMemoryBytes: 0 },
    },
    logs: { stdout: silence, stderr: silence },
    exitCode: 0,
    signal: null,
    durationMs: 0,
    machine: {},
  };
}

/** The digest of the file that a document stood in. */
export function fileDigest({ bytes }: FoundDocument): Digest {
  return digestOf(bytes);
}
