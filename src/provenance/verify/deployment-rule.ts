/**
 * The rule about what was served. A deployment counts where the log holds it; and each that the log holds has to be shown, so
 * that taking a wrong one away mends nothing.
 */
import type { RunCase } from './case.ts';
import type { Rule } from './rules.ts';

/** The rule that what is served is what packaging made. */
export const deploymentRule: Rule = {
  name: 'serving/packaged',
  says: 'whatever was served as this run’s model is a package that its packaging made',
  broken: (of) => [...ofAnother(of), ...unshown(of)],
};

function ofAnother({ deployments, packages, layout }: RunCase): string[] {
  return deployments.flatMap(({ packageDigest, specDigest, place }) => [
    ...(packages.includes(packageDigest)
      ? []
      : [
          `entry ${place} of the log: package ${packageDigest.slice(7, 19)} was served, which no packaging of this run made`,
        ]),
    ...(specDigest === layout?.said.spec.digest ? [] : [`entry ${place} of the log names another declaration`]),
  ]);
}

function unshown({ deployments, deploymentsLogged, packages }: RunCase): string[] {
  if (deploymentsLogged === null)
    return packages.length === 0
      ? []
      : ['the entries of the log are not those of its tiles: what was served is not known'];
  const shown = new Set(deployments.map(({ statement }) => statement));
  return deploymentsLogged
    .filter((digest) => !shown.has(digest))
    .map(
      (digest) => `the log holds the deployment ${digest.slice(7, 19)}, and no statement that counts is shown for it`,
    );
}
