import { assert } from '../../errors/index.ts';
import type { SealingKey } from '../../provenance/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import type { Handover, Invocation } from '../invocation.ts';
import type { StageDefinition } from '../stage.ts';
import type { CodeRecorder } from './code-recorder.ts';
import { runStepProcess, type StepProcessOptions } from './step-process.ts';

/** What the process of a built-in step works with. */
export interface BuiltinProcess {
  readonly recorder: CodeRecorder;
  readonly stages: readonly StageDefinition[];
}

/** Runs the stage that an invocation names, in this process. Resolves to the process's exit code. */
export async function runBuiltin(invocation: Invocation, builtin: BuiltinProcess): Promise<number> {
  const { component } = invocation;
  assert(component.kind === 'builtin', `${invocation.step} is not a built-in step`);
  const stage = builtin.stages.find((candidate) => candidate.stage === component.stage);
  assert(stage !== undefined, `there is no stage ${component.stage}`);
  return await runStepProcess(invocation, (context) => stage.run(context), await processOptions(builtin.recorder));
}

/** What the process of every step that runs in Node is given: the handover, tables, and a signal that SIGTERM raises. */
export async function processOptions(recorder: CodeRecorder): Promise<StepProcessOptions> {
  const handover = await readHandover();
  const abort = new AbortController();
  process.once('SIGTERM', () => abort.abort());
  return {
    recorder,
    secrets: handover.secrets,
    sealingKey: await openSealingKey(handover),
    gateFiles: handover.gateFiles,
    openTables,
    signal: abort.signal,
  };
}

/** Lets the process end with a code by itself, and ends it where something that the step left (a timer, a socket) holds it. */
export function exitSoon(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), 500).unref();
}

/** Reads what travels beside the invocation from standard input. */
export async function readHandover(): Promise<Handover> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return chunks.length === 0
    ? { secrets: {}, sealingKey: null, gateFiles: null }
    : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Handover);
}

// What few steps need is loaded where one needs it: loading takes longer than everything else that an empty step does.
async function openSealingKey({ sealingKey }: Handover): Promise<SealingKey | null> {
  if (sealingKey === null) return null;
  const { createSealingKey } = await import('../../provenance/index.ts');
  return createSealingKey(Buffer.from(sealingKey, 'base64'));
}

async function openTables(invocation: Invocation): Promise<QueryEngine> {
  const { createDuckDb, engineShare } = await import('../../tables/index.ts');
  return await createDuckDb({
    tempDirectory: invocation.workDir,
    ...(invocation.limits.memoryBytes === undefined
      ? {}
      : { memoryLimitBytes: engineShare(invocation.limits.memoryBytes) }),
  });
}
