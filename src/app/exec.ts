import { existsSync } from 'node:fs';
import { type CodeSet, pythonPrefix, type RunResult, type StepOutcome } from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { collectingExecutor, restoreOutputs } from './exec-outputs.ts';
import { type ExecPlan, type ExecRequest, planCommand, specOf } from './exec-plan.ts';
import { type KeptInput, keepInput } from './exec-stdin.ts';
import { gitState } from './project.ts';
import { openRecordToStore, type ProjectRecord } from './project-record.ts';
import { runUndeclared } from './run-undeclared.ts';

/** How a recorded command ended. */
export interface ExecResult {
  readonly runId: string;
  readonly name: string;
  readonly state: RunResult['state'];
  /** Whether an earlier result was taken and its outputs were laid down again. */
  readonly isReused: boolean;
  /** Of the command; 0 where it was reused, null where it was killed or never started. */
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly outputs: Readonly<Record<string, { readonly digest: string; readonly sizeBytes: number }>>;
  readonly code: ExecCode;
  readonly error: StepOutcome['error'];
}

/** The code that is known of a command. */
export interface ExecCode {
  readonly files: readonly string[];
  /** Whether Python ran in it, whose code is found out; of everything else only named files are known. */
  readonly isWatched: boolean;
}

/**
 * Runs a command as a run of one step: its inputs, its script, its parameters and the Python that it runs in are its key,
 * what it leaves at its declared outputs is kept. An equal command is not run again.
 * @throws PlatformError EXEC_INPUT_MISSING, CLI_USAGE
 */
export async function execCommand(given: Config, request: ExecRequest): Promise<ExecResult> {
  const stdin = request.inputs.includes('-') ? await keepInput(request.stdin, request.signal) : null;
  try {
    return await execGiven(given, request, stdin);
  } finally {
    await stdin?.remove();
  }
}

async function execGiven(given: Config, request: ExecRequest, stdin: KeptInput | null): Promise<ExecResult> {
  const config: Config = { ...given, projectRoot: process.cwd() };
  const planned = await planCommand(config, request, stdin?.digest ?? null);
  const { declared } = planned;
  const projectRoot = existsSync(given.specFile) ? given.projectRoot : null;
  const record = await openRecordToStore(config);
  try {
    const { result, exitCode } = await carryOut(config, { ...planned, record, request, projectRoot, stdin });
    const [outcome] = result.outcomes;
    const isReused = outcome!.state === 'cached';
    if (isReused) await restoreOutputs(record.artifacts, { declared, outcome: outcome!, root: config.projectRoot });
    return {
      runId: result.runId,
      name: planned.plan.name,
      state: result.state,
      isReused,
      exitCode: isReused ? 0 : exitCode,
      durationMs: result.durationMs,
      outputs: Object.fromEntries(
        Object.entries(outcome!.outputs).map(([port, { digest, sizeBytes }]) => [
          declared.paths[port] ?? port,
          { digest, sizeBytes },
        ]),
      ),
      code: await knownCode(record, outcome!),
      error: outcome!.error,
    };
  } finally {
    await record.close();
  }
}

/** The code that the record holds of a command, or of the earlier one that was reused. */
async function knownCode({ metadata }: ProjectRecord, { executionId }: StepOutcome): Promise<ExecCode> {
  if (executionId === null) return { files: [], isWatched: false };
  const execution = await metadata.getExecution(executionId);
  const { cachedFrom } = execution;
  const { code, environment } = cachedFrom === null ? execution : await metadata.getExecution(cachedFrom);
  const paths = Object.keys((code as unknown as CodeSet).files);
  const files = paths.filter((path) => !path.startsWith(pythonPrefix));
  return { files, isWatched: files.length < paths.length || (environment !== null && files.length > 0) };
}

interface ExecWork extends ExecPlan {
  readonly stdin: KeptInput | null;
  readonly record: ProjectRecord;
  readonly request: ExecRequest;
  /** Of the declared project that the command is given in; null: its folder is only the place of a command. */
  readonly projectRoot: string | null;
}

async function carryOut(config: Config, work: ExecWork): Promise<{ result: RunResult; exitCode: number | null }> {
  const { plan, record, request, declared, code, projectRoot } = work;
  let exitCode: number | null = null;
  const result = await runUndeclared(config, {
    ...{ plan, record, projectRoot },
    description: {
      spec: specOf(plan),
      params: plan.steps[0]!.params,
      git: await gitState(config.projectRoot),
      verb: 'exec',
    },
    isForced: request.isForced,
    trackerEdge: request.trackerEdge,
    signal: request.signal,
    onEvent: request.onEvent,
    executorOver: (inner) =>
      collectingExecutor(inner, {
        argv: request.argv,
        declared,
        code,
        stdinPath: work.stdin?.path ?? null,
        onExit: (code) => {
          exitCode = code;
        },
      }),
  });
  return { result, exitCode };
}
