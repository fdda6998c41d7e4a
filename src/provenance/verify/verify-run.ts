import type { Digest } from '../../encoding/index.ts';
import { member, text } from '../json-members.ts';
import type { Trust } from '../keys/trust.ts';
import { isGate } from '../layout/layout.ts';
import { assertionRules } from './assertion-rules.ts';
import { finalClaim, isWhole, openCase, type RunCase, type RunEvidence } from './case.ts';
import { completeRule } from './complete-rule.ts';
import type { DeploymentClaim } from './deployments.ts';
import { digestNamed, type ExecutionClaim } from './evidence.ts';
import { caveatsOf, levelOf, type ReachedLevel } from './level.ts';
import { lifecycleRules } from './lifecycle-rules.ts';
import { performedRule } from './performed-rule.ts';
import { productionRules } from './production-rules.ts';
import { recordDiffers } from './record-rule.ts';
import type { ReferenceClaim } from './references.ts';
import {
  artifact,
  attemptsLook,
  endLook,
  found,
  layoutLook,
  looks,
  originalsLook,
  type RuleEvidence,
} from './rule-evidence.ts';
import { rules } from './rules.ts';
import { openWays, type SameUserWay } from './same-user.ts';
import { usesLeftOut } from './uses-rule.ts';
import type { VerdictClaim } from './verdicts.ts';
import type { WindowClaim } from './windows.ts';

/** What one rule came to. */
export interface RuleVerdict {
  readonly rule: string;
  readonly holds: boolean;
  /** What the rule asks for. */
  readonly says: string;
  /** What breaks it, at most 20 things. */
  readonly broken: readonly string[];
  /** What was looked at: whoever has the same can look again. */
  readonly evidence: readonly RuleEvidence[];
}

/** Whether a run was carried out as it was declared. */
export interface RunVerdict {
  readonly run: string;
  readonly isGood: boolean;
  readonly rules: readonly RuleVerdict[];
  readonly reached: ReachedLevel;
  /** What nothing of this can show. */
  readonly caveats: readonly string[];
  /** What a step could have done that no rule finds; empty where steps ran as somebody else than the engine. */
  readonly unseen: readonly SameUserWay[];
  /** Ids of the keys that signed the layout. */
  readonly owners: readonly string[];
  readonly statementCount: number;
  /** Documents that trusted keys bound to models or data of the run; they decide nothing. */
  readonly references: readonly ReferenceClaim[];
  /** What was said of packages afterwards, by runners and by approvers. */
  readonly registrations: readonly VerdictClaim[];
  readonly approvals: readonly VerdictClaim[];
  /** Digests of the packages that it made. */
  readonly packages: readonly Digest[];
  /** What was served as its model, by statements that the log holds, in the order of the log. */
  readonly deployments: readonly DeploymentClaim[];
  /** What served data were compared with, likewise. */
  readonly windows: readonly WindowClaim[];
  /** Up to where the log was looked at: nothing is said of what it took in later. Null: it was not. */
  readonly log: { readonly origin: string; readonly lastPlace: number; readonly lastAt: string | null } | null;
  readonly artifactCount: number;
  /** Artifacts and statements of attempts that are not there, and that the owner stated to be erased: nothing shows any more
   * what was in them. */
  readonly erased: readonly string[];
}

/** How the bytes of artifacts are looked at. */
export type ArtifactCheck = (artifact: {
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
}) => Promise<'ok' | 'missing' | 'corrupt'>;

/** What a run is verified with. */
export interface Verification {
  readonly trust: Trust;
  readonly nowMs: number;
  readonly checkArtifact: ArtifactCheck;
}

const mostTold = 20;

/**
 * Decides from statements, artifacts, log places and trusted keys alone whether a run did what its layout says. Pure but
 * for `checkArtifact`; never throws for evidence of any form.
 */
export async function verifyRun(evidence: RunEvidence, by: Verification): Promise<RunVerdict> {
  const opened = openCase(evidence, by.trust);
  const artifacts = artifactsOf(opened);
  const told = [...rules, completeRule, performedRule, ...lifecycleRules, ...assertionRules, ...productionRules]
    .map(({ name, says, broken, restsOn }) =>
      verdictOf({ rule: name, says, broken: broken(opened, { nowMs: by.nowMs }), evidence: restsOn(opened) }),
    )
    .concat(recordVerdicts(opened, evidence))
    // Without a layout most rules find nothing to look at: that must not look as if they held.
    .filter(({ holds }) => opened.layout !== null || !holds);
  const { broken, erased } = await checkArtifacts(artifacts, opened.erased, by.checkArtifact);
  const verdicts = [
    ...told,
    verdictOf({
      rule: 'artifacts/whole',
      says: 'the artifacts at hand are those of the statements',
      broken,
      evidence: artifacts.map(({ name, digest }) => artifact(name, digest)),
    }),
  ];
  const isGood = verdicts.every(({ holds }) => holds);
  return {
    run: evidence.run,
    isGood,
    rules: verdicts,
    reached: levelOf(opened, isGood),
    caveats: caveatsOf(opened),
    unseen: openWays(opened),
    owners: opened.layout?.opened.signedBy ?? [],
    references: opened.references,
    registrations: opened.registrations,
    approvals: opened.approvals,
    packages: opened.packages,
    deployments: opened.deployments,
    windows: opened.windows,
    log: lookedAt(opened),
    statementCount:
      opened.executions.length +
      opened.assertions.filter(({ run }) => run === evidence.run).length +
      [opened.layout, opened.commitment, opened.end].filter((one) => one !== null).length,
    artifactCount: artifacts.length,
    erased: [...erasedAttempts(opened), ...erased],
  };
}

/** Nothing where there is no record, as in an export. */
function recordVerdicts(of: RunCase, { recorded, gateUses }: RunEvidence): RuleVerdict[] {
  if (recorded === undefined) return [];
  return [
    // Without a log, rules before this one are broken.
    verdictOf({
      rule: 'sealed/logged',
      says: 'the ledger of each gate has every earlier use of its part that the log holds',
      broken: gateUses == null ? [] : usesLeftOut(of, gateUses),
      evidence: [
        ...found((step) => isGate(step))(of),
        ...(gateUses?.uses ?? []).map(({ part, statement: digest, place }): RuleEvidence => {
          return { kind: 'statement', name: `use of ${part}`, digest, place };
        }),
      ],
    }),
    verdictOf({
      rule: 'record/agrees',
      says: 'what the record tells of the run is what was signed',
      broken: recordDiffers(of, recorded),
      evidence: looks(layoutLook, attemptsLook, originalsLook, endLook)(of),
    }),
  ];
}

function lookedAt({ origin, logged }: RunCase): RunVerdict['log'] {
  const last = logged?.entries.at(-1);
  return origin === null || last === undefined ? null : { origin, lastPlace: last.place, lastAt: last.at };
}

/** Attempts whose statements are not there, and that the owner stated to be erased. */
function erasedAttempts({ end, executions, erased }: RunCase): string[] {
  const known = new Set(executions.map(({ digest }) => digest));
  return (end?.said.steps ?? []).flatMap(({ step, attempts }) =>
    attempts.flatMap(({ state, statement }, place) =>
      !known.has(statement) && erased.has(statement) ? [`${step}, attempt ${place + 1}, which ended ${state}`] : [],
    ),
  );
}

interface WantedArtifact {
  readonly digest: Digest;
  readonly kind: 'file' | 'tree';
  readonly name: string;
}

/** The outputs of every step that ended well, and what it kept and printed beside them; each content once. */
function artifactsOf(of: RunCase): WantedArtifact[] {
  const wanted = new Map<Digest, WantedArtifact>();
  for (const { name } of of.layout?.said.steps ?? []) {
    const claim = finalClaim(of, name);
    if (!isWhole(claim)) continue;
    for (const { port, digest, kind } of claim.outputs) wanted.set(digest, { digest, kind, name: `${name}/${port}` });
    for (const one of besideOf(claim)) wanted.set(one.digest, { ...one, name: `${name}/${one.name}` });
  }
  return [...wanted.values()];
}

/** Kept files and logs, which have a kind; numbers are named by digest alone, and are not at hand. */
function besideOf({ statement }: ExecutionClaim): WantedArtifact[] {
  const byproducts = member(member(statement.predicate, 'runDetails'), 'byproducts');
  return (Array.isArray(byproducts) ? byproducts : []).flatMap((one: unknown): WantedArtifact[] => {
    const [name, kind, digest] = [
      text(member(one, 'name')),
      member(member(one, 'annotations'), 'mlspec_kind'),
      digestNamed(one),
    ];
    return name === null || digest === null || (kind !== 'file' && kind !== 'tree') ? [] : [{ name, kind, digest }];
  });
}

async function checkArtifacts(
  artifacts: readonly WantedArtifact[],
  erasures: ReadonlySet<Digest>,
  check: ArtifactCheck,
): Promise<{ readonly broken: readonly string[]; readonly erased: readonly string[] }> {
  const [broken, erased]: [string[], string[]] = [[], []];
  for (const { name, digest, kind } of artifacts) {
    const found = await check({ digest, kind });
    if (found === 'missing' && erasures.has(digest)) erased.push(name);
    else if (found !== 'ok') broken.push(`${name} is ${found === 'missing' ? 'not there' : 'changed'}`);
  }
  return { broken, erased };
}

/** The verdict of a rule, which holds where nothing breaks it. */
export function verdictOf({ rule, says, broken, evidence }: Omit<RuleVerdict, 'holds'>): RuleVerdict {
  return { rule, holds: broken.length === 0, says, broken: broken.slice(0, mostTold), evidence };
}
