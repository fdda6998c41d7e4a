import { type Digest, digestJson, type JsonObject } from '../encoding/index.ts';
import type { Plan, PublishedOutput, RegisteredBaseline, RunResult } from '../pipeline/index.ts';
import type { Trust } from '../provenance/keys/index.ts';
import { openRegistry } from '../registry/index.ts';
import type { PinnedBaselines, VersionFacts } from './baselines.ts';
import { approvalsNeeded, productionAlias, stateRegistration } from './package-verdicts.ts';
import type { ProjectRecord } from './project-record.ts';
import type { Signing } from './signing.ts';
import { trackedRunId } from './tracked-run-id.ts';

const maximumFileBytes = 16 * 1024 * 1024;

/** What was carried out by a release. */
export interface ReleasedPlan {
  readonly plan: Plan;
  /** The name under which the package is registered. */
  readonly model: string;
  readonly baselines: PinnedBaselines;
}

/** A version that was registered. */
export interface RegisteredVersion {
  /** `1.2.3`. */
  readonly version: string;
  /** How many approvals it waits for before it is the production version; 0: it is. */
  readonly waitsFor: number;
}

/**
 * Registers the package of a finished release under the model's name, states that, and makes it the production version,
 * unless it takes approvals to be that. The version is
 * derived: MAJOR where the signature of inputs or outputs differs from the latest version's, else MINOR where a gate
 * told that the model passed a comparison with a registered one, else PIPELINE; the same package registers nothing new.
 *
 * @returns null where the run made no package
 */
export async function registerPackage(
  record: ProjectRecord,
  planned: ReleasedPlan,
  { result, signing, trust }: { readonly result: RunResult; readonly signing: Signing; readonly trust: Trust },
): Promise<RegisteredVersion | null> {
  const packaged = outputOf(result, 'packaging', 'package');
  if (result.state !== 'COMPLETE' || packaged === undefined) return null;
  const signature = await readPackageSignature(record, packaged.digest);
  const registry = await openRegistry(record.metadata.database);
  const facts = versionFactsOf(planned, result);
  const { version, isNew } = await registry.registerPackage({
    model: planned.model,
    packageDigest: packaged.digest,
    artifactId: packaged.artifactId,
    runId: result.runId,
    trackedRunId: trackedRunId(result.runId),
    signature,
    properties: { ...facts },
    passedComparison: (latest) =>
      facts?.identity !== latest?.properties['identity'] &&
      result.outcomes.some((outcome) => outcome.stage === 'testing' && outcome.values['passed_comparison'] === true),
  });
  await stateRegistration(record, version, { signing, trust, gates: gatesPassed(result) });
  const needed = Math.max(approvalsNeeded(trust), await registry.approvalsFor(planned.model, productionAlias));
  const waitsFor = isNew ? needed : 0;
  if (needed === 0) await registry.setAlias(planned.model, productionAlias, version.version);
  return { version: version.version, waitsFor };
}

function gatesPassed({ outcomes }: RunResult): string[] {
  const passed = outcomes.filter(({ stage, values }) => stage === 'testing' && values['verdict'] === 'pass');
  return passed.map(({ step }) => step.replace(/^testing\//, ''));
}

function outputOf(result: RunResult, step: string, port: string): PublishedOutput | undefined {
  return result.outcomes.find((outcome) => outcome.step === step)?.outputs[port];
}

/** What a later release must know of this one; null where the run was not a whole one. */
function versionFactsOf(planned: ReleasedPlan, result: RunResult): VersionFacts | null {
  const [model, transform] = [outputOf(result, 'training', 'model'), outputOf(result, 'transformation', 'transform')];
  const splitting = planned.plan.steps.find((step) => step.name === 'splitting');
  const split = outputOf(result, 'splitting', 'split');
  if (model === undefined || transform === undefined || splitting === undefined || split === undefined) return null;
  const identity = digestJson({ model: model.digest, transform: transform.digest });
  const outputs = result.outcomes.find((outcome) => outcome.step === splitting.name)!.outputs;
  const comparedWith = ({ identity: own, before, package: pinned }: RegisteredBaseline): Digest | null =>
    own === identity ? (before?.package.digest ?? null) : pinned.digest;
  return {
    identity,
    split: { digest: split.digest, params: splitting.params },
    parts: Object.values(outputs)
      .filter((output) => output.type === 'Dataset')
      .map((output) => output.artifactId),
    against: Object.fromEntries(
      Object.entries(planned.baselines.registered).map(([name, registered]) => [name, comparedWith(registered)]),
    ),
  };
}

/** The columns that a package takes and answers, from its MLmodel file, which packaging writes as JSON. */
export async function readPackageSignature(
  record: ProjectRecord,
  digest: Parameters<ProjectRecord['artifacts']['entries']>[0],
): Promise<JsonObject> {
  const file = (await record.artifacts.entries(digest)).find((entry) => entry.path === 'MLmodel');
  if (file === undefined) return {};
  const text = (await record.artifacts.read(file.digest, { maxBytes: maximumFileBytes })).toString('utf8');
  const document = JSON.parse(text) as { signature?: JsonObject } | null;
  return document?.signature ?? {};
}
