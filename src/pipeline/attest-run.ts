import type { Digest } from '../encoding/index.ts';
import type { StatementEnd } from '../metadata/index.ts';
import {
  type EndedStep,
  layoutPredicateType,
  layoutStatement,
  objectivesPredicateType,
  objectivesStatement,
  type RunEnd,
  runEndPredicateType,
  runEndStatement,
} from '../provenance/index.ts';
import { compileLayout, isGateStep } from './compile-layout.ts';
import type { RunContext } from './run-context.ts';

/** Signs and logs what the run has to be, before its first step. @returns the digest of that statement */
export async function attestLayout(context: RunContext, atMs: number): Promise<Digest> {
  const { plan, runId, services } = context;
  const functionaries = await services.functionaries();
  const statement = layoutStatement(compileLayout(plan, { id: runId, atMs, functionaries }));
  const signed = await services.signStatement(statement, 'owner');
  await services.metadata.putRunStatement({ runId, predicateType: layoutPredicateType }, signed);
  await commitObjectives(context, atMs);
  return statement.digest;
}

/** Where gates will judge: what they hold models to, before anything is measured. */
async function commitObjectives({ plan, runId, services }: RunContext, atMs: number): Promise<void> {
  const gates = plan.steps.filter(isGateStep);
  if (gates.length === 0) return;
  const run = { id: runId, spec: { name: plan.name, digest: plan.specDigest } };
  const statement = objectivesStatement(
    run,
    gates.map(({ name, params }) => ({ step: name, params })),
    atMs,
  );
  const signed = await services.signStatement(statement, 'owner');
  await services.metadata.putRunStatement({ runId, predicateType: objectivesPredicateType }, signed);
}

/** Signs and logs what the run came to: every statement of it, by digest, and what was skipped. */
export async function attestRunEnd(
  context: RunContext,
  end: Pick<RunEnd, 'layout' | 'state' | 'record' | 'params' | 'endedAtMs'>,
): Promise<void> {
  const { plan, runId, services, outcomes } = context;
  const statements = await services.metadata.statementEnds(runId);
  const steps = plan.steps.map(({ name }): EndedStep => {
    const outcome = outcomes.get(name);
    return {
      step: name,
      attempts: statements.filter(({ step }) => step === name).map(toAttempt),
      skipped: outcome?.state === 'skipped' ? outcome.reason : null,
    };
  });
  const found = (await services.metadata.runStatements(runId)).filter(({ executionId }) => executionId !== null);
  const assertions = found.map(({ digest }) => digest);
  const signed = await services.signStatement(runEndStatement({ run: runId, ...end, steps, assertions }), 'runner');
  await services.metadata.putRunStatement({ runId, predicateType: runEndPredicateType }, signed);
}

function toAttempt({ state, digest }: StatementEnd): EndedStep['attempts'][number] {
  return { state, statement: digest };
}
