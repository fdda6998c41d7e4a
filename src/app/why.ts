import type { JsonObject } from '../encoding/index.ts';
import type { ExecutionRecord } from '../metadata/index.ts';
import {
  type CodeDifference,
  type CodeSet,
  codeReasons,
  compareIngredients,
  compareLocks,
  describeReason,
  type KeyIngredients,
  type Reason,
} from '../pipeline/index.ts';
import type { Config } from './config.ts';
import type { ProjectRecord } from './engine.ts';
import { readRun, withRecord } from './records.ts';

/** Why one step of a run ran or was reused. */
export interface Explanation {
  readonly step: string;
  readonly state: string;
  readonly summary: string;
  readonly reasons: readonly string[];
}

/** Explains a step, or all steps of a stage or loop, of a run. */
export async function explainStep(
  config: Config,
  question: { readonly step: string; readonly run: string },
): Promise<Explanation[]> {
  return await withRecord(config, async (record) => {
    const run = await readRun(record, question.run);
    const matches = run.steps.map((step) => step.execution).filter((execution) => isMeant(execution, question.step));
    if (matches.length === 0) {
      const { findStep } = await import('./records.ts');
      return [await explain(record, findStep(run, question.step).execution)];
    }
    return await Promise.all(matches.map((execution) => explain(record, execution)));
  });
}

function isMeant(execution: ExecutionRecord, name: string): boolean {
  return execution.step === name || execution.kind === name || execution.step.startsWith(`${name}[`);
}

async function explain(record: ProjectRecord, execution: ExecutionRecord): Promise<Explanation> {
  const { step, state } = execution;
  if (state === 'CACHED') {
    const original = await record.metadata.getExecution(execution.cachedFrom!);
    return {
      step,
      state,
      summary: `was reused: code, parameters, inputs and environment equal those of ${original?.runId ?? execution.cachedFrom}`,
      reasons: [],
    };
  }
  const { spec } = await record.metadata.getRun(execution.runId);
  const [before] = await record.metadata.previousExecutions(step, { spec, beforeMs: execution.startedAtMs, limit: 1 });
  if (before === undefined)
    return { step, state, summary: `ran (${state}): no earlier execution of it is recorded`, reasons: [] };
  const reasons = compareExecutions(await withCode(record, before), execution).map(describeReason);
  const summary =
    reasons.length === 0
      ? `ran (${state}): nothing that is recorded differs from ${before.runId}; it was forced, or may not be reused`
      : `ran (${state}): compared with ${before.runId}`;
  return { step, state, summary, reasons };
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
    packages.length === 0 ? ingredients : ingredients.filter((reason) => reason.name !== 'environment');
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
    if (left === right) return [];
    return [{ path, change: left === undefined ? 'appeared' : right === undefined ? 'removed' : 'changed' }];
  });
}
