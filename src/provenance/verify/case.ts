/** A run whose statements were opened: what every rule looks at. */
import type { Digest } from '../../encoding/index.ts';
import { isRevoked, keysFor, type LogPlace, type Trust, thresholdOf } from '../keys/trust.ts';
import {
  type EndedStep,
  type Functionary,
  type Layout,
  layoutPredicateType,
  type RunEnd,
  runEndPredicateType,
} from '../layout/layout.ts';
import { readLayout, readRunEnd } from '../layout/read-layout.ts';
import type { Verifier } from '../signer.ts';
import { openAgreements } from './agreements.ts';
import { type DeploymentClaim, readDeployment } from './deployments.ts';
import { readErasure } from './erasures.ts';
import {
  type AssertionClaim,
  type CommitmentClaim,
  type ExecutionClaim,
  type Opened,
  openStatement,
  type Presented,
  presentedDigest,
  readAssertion,
  readCommitment,
  readExecution,
} from './evidence.ts';
import { isLater } from './later.ts';
import { type ReferenceClaim, readReference } from './references.ts';
import { readVerdict, type VerdictClaim } from './verdicts.ts';
import { readWindow, type WindowClaim } from './windows.ts';

/** Everything that is presented for a run. */
export interface RunEvidence {
  readonly run: string;
  /** The name of the log whose places are given; null where there is none whose checkpoint a trusted key signed. */
  readonly origin: string | null;
  /** Ids of trusted keys of witnesses that signed the checkpoint too. */
  readonly witnesses: readonly string[];
  /** Statements beside those of executions: its layout, objectives and end, and what its steps found. */
  readonly about: readonly Presented[];
  /** Statements of its executions. */
  readonly executions: readonly Presented[];
  /** Statements of executions of other runs whose results it reused, and what these found. */
  readonly originals: readonly Presented[];
  /**
   * Digests of the statements of deployments that the log holds and that are of this run, or of nobody knows which. Null: the
   * log was asked and cannot tell. Left out where no whole log is at hand, as in an export, whose signature closes the list.
   */
  readonly deploymentsLogged?: readonly Digest[] | null;
  /** The same of windows of production. */
  readonly windowsLogged?: readonly Digest[] | null;
}

/** The same, opened. What nobody trusted signed is counted, and otherwise not there. */
export interface RunCase {
  readonly run: string;
  readonly origin: string | null;
  readonly witnesses: readonly string[];
  /** Whether they are as many as the user asks for, and at least one. */
  readonly isWitnessed: boolean;
  readonly layout: { readonly opened: Opened; readonly said: Layout } | null;
  readonly end: { readonly opened: Opened; readonly said: RunEnd } | null;
  readonly executions: readonly ExecutionClaim[];
  readonly originals: ReadonlyMap<Digest, ExecutionClaim>;
  /** What the owner committed to; null where no owner did. */
  readonly commitment: CommitmentClaim | null;
  /** What executions found, of this run and of those that it reused results of. */
  readonly assertions: readonly AssertionClaim[];
  /** Digests of presented statements that no key signed whose signature counts. */
  readonly unsigned: readonly Digest[];
  /** Digests of presented statements that the log does not hold. */
  readonly unlogged: readonly Digest[];
  /** Documents that somebody trusted bound to something of the run later. They decide nothing. */
  readonly references: readonly ReferenceClaim[];
  /** What runners said of packages, and what approvers did. */
  readonly registrations: readonly VerdictClaim[];
  readonly approvals: readonly VerdictClaim[];
  /** Packages that were served as this run's, by statements that the log holds. */
  readonly deployments: readonly DeploymentClaim[];
  readonly deploymentsLogged: readonly Digest[] | null;
  /** Windows of production that were compared with what it trained on, by statements that the log holds. */
  readonly windows: readonly WindowClaim[];
  readonly windowsLogged: readonly Digest[] | null;
  /** Digests of the packages that its packaging made. */
  readonly packages: readonly Digest[];
  /** Digests of content that an owner stated to be erased. */
  readonly erased: ReadonlySet<Digest>;
}

/** Opens what is presented, with the keys that the user trusts and those that the layout names. */
export function openCase(evidence: RunEvidence, trust: Trust): RunCase {
  const { run, origin, witnesses, executions, originals } = evidence;
  const about = evidence.about.filter((one) => !isLater(one));
  const later = evidence.about.filter(isLater);
  const at = ({ place }: Presented): LogPlace | null =>
    origin === null || place === null ? null : { origin, index: place };
  const ownersAt = (one: Presented): Verifier[] => keysFor(trust, 'owner', at(one));
  const agreed = openAgreements(later, ownersAt, run);
  const openOwner = (one: Presented): Opened | null => {
    const opened = openStatement(one, ownersAt(one));
    const signedBy = [...new Set([...(opened?.signedBy ?? []), ...(agreed.get(presentedDigest(one)) ?? [])])];
    return opened === null || signedBy.length < thresholdOf(trust, 'owner') ? null : { ...opened, signedBy };
  };
  const layout = openLayout(about, openOwner);
  const commitment = openFirst(about, openOwner, readCommitment);
  const isGood = ({ keyId }: Functionary, one: Presented): boolean => !isRevoked(trust, keyId, at(one));
  const named = (one: Presented): Verifier[] => (layout?.said.functionaries ?? []).filter((key) => isGood(key, one));
  const open = (one: Presented): Opened | null => openStatement(one, named(one));
  // What was made before this run was signed by whoever was trusted then.
  const openOriginal = (one: Presented): Opened | null =>
    openStatement(one, [...named(one), ...keysFor(trust, 'runner', at(one)), ...keysFor(trust, 'validator', at(one))]);
  const read = <Claim>(list: readonly Presented[], how: Open, reader: (opened: Opened) => Claim | null): Claim[] =>
    list.flatMap((one) => {
      const opened = how(one);
      return (opened === null ? null : reader(opened)) ?? [];
    });
  const end = openEnd(about, open);
  const owned = new Set([layout?.opened.digest, commitment?.digest]);
  const others = about.filter((one) => !owned.has(presentedDigest(one)));
  const claims = read(executions, open, readExecution);
  return {
    ...{ run, origin, witnesses, layout, end },
    isWitnessed: witnesses.length >= thresholdOf(trust, 'witness'),
    executions: claims,
    originals: new Map(read(originals, openOriginal, readExecution).map((claim) => [claim.digest, claim])),
    commitment: commitment?.run === run ? commitment : null,
    assertions: [...read(about, open, readAssertion), ...read(originals, openOriginal, readAssertion)],
    unsigned: [
      ...[...others, ...executions].filter((one) => open(one) === null),
      ...originals.filter((one) => openOriginal(one) === null),
    ].map(presentedDigest),
    unlogged: [...about, ...executions, ...originals].filter(({ place }) => place === null).map(presentedDigest),
    references: read(
      later,
      (one) => openOriginal(one) ?? openOwner(one),
      (opened) => readReference(opened, run),
    ).flat(),
    deployments: read(later, openOriginal, (opened) => readDeployment(opened, run)),
    deploymentsLogged: evidence.deploymentsLogged === undefined ? [] : evidence.deploymentsLogged,
    windows: read(later, openOriginal, (opened) => readWindow(opened, run)),
    windowsLogged: evidence.windowsLogged === undefined ? [] : evidence.windowsLogged,
    packages: packagesOf({ layout, end, executions: claims }),
    registrations: read(later, openOriginal, (opened) => readVerdict(opened, run)),
    erased: new Set(read(later, openOwner, (opened) => readErasure(opened, run)).flat()),
    approvals: read(
      later,
      (one) => openStatement(one, keysFor(trust, 'approver', at(one))),
      (opened) => readVerdict(opened, run),
    ),
  };
}

type Carried = Pick<RunCase, 'layout' | 'end' | 'executions'>;

function packagesOf(of: Carried): Digest[] {
  const packaging = (of.layout?.said.steps ?? []).filter(({ stage }) => stage === 'packaging');
  return packaging.flatMap(({ name }) => {
    const claim = finalClaim(of, name);
    return isWhole(claim) ? claim.outputs.filter(({ port }) => port === 'package').map(({ digest }) => digest) : [];
  });
}

/** The claim that decides of a step: its last attempt. */
export function finalClaim(of: Pick<RunCase, 'end' | 'executions'>, step: string): ExecutionClaim | null {
  const last = endOf(of, step)?.attempts.at(-1)?.statement;
  return of.executions.find(({ digest }) => digest === last) ?? null;
}

/** What the end says of a step. */
export function endOf(of: Pick<RunCase, 'end'>, step: string): EndedStep | null {
  return of.end?.said.steps.find((one) => one.step === step) ?? null;
}

/** Whether a claim says that the step has outputs that may be used. */
export function isWhole(claim: ExecutionClaim | null): claim is ExecutionClaim {
  return claim?.state === 'COMPLETE' || claim?.state === 'CACHED';
}

type Open = (presented: Presented) => Opened | null;

function openLayout(about: readonly Presented[], open: Open): RunCase['layout'] {
  for (const presented of about) {
    const opened = open(presented);
    if (opened?.statement.predicateType !== layoutPredicateType) continue;
    const said = readLayout(opened.statement.predicate);
    if (said !== null) return { opened, said };
  }
  return null;
}

function openFirst<Claim>(
  about: readonly Presented[],
  open: Open,
  reader: (opened: Opened) => Claim | null,
): Claim | null {
  for (const presented of about) {
    const opened = open(presented);
    const said = opened === null ? null : reader(opened);
    if (said !== null) return said;
  }
  return null;
}

function openEnd(about: readonly Presented[], open: Open): RunCase['end'] {
  for (const presented of about) {
    const opened = open(presented);
    if (opened?.statement.predicateType !== runEndPredicateType) continue;
    const said = readRunEnd(opened.statement.predicate);
    if (said !== null) return { opened, said };
  }
  return null;
}
