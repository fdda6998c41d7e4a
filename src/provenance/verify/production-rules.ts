/**
 * The rules about what happened in production: what was served, and what served data were compared with. Such a statement counts
 * where the log holds it, and each that is shown has to count; that each which the log holds is shown is a rule of its own.
 */
import type { Digest } from '../../encoding/index.ts';
import { deploymentPredicateType } from '../deployment-statement.ts';
import { monitoringWindowPredicateType } from '../monitoring-statement.ts';
import { finalClaim, isWhole, type RunCase } from './case.ts';
import { entriesOf } from './entries.ts';
import type { ExecutionClaim } from './evidence.ts';
import { artifacts, deploymentsLook, looks, ofStages, whole, windowsLook } from './rule-evidence.ts';
import type { Rule } from './rules.ts';

/** All of them. */
export const productionRules: readonly Rule[] = [
  {
    name: 'serving/packaged',
    says: 'whatever was served as this run’s model is a package that its packaging made',
    broken: (of) => [
      ...of.deployments.flatMap(({ packageDigest, specDigest, place }) => [
        ...(of.packages.includes(packageDigest)
          ? []
          : [
              `entry ${place} of the log: package ${shortened(packageDigest)} was served, which no packaging of this run made`,
            ]),
        ...ofAnotherDeclaration(of, specDigest, place),
      ]),
      ...uncounted(of, deploymentPredicateType, of.deployments),
    ],
    restsOn: looks(deploymentsLook, artifacts('outputs', ofStages('packaging'), 'Package')),
  },
  {
    name: 'monitoring/trained',
    says: 'whatever was watched was compared with the training part of this run, and its profile',
    broken: (of) => [
      ...of.windows.flatMap(({ datasetDigest, profileDigest, specDigest, place }) => [
        ...comparedWithOther(of, { datasetDigest, profileDigest, place }),
        ...ofAnotherDeclaration(of, specDigest, place),
      ]),
      ...uncounted(of, monitoringWindowPredicateType, of.windows),
    ],
    restsOn: looks(windowsLook, whole(ofStages('splitting', 'analysis'))),
  },
];

/** What a window was compared with, where that is none of the training parts or not its profile. */
function comparedWithOther(
  of: RunCase,
  window: { readonly datasetDigest: Digest; readonly profileDigest: Digest; readonly place: number },
): string[] {
  const { datasetDigest, profileDigest, place } = window;
  const parts = wholeOf(of, 'splitting').flatMap(({ outputs }) =>
    outputs.filter(({ port, type }) => port === 'train' && type === 'Dataset').map(({ digest }) => digest),
  );
  if (!parts.includes(datasetDigest))
    return [
      `entry ${place} of the log: compared with ${shortened(datasetDigest)}, which is no training part of this run`,
    ];
  const isProfile = profilesOf(of).some(
    ({ profile, dataset }) => profile === profileDigest && dataset === datasetDigest,
  );
  return isProfile
    ? []
    : [`entry ${place} of the log: ${shortened(profileDigest)} is not the profile of the training part`];
}

/** What analysis found, with the training part that it looked at. */
function profilesOf(of: RunCase): { readonly profile: Digest; readonly dataset: Digest | null }[] {
  return wholeOf(of, 'analysis').flatMap(({ inputs, outputs }) => {
    const dataset = inputs.find(({ port }) => port === 'train')?.digest ?? null;
    return outputs.filter(({ port }) => port === 'statistics').map(({ digest }) => ({ profile: digest, dataset }));
  });
}

function wholeOf(of: RunCase, stage: string): ExecutionClaim[] {
  const steps = (of.layout?.said.steps ?? []).filter((step) => step.stage === stage);
  return steps.map(({ name }) => finalClaim(of, name)).filter(isWhole);
}

function ofAnotherDeclaration({ layout }: RunCase, specDigest: string | null, place: number): string[] {
  return specDigest === layout?.said.spec.digest ? [] : [`entry ${place} of the log names another declaration`];
}

/** Statements of this run that are shown and do not count. */
function uncounted(of: RunCase, type: string, claims: readonly { readonly statement: Digest }[]): string[] {
  const counted = new Set(claims.map(({ statement }) => statement));
  return entriesOf(of)
    .filter(({ predicateType, statement }) => predicateType === type && of.shown.has(statement))
    .filter(({ statement }) => !counted.has(statement))
    .map(({ place }) => `entry ${place} of the log: no key that counts signed the statement, or it has not its form`);
}

function shortened(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
