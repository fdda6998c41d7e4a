import type { Digest } from '../../encoding/index.ts';
import { provenancePredicateType, type Statement } from '../../provenance/index.ts';

/** Content that a step left, as its statement names it. */
export interface RecordedOutput {
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
  readonly type: string;
}

/** What the statement of a step's end says of what it read and left. */
export interface RecordedStep {
  readonly state: string;
  /** By port, with the place behind it where one port left several. */
  readonly outputs: ReadonlyMap<string, RecordedOutput>;
  /** Files of the project that it declares to read, sources among them: path and digest. */
  readonly files: ReadonlyMap<string, Digest>;
  /** The environment that it ran in. */
  readonly environment: Digest | null;
  /** The version of the program that carried it out. */
  readonly program: string | null;
  /** Digest of the plan that it belongs to. */
  readonly plan: Digest;
}

interface ProvenanceShape {
  readonly buildDefinition: {
    readonly externalParameters: { readonly step: string };
    readonly internalParameters: { readonly mlspec_plan: Digest };
    readonly resolvedDependencies: Statement['subject'];
  };
  readonly mlspec_outcome: { readonly state: string };
  readonly runDetails: {
    readonly builder: { readonly version?: { readonly mlspec?: string } };
    readonly metadata: { readonly mlspec_run: string };
  };
}

/** The last end of each step of a run, out of the bodies of statements whose signatures were checked before. */
export function recordedSteps(bodies: readonly string[], run: string): Map<string, RecordedStep> {
  const steps = new Map<string, RecordedStep>();
  for (const body of bodies) {
    const statement = JSON.parse(body) as Statement;
    if (statement.predicateType !== provenancePredicateType) continue;
    const said = statement.predicate as unknown as ProvenanceShape;
    if (said.runDetails.metadata.mlspec_run !== run) continue;
    steps.set(said.buildDefinition.externalParameters.step, readStep(statement, said));
  }
  return steps;
}

function readStep({ subject }: Statement, said: ProvenanceShape): RecordedStep {
  const read = said.buildDefinition.resolvedDependencies;
  return {
    state: said.mlspec_outcome.state,
    outputs: new Map(
      named(subject, 'output/').map(([name, one]) => [
        name,
        {
          digest: digestOf(one),
          kind: one.annotations?.['mlspec_kind'] === 'tree' ? 'tree' : 'file',
          type: String(one.annotations?.['mlspec_type'] ?? ''),
        },
      ]),
    ),
    files: new Map(named(read, 'external/file:').map(([path, one]) => [path, digestOf(one)])),
    environment: named(read, 'environment/').map(([, one]) => digestOf(one))[0] ?? null,
    program: said.runDetails.builder.version?.mlspec ?? null,
    plan: said.buildDefinition.internalParameters.mlspec_plan,
  };
}

type Named = Statement['subject'][number];

function named(resources: readonly Named[], prefix: string): [name: string, resource: Named][] {
  return resources.flatMap((one): [string, Named][] =>
    one.name.startsWith(prefix) && one.digest['sha256'] !== undefined ? [[one.name.slice(prefix.length), one]] : [],
  );
}

function digestOf({ digest }: Named): Digest {
  return `sha256:${digest['sha256']!}` as Digest;
}
