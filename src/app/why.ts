import { formatInstant, type JsonObject } from '../encoding/index.ts';
import type { ExecutionRecord } from '../metadata/index.ts';
import {
  type CodeDifference,
  type CodeSet,
  codeReasons,
  compareIngredients,
  compareLocks,
  type KeyIngredients,
  programPrefix,
  type Reason,
} from '../pipeline/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './project-record.ts';
import { findStep, readRun, readSteps, withRecord } from './records.ts';
import { describeInDetail } from './why-details.ts';

/** Why one step of a run ran or was reused. */
export interface Explanation {
  readonly step: string;
  readonly state: string;
  readonly summary: string;
  readonly reasons: readonly string[];
}

const runsLookedAt = 20;

/** Explains a step of a run, by default of the newest one that has it, or all steps of a stage or loop. */
export async function explainStep(
  config: Config,
  question: { readonly step: string; readonly run: string | undefined },
): Promise<Explanation[]> {
  return await withRecord(config, async (record) => {
    const run = await readRun(record, question.run ?? (await newestRunWith(record, question.step)));
    const matches = run.steps.map((step) => step.execution).filter((execution) => isMeant(execution, question.step));
    if (matches.length === 0) return [await explain(record, findStep(run, question.step).execution)];
    return await Promise.all(matches.map((execution) => explain(record, execution)));
  });
}

/** The newest run in which a step occurs, where that is one of the newest; a command of `exec` may have come after it. */
async function newestRunWith(record: ProjectRecord, step: string): Promise<string> {
  for (const { id } of await record.metadata.listRuns({ limit: runsLookedAt })) {
    const executions = await record.metadata.executions(id);
    if (executions.some((execution) => isMeant(execution, step))) return id;
  }
  return 'latest';
}

function isMeant(execution: ExecutionRecord, name: string): boolean {
  return execution.step === name || execution.kind === name || execution.step.startsWith(`${name}[`);
}

async function explain(record: ProjectRecord, execution: ExecutionRecord): Promise<Explanation> {
  const { step, state } = execution;
  const { spec } = await record.metadata.getRun(execution.runId);
  const [before] = await record.metadata.previousExecutions(step, { spec, beforeMs: execution.startedAtMs, limit: 1 });
  const reasons = before === undefined ? [] : await differences(record, before, execution);
  if (state === 'CACHED') return await explainReuse(record, execution, { before, reasons });
  if (before === undefined)
    return { step, state, summary: `ran (${state}): no earlier execution of it that ended well is recorded`, reasons };
  const summary =
    reasons.length === 0
      ? `ran (${state}): nothing that is recorded differs from ${before.runId}; it was forced, may not be reused, or its outputs were gone`
      : `ran (${state}): compared with ${before.runId}`;
  return { step, state, summary, reasons };
}

/** From which run a result was taken and, where that is not the nearest one, what else is different there. */
async function explainReuse(
  record: ProjectRecord,
  execution: ExecutionRecord,
  { before, reasons }: { readonly before: ExecutionRecord | undefined; readonly reasons: readonly string[] },
): Promise<Explanation> {
  const { step, state } = execution;
  const original = await record.metadata.getExecution(execution.cachedFrom!);
  const from = `${original.runId} of ${formatInstant(original.startedAtMs)}`;
  const others = original.step === step ? '' : `, where the step is ${original.step}`;
  return {
    step,
    state,
    summary: `was reused: code, parameters, inputs and environment equal those of ${from}${others}`,
    reasons: reasons.map((reason) => `since ${before!.runId}: ${reason}`),
  };
}

async function differences(record: ProjectRecord, before: ExecutionRecord, after: ExecutionRecord): Promise<string[]> {
  const reasons = compareExecutions(await withCode(record, before), await withCode(record, after));
  if (reasons.length === 0) return [];
  const [left, right] = await readSteps(record, [before, after]);
  const compared = { before: left!, after: right! };
  return await Promise.all(reasons.map((reason) => describeInDetail(record, reason, compared)));
}

/** An execution that was reused has the code of the one that it stands for. */
async function withCode(record: ProjectRecord, execution: ExecutionRecord): Promise<ExecutionRecord> {
  if (execution.cachedFrom === null) return execution;
  const { files, absent } = codeOf(await record.metadata.getExecution(execution.cachedFrom));
  return { ...execution, code: { ...execution.code, files: { ...files }, absent: [...absent] } };
}

/** What differs between two executions: ingredients of the key, packages, code. */
export function compareExecutions(before: ExecutionRecord, after: ExecutionRecord): Reason[] {
  const ingredients = compareIngredients(ingredientsOf(before), ingredientsOf(after));
  const packages = compareLocks(lockOf(before), lockOf(after));
  const withoutDigest =
    packages.length === 0 ? ingredients : ingredients.filter((reason) => reason.what !== 'environment');
  return [...withoutDigest, ...packages, ...codeReasons(compareCodeSets(codeOf(before), codeOf(after)))];
}

/** What the static key of an execution was made from. */
export function ingredientsOf(execution: ExecutionRecord): KeyIngredients {
  return execution.code['ingredients'] as unknown as KeyIngredients;
}

function lockOf(execution: ExecutionRecord): JsonObject | null {
  return (execution.environment?.['lock'] as JsonObject | undefined) ?? null;
}

function codeOf(execution: ExecutionRecord): CodeSet {
  const code = execution.code as unknown as Partial<CodeSet>;
  return { files: code.files ?? {}, absent: code.absent ?? [] };
}

/** How the files that two executions loaded differ. Code that only one of them loaded counts as appeared or removed. */
function compareCodeSets(before: CodeSet, after: CodeSet): CodeDifference[] {
  const paths = [...new Set([...Object.keys(before.files), ...Object.keys(after.files)])].sort();
  return paths.flatMap((path): CodeDifference[] => {
    const [left, right] = [before.files[path], after.files[path]];
    // Which files of the product itself a step came to load says nothing; a file that changed does.
    if (left === right || (path.startsWith(programPrefix) && (left === undefined || right === undefined))) return [];
    return [{ path, change: left === undefined ? 'appeared' : right === undefined ? 'removed' : 'changed' }];
  });
}
