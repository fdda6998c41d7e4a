/** What a governance report is a function of, gathered from record, log and trusted keys. */
import { type JsonValue, now } from '../../encoding/index.ts';
import type { GovernanceFacts, VerificationView } from '../../exports/index.ts';
import { redactJson } from '../../pipeline/local/index.ts';
import { readTrust } from '../../provenance/keys/index.ts';
import {
  type AcceptedStatement,
  acceptedStatements,
  type RunVerdict,
  verifyRun,
} from '../../provenance/verify/index.ts';
import type { PackagedVersion } from '../../registry/index.ts';
import type { Config } from '../config.ts';
import { readRunView } from '../export/read-run-view.ts';
import { readSources } from '../export/run-sources.ts';
import { secretsOf } from '../export/without-secrets.ts';
import { findVersion } from '../find-version.ts';
import { approvalsNeeded } from '../package-verdicts.ts';
import type { ProjectRecord } from '../project-record.ts';
import { presentRun } from '../verify.ts';
import { viewLog } from '../view-log.ts';

/** The facts, and what they are about in words. */
export interface AboutRun {
  readonly facts: GovernanceFacts;
  readonly about: string;
}

/** Reads what a report about a run says. @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS */
export async function readAboutRun(config: Config, record: ProjectRecord, name: string): Promise<AboutRun> {
  const { id } = await record.metadata.getRun(name);
  const facts = await readFacts(config, record, { run: id, version: null });
  return { facts, about: `${facts.run.name}, ${id}` };
}

/**
 * Reads what a report about a registered version says; of a run where no model is called so.
 * @param name `MODEL`, `MODEL/VERSION`, `MODEL/ALIAS` or a run
 * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS, REGISTRY_VERSION_UNKNOWN
 */
export async function readAboutModel(config: Config, record: ProjectRecord, name: string): Promise<AboutRun> {
  const version = await findVersion(record.metadata.database, name);
  if (version === null) return await readAboutRun(config, record, name);
  const facts = await readFacts(config, record, { run: version.runId, version });
  return { facts, about: `${version.model}/${version.version}` };
}

async function readFacts(
  config: Config,
  record: ProjectRecord,
  of: { readonly run: string; readonly version: PackagedVersion | null },
): Promise<GovernanceFacts> {
  const { version } = of;
  const trust = await readTrust(config.keysDir);
  const presented = await presentRun(record, of.run, await viewLog(config, trust));
  const verdict = await verifyRun(presented, {
    trust,
    nowMs: now(),
    checkArtifact: ({ digest, kind }) => record.artifacts.verify(digest, { kind }),
  });
  const evidence = acceptedStatements(presented, trust);
  const run = await readRunView(config, record, of.run);
  const { spec } = await readSources(record, of.run);
  const secrets = secretsOf(config, spec.secrets ?? []);
  return {
    run,
    models: run.models.filter(({ artifact }) => version === null || artifact.digest === version.packageDigest),
    version: version === null ? null : `${version.model}/${version.version}`,
    approvalsNeeded: approvalsNeeded(trust),
    declared: redactJson(spec, secrets),
    evidence: evidence.map((one) => ({ ...one, predicate: redactJson(one.predicate as JsonValue, secrets) })),
    verification: viewVerification(verdict),
    erased: erasedIn(evidence, verdict),
  };
}

function viewVerification({ isGood, rules, reached, caveats }: RunVerdict): VerificationView {
  const broken = rules.filter(({ holds }) => !holds);
  return {
    isGood,
    broken: broken.map(({ rule, says, broken: by }) => ({ rule, says, by })),
    ...{ level: reached.level, next: reached.next, missing: reached.missing },
    caveats,
  };
}

/** Verification names erased content by step and port. */
function erasedIn(evidence: readonly AcceptedStatement[], { erased }: RunVerdict): GovernanceFacts['erased'] {
  const names = new Set(erased);
  return new Set(
    evidence
      .filter(({ kind }) => kind === 'execution')
      .flatMap(({ step, subjects }) =>
        subjects.filter(({ name }) => names.has(`${step}/${name.split('/')[1]}`)).map(({ digest }) => digest),
      ),
  );
}
