/** A run as exports see it, gathered from the record. Sealed content is never read; secrets are taken out of all text. */
import { type Digest, isDigest } from '../../encoding/index.ts';
import type { EnvironmentLock } from '../../environments/index.ts';
import type { RunView, StatementView, StepView } from '../../exports/index.ts';
import type { ExecutionRecord, RunRecord } from '../../metadata/index.ts';
import { layoutPredicateType } from '../../provenance/index.ts';
import type { Config } from '../config.ts';
import type { ProjectRecord } from '../project-record.ts';
import { lastAttempts, readJsonOutput, readSteps } from '../records.ts';
import type { SummaryGate } from '../summary.ts';
import { logOrigin } from '../transparency-log.ts';
import { programVersion } from '../version.ts';
import { type RunSources, readSources } from './run-sources.ts';
import { viewDeclared } from './view-declared.ts';
import { viewModels } from './view-models.ts';
import { viewParts } from './view-parts.ts';
import { type StepFacts, viewStep } from './view-steps.ts';
import { secretsOf, withoutSecrets } from './without-secrets.ts';

/**
 * Reads a run.
 * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS
 */
export async function readRunView(config: Config, record: ProjectRecord, name: string): Promise<RunView> {
  const sources = await readSources(record, name);
  const { recorded, spec } = sources;
  const { run } = recorded;
  const facts = await gatherStepFacts(sources);
  const steps = recorded.steps.map((step) => viewStep(step, facts));
  const parts = await viewParts(sources, steps);
  const statements = await record.metadata.runStatements(run.id);
  const layout = statements.find(({ predicateType }) => predicateType === layoutPredicateType);
  return withoutSecrets(secretsOf(config, spec.secrets ?? []), {
    ...identityOf(run),
    ...viewDeclared(spec),
    steps: withStatistics(steps, parts),
    parts,
    models: await viewModels(sources, steps, parts),
    gates: await readGates(sources),
    environments: environmentsOf(recorded.steps.map(({ execution }) => execution)),
    layout: layout === undefined ? null : { digest: layout.digest, logIndex: layout.logPlace },
    log: statements.length === 0 ? null : await logOrigin(config),
    signers: signersOf(statements.map(({ signatures }) => signatures)),
  });
}

function identityOf(
  run: RunRecord,
): Omit<
  RunView,
  | keyof ReturnType<typeof viewDeclared>
  | 'steps'
  | 'parts'
  | 'models'
  | 'gates'
  | 'environments'
  | 'layout'
  | 'log'
  | 'signers'
> {
  const { details } = run;
  return {
    id: run.id,
    name: run.spec,
    state: run.state,
    verb: typeof details['verb'] === 'string' ? details['verb'] : 'run',
    startedAtMs: run.startedAtMs,
    endedAtMs: run.endedAtMs,
    specDigest: run.specDigest,
    planDigest: run.planDigest,
    recordDigest: isDigest(details['record']) ? details['record'] : null,
    git: run.git,
    program: { name: 'mlspec', version: programVersion },
  };
}

async function gatherStepFacts({ record, recorded, plan }: RunSources): Promise<StepFacts> {
  const own = await record.metadata.statements(recorded.run.id);
  const reused = [...new Set(recorded.steps.flatMap(({ execution }) => execution.cachedFrom ?? []))];
  const originals = await readSteps(record, await Promise.all(reused.map((id) => record.metadata.getExecution(id))));
  return {
    plan: new Map((plan?.steps ?? []).map((step) => [step.name, step])),
    statements: new Map(
      own.map(({ executionId, digest, logPlace }): [string, StatementView] => [
        executionId,
        { digest, logIndex: logPlace },
      ]),
    ),
    originals: new Map(originals.map(({ execution }) => [execution.id, execution])),
    madeBy: new Map(
      recorded.steps.flatMap(({ execution, outputs }) =>
        outputs.map(({ port, artifact }): [string, { step: string; port: string }] => [
          artifact.id,
          { step: execution.step, port },
        ]),
      ),
    ),
  };
}

/** What was found of the parts stands at every mention of them. */
function withStatistics(steps: readonly StepView[], parts: RunView['parts']): StepView[] {
  const known = new Map(parts.map(({ artifact }) => [artifact.digest, artifact]));
  const fill = (list: StepView['inputs']): StepView['inputs'] =>
    list.map((one) => {
      const { columns, rowCount, statistics } = known.get(one.digest) ?? one;
      return { ...one, columns, rowCount, statistics };
    });
  return steps.map((step) => ({ ...step, inputs: fill(step.inputs), outputs: fill(step.outputs) }));
}

async function readGates({ record, recorded }: RunSources): Promise<RunView['gates']> {
  const testing = [...lastAttempts(recorded).values()].filter(({ execution }) => execution.kind === 'testing');
  const verdicts = await Promise.all(
    testing.map((step) => readJsonOutput<SummaryGate>(record, step, 'verdict').catch(() => null)),
  );
  return verdicts.flatMap((one) =>
    one === null ? [] : [{ name: one.gate, verdict: one.verdict, reliability: one.reliability, says: one.says }],
  );
}

function environmentsOf(executions: readonly ExecutionRecord[]): RunView['environments'] {
  const environments: Record<Digest, RunView['environments'][Digest]> = {};
  for (const { environment } of executions) {
    const digest = environment?.['digest'];
    const lock = environment?.['lock'] as Partial<EnvironmentLock> | undefined;
    if (!isDigest(digest) || lock?.packages === undefined) continue;
    environments[digest] = {
      python: lock.python ?? '',
      packages: Object.entries(lock.packages).map(([name, version]) => ({ name, version })),
    };
  }
  return environments;
}

function signersOf(signatures: readonly (readonly { readonly keyid?: string }[])[]): string[] {
  return [...new Set(signatures.flatMap((list) => list.flatMap(({ keyid }) => keyid ?? [])))];
}
