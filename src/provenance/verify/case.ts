/** A run whose statements were opened: what every rule looks at. */
import type { Digest } from '../../encoding/index.ts';
import { isRevoked, type KeyRole, keysFor, type LogPlace, type Trust, thresholdOf } from '../keys/trust.ts';
import type { EndedStep, Functionary, LayoutStep } from '../layout/layout.ts';
import type { Verifier } from '../signer.ts';
import { openAgreements } from './agreements.ts';
import { type DeploymentClaim, readDeployment } from './deployments.ts';
import { readErasure } from './erasures.ts';
import {
  type AssertionClaim,
  type ExecutionClaim,
  type Opened,
  openStatement,
  type Presented,
  presentedDigest,
  readAssertion,
  readExecution,
} from './evidence.ts';
import { type Frame, isInTime, openFrame } from './frame.ts';
import { isLater } from './later.ts';
import { firstPlace, type LoggedPart } from './logged.ts';
import { type ReferenceClaim, readReference } from './references.ts';
import type { GateUses, RunOnRecord } from './run-on-record.ts';
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
  /** What the log holds from the first of these statements on; null: nothing shows it. */
  readonly logged: LoggedPart | null;
  /** What a record tells of the run; null: it cannot be read. Undefined: there is none, as in an export. */
  readonly recorded?: RunOnRecord | null;
  /** What gates of any run stated that the log holds; null: the log cannot be read. Undefined: the run has no gate, or other runs are not at hand. */
  readonly gateUses?: GateUses | null;
}

/** The same, opened. What nobody trusted signed is counted, and otherwise not there. */
export interface RunCase extends Omit<Frame, 'owned'> {
  readonly run: string;
  readonly origin: string | null;
  readonly witnesses: readonly string[];
  /** Whether they are as many as the user asks for, and at least one. */
  readonly isWitnessed: boolean;
  readonly logged: LoggedPart | null;
  /** How many different keys the user asks for, by role. */
  readonly thresholds: Trust['thresholds'];
  /** The place in the log of the first statement that is shown. */
  readonly first: number | null;
  /** Digests of the statements that are shown and that the log holds. */
  readonly shown: ReadonlySet<Digest>;
  /** Digests of attempts that the end names and that an owner stated to be erased: they need not be shown. */
  readonly excused: ReadonlySet<Digest>;
  readonly executions: readonly ExecutionClaim[];
  readonly originals: ReadonlyMap<Digest, ExecutionClaim>;
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
  /** Windows of production that were compared with what it trained on, by statements that the log holds. */
  readonly windows: readonly WindowClaim[];
  /** Digests of the packages that its packaging made. */
  readonly packages: readonly Digest[];
  /** Digests of content that an owner stated to be erased. */
  readonly erased: ReadonlySet<Digest>;
}

/** Opens what is presented, with the keys that the user trusts and those that the layout names. */
export function openCase(evidence: RunEvidence, trust: Trust): RunCase {
  const { run, origin, witnesses, originals, logged } = evidence;
  const { openOwner, openNamed, openOriginal, openApprover } = openers(evidence, trust);
  const frame = openFrame(
    evidence.about.filter((one) => !isLater(one)),
    run,
    { openOwner, openNamed },
  );
  const { layout, end, owned } = frame;
  const attempts = (end?.said.steps ?? []).flatMap((step) => step.attempts.map(({ statement }) => statement));
  const named = new Set([...attempts, ...(end?.said.assertions ?? [])]);
  const isOwn = (one: Presented): boolean => isInTime(one, layout) || named.has(presentedDigest(one));
  const inTime = evidence.about.filter(isOwn);
  const about = inTime.filter((one) => !isLater(one));
  const later = inTime.filter(isLater);
  const open = (one: Presented): Opened | null => openNamed(one, layout?.said.functionaries ?? []);
  const openEarlier = (one: Presented): Opened | null => open(one) ?? openOriginal(one);
  const erased = new Set(read(later, openOwner, (opened) => readErasure(opened, run)).flat());
  const excused = new Set(attempts.filter((digest) => erased.has(digest)));
  const executions = evidence.executions
    .filter(isOwn)
    // What was stated to be erased is not there, also while it still is.
    .filter((one) => !excused.has(presentedDigest(one)));
  const claims = read(executions, open, readExecution);
  const all = [...evidence.about, ...evidence.executions, ...originals];
  return {
    ...{ run, origin, witnesses, ...frame, logged, first: firstPlace(all) },
    thresholds: trust.thresholds,
    isWitnessed: witnesses.length >= thresholdOf(trust, 'witness'),
    shown: new Set(all.filter(({ place }) => place !== null).map(presentedDigest)),
    excused,
    executions: claims,
    originals: new Map(read(originals, openEarlier, readExecution).map((claim) => [claim.digest, claim])),
    assertions: [...read(about, open, readAssertion), ...read(originals, openEarlier, readAssertion)],
    unsigned: [
      ...[...about.filter((one) => !owned.has(presentedDigest(one))), ...executions].filter(
        (one) => open(one) === null,
      ),
      ...originals.filter((one) => openEarlier(one) === null),
    ].map(presentedDigest),
    unlogged: [...about, ...executions, ...originals].filter(({ place }) => place === null).map(presentedDigest),
    references: read(
      later,
      (one) => openEarlier(one) ?? openOwner(one),
      (opened) => readReference(opened, run),
    ).flat(),
    deployments: read(later, openEarlier, (opened) => readDeployment(opened, run)),
    windows: read(later, openEarlier, (opened) => readWindow(opened, run)),
    packages: packagesOf({ layout, end, executions: claims }),
    registrations: read(later, openEarlier, (opened) => readVerdict(opened, run)),
    erased,
    approvals: read(later, openApprover, (opened) => readVerdict(opened, run)),
  };
}

type Open = (presented: Presented) => Opened | null;

/** By whose keys statements are opened. */
interface Openers {
  readonly openOwner: Open;
  readonly openNamed: (one: Presented, functionaries: readonly Functionary[]) => Opened | null;
  /** What was made before this run was signed by whoever was trusted then. */
  readonly openOriginal: Open;
  readonly openApprover: Open;
}

function openers({ run, origin, about }: RunEvidence, trust: Trust): Openers {
  const at = ({ place }: Presented): LogPlace | null =>
    origin === null || place === null ? null : { origin, index: place };
  const ownersAt = (one: Presented): Verifier[] => keysFor(trust, 'owner', at(one));
  const agreed = openAgreements(about.filter(isLater), ownersAt, run);
  return {
    openOwner: (one) => {
      const opened = openStatement(one, ownersAt(one));
      const signedBy = [...new Set([...(opened?.signedBy ?? []), ...(agreed.get(presentedDigest(one)) ?? [])])];
      return opened === null || signedBy.length < thresholdOf(trust, 'owner') ? null : { ...opened, signedBy };
    },
    openNamed: (one, functionaries) => {
      const keys = functionaries.filter(({ keyId }) => !isRevoked(trust, keyId, at(one)));
      return openAs(
        one,
        keys.map((key) => ({ ...key, roles: [key.role] })),
      );
    },
    openOriginal: (one) => openAs(one, [...keysFor(trust, 'runner', at(one)), ...keysFor(trust, 'validator', at(one))]),
    openApprover: (one) => openStatement(one, keysFor(trust, 'approver', at(one))),
  };
}

type KeyInRoles = Verifier & { readonly keyId: string; readonly roles: readonly KeyRole[] };

/** Opens a statement with keys of several roles, and says in which of them it counts. */
function openAs(one: Presented, keys: readonly KeyInRoles[]): Opened | null {
  const opened = openStatement(one, keys);
  if (opened === null) return null;
  const signed = keys.filter(({ keyId }) => opened.signedBy.includes(keyId));
  return { ...opened, countsAs: [...new Set(signed.flatMap(({ roles }) => roles))] };
}

function read<Claim>(list: readonly Presented[], how: Open, reader: (opened: Opened) => Claim | null): Claim[] {
  return list.flatMap((one) => {
    const opened = how(one);
    return (opened === null ? null : reader(opened)) ?? [];
  });
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

/** A step of the layout that left outputs, with the claim that says so. */
export interface WholeStep {
  readonly step: LayoutStep;
  readonly claim: ExecutionClaim;
}

/** All of them, in the order of the layout. */
export function wholeSteps(of: Pick<RunCase, 'layout' | 'end' | 'executions'>): WholeStep[] {
  return (of.layout?.said.steps ?? []).flatMap((step): WholeStep[] => {
    const claim = finalClaim(of, step.name);
    return isWhole(claim) ? [{ step, claim }] : [];
  });
}
