/**
 * The statements of a run that verification accepts, each with what it names: what somebody may be shown as evidence, by
 * digest, signer and place in the log. What no key signed whose signature counts, and what no checked log holds, is not
 * here. Whether the run as a whole is good is said by `verifyRun` alone.
 */
import type { Digest } from '../../encoding/index.ts';
import { member, text } from '../json-members.ts';
import type { Trust } from '../keys/trust.ts';
import { approvedProperty, promotedProperty } from '../verdict-statement.ts';
import { finalClaim, isWhole, openCase, type RunCase, type RunEvidence } from './case.ts';
import { digestNamed, type Opened } from './evidence.ts';
import { assertionOf } from './findings.ts';
import type { VerdictClaim } from './verdicts.ts';

/** Something that a statement names. */
export interface NamedDigest {
  /** As the statement names it: `output/train`, `code/train.py`, `environment/…`. */
  readonly name: string;
  readonly digest: Digest;
  /** The type of an artifact, such as `Model`; null where it has none. */
  readonly type: string | null;
}

/** One statement, opened. */
export interface AcceptedStatement {
  readonly kind:
    | 'layout'
    | 'objectives'
    | 'execution'
    | 'finding'
    | 'end'
    | 'registration'
    | 'approval'
    | 'deployment'
    | 'window'
    | 'reference';
  readonly digest: Digest;
  /** Ids of the keys that signed and count. */
  readonly signedBy: readonly string[];
  /** Its place in the log. */
  readonly place: number;
  /** Of an execution or of what it found. */
  readonly step: string | null;
  readonly stage: string | null;
  /** What it is about. */
  readonly subjects: readonly NamedDigest[];
  /** Of an execution: what it was made from. */
  readonly materials: readonly NamedDigest[];
  /** Null for what was said when the run had ended. */
  readonly predicate: unknown;
}

/** What counts of everything that is presented for a run, in the order of a lifecycle. Never throws. */
export function acceptedStatements(evidence: RunEvidence, trust: Trust): AcceptedStatement[] {
  const of = openCase(evidence, trust);
  return [
    ...told(of.layout?.opened, 'layout'),
    ...(of.commitment === null ? [] : told(of.commitment, 'objectives')),
    ...(of.layout?.said.steps ?? []).flatMap(({ name, stage, attests }) => {
      const claim = finalClaim(of, name);
      if (!isWhole(claim)) return [];
      const findings = attests.flatMap((type) => assertionOf(of, claim, type) ?? []);
      const at = { step: name, stage };
      return [...told(claim, 'execution', at), ...findings.flatMap((one) => told(one, 'finding', at))];
    }),
    ...told(of.end?.opened, 'end'),
    // One key may have several roles: what counts is what it said.
    ...of.registrations.filter(says(promotedProperty)).flatMap((claim) => toldLater(claim, 'registration')),
    ...of.approvals.filter(says(approvedProperty)).flatMap((claim) => toldLater(claim, 'approval')),
    ...deploymentsOf(of),
    ...windowsOf(of),
    ...referencesOf(of),
  ];
}

function told(
  opened: Opened | undefined,
  kind: AcceptedStatement['kind'],
  at: { readonly step: string | null; readonly stage: string | null } = { step: null, stage: null },
): AcceptedStatement[] {
  if (opened === undefined || opened.place === null) return [];
  const { digest, signedBy, place, statement } = opened;
  const materials = member(member(statement.predicate, 'buildDefinition'), 'resolvedDependencies');
  return [
    {
      ...{ kind, digest, signedBy, place, ...at, predicate: statement.predicate },
      subjects: namedIn(statement.subject),
      materials: namedIn(Array.isArray(materials) ? materials : []),
    },
  ];
}

function says(property: string): (claim: VerdictClaim) => boolean {
  return ({ properties }) => properties.includes(property);
}

function toldLater(claim: VerdictClaim, kind: 'registration' | 'approval'): AcceptedStatement[] {
  const { statement, signedBy, place, model, packageDigest, properties, note } = claim;
  if (place === null) return [];
  return [
    {
      ...{ kind, digest: statement, signedBy, place, step: null, stage: null, materials: [] },
      subjects: [{ name: model, digest: packageDigest, type: 'Package' }],
      predicate: { properties, note },
    },
  ];
}

function deploymentsOf({ run, deployments }: RunCase): AcceptedStatement[] {
  return deployments.map(({ statement, model, packageDigest, startedOn, signedBy, place }) => ({
    ...{ kind: 'deployment', digest: statement, signedBy, place, step: null, stage: null, materials: [] },
    subjects: [{ name: model ?? `package/${run}`, digest: packageDigest, type: 'Package' }],
    predicate: { startedOn },
  }));
}

function windowsOf({ windows }: RunCase): AcceptedStatement[] {
  return windows.map(({ statement, signedBy, place, datasetDigest, profileDigest, ...said }) => ({
    ...{ kind: 'window', digest: statement, signedBy, place, step: null, stage: null, materials: [] },
    subjects: [
      { name: 'train', digest: datasetDigest, type: 'Dataset' },
      { name: 'statistics', digest: profileDigest, type: 'Statistics' },
    ],
    predicate: said,
  }));
}

function referencesOf({ references }: RunCase): AcceptedStatement[] {
  return references.flatMap(({ statement, name, digest, mediaType, signedBy, place }): AcceptedStatement[] =>
    place === null
      ? []
      : [
          {
            ...{ kind: 'reference', digest: statement, signedBy, place, step: null, stage: null, materials: [] },
            subjects: [{ name, digest, type: mediaType }],
            predicate: null,
          },
        ],
  );
}

function namedIn(resources: readonly unknown[]): NamedDigest[] {
  return resources.flatMap((resource) => {
    const [name, digest] = [text(member(resource, 'name')), digestNamed(resource)];
    const type = text(member(member(resource, 'annotations'), 'mlspec_type'));
    return name === null || digest === null ? [] : [{ name, digest, type }];
  });
}
