/**
 * Rules about what steps found: that what the layout asks for was said, of the artifacts it is about, and lets the run go on;
 * that the parts of a split do not overlap; that gates held models to what the owner had committed to, on sealed parts
 * that were used as often as was declared.
 */
import { splitPredicateType, testResultPredicateType } from '../assertion.ts';
import { member, text } from '../json-members.ts';
import { type Attributes, isGate, type LayoutStep } from '../layout/layout.ts';
import { notFailed } from '../test-result.ts';
import { type RunCase, type WholeStep, wholeSteps } from './case.ts';
import type { AssertionClaim, ExecutionClaim } from './evidence.ts';
import { assertionOf, assertionsOf } from './findings.ts';
import { artifacts, commitmentLook, found, layoutLook, looks, ofStages, type Which, whole } from './rule-evidence.ts';
import type { Rule } from './rules.ts';

const areGates: Which = (step) => isGate(step);
const areJudges: Which = (step) => isGate(step) || step.stage === 'evaluation';
const attestsSplit: Which = ({ attests }) => attests.includes(splitPredicateType);

/** Every such rule, in the order in which they are told. */
export const assertionRules: readonly Rule[] = [
  {
    name: 'steps/attested',
    says: 'each step said what the layout asks of it and lets through, of its own artifacts',
    broken: attested,
    restsOn: looks(layoutLook, found()),
  },
  {
    name: 'split/disjoint',
    says: 'the parts of each split share no key',
    broken: disjoint,
    restsOn: looks(found(attestsSplit), artifacts('outputs', attestsSplit)),
  },
  {
    name: 'objectives/committed',
    says: 'each gate held models to the objectives, and its part to the checks, that the owner had committed to before its first use',
    broken: committed,
    restsOn: looks(commitmentLook, whole(areGates), found(areGates)),
  },
  {
    name: 'sealed/uses',
    says: 'each sealed part was used as often as was declared, at most',
    broken: usedAtMost,
    restsOn: looks(whole(areGates), found(areGates)),
  },
  {
    name: 'gates/heeded',
    says: 'no model that an evaluation or a gate rejected was packaged',
    broken: heeded,
    restsOn: looks(
      found(areJudges),
      whole(ofStages('packaging')),
      artifacts('inputs', ofStages('evaluation', 'testing', 'packaging'), 'Model'),
    ),
  },
];

interface Found extends WholeStep {
  readonly assertion: AssertionClaim;
}

function attested(of: RunCase): string[] {
  return wholeSteps(of).flatMap(({ step, claim }) =>
    step.attests.flatMap((type) => {
      const assertion = assertionOf(of, claim, type);
      if (assertion === null) return [`nothing shows what ${step.name} found: no ${type}`];
      if (assertionsOf(of, claim, type).length > 1) return [`${step.name} found several things: ${type}`];
      const own = new Set([...claim.inputs, ...claim.outputs].map(({ digest }) => digest));
      const isOwn = assertion.about.length > 0 && assertion.about.every((digest) => own.has(digest));
      const isSame = type !== testResultPredicateType || assertion.params === step.params;
      return [
        ...(isOwn ? [] : [`what ${step.name} found is about other artifacts`]),
        ...(isSame ? [] : [`what ${step.name} found was asked with other parameters`]),
        ...unlikeLayout(step, assertion).map(
          (found) => `${step.name} found ${found}, which the layout does not let through`,
        ),
      ];
    }),
  );
}

/** Stages that fail where their test does: such a step never left outputs, whatever the layout of an earlier version says. */
const stopping: readonly string[] = ['validation', 'inspection', 'refitting'];

/** What a layout asks of a predicate; one of an earlier version names no attributes. */
function attributesOf({ stage, attributes }: LayoutStep, type: string): Attributes {
  const isStopping = type === testResultPredicateType && stopping.includes(stage);
  return attributes?.[type] ?? (isStopping ? { result: notFailed } : {});
}

/** Members of a predicate that are none of what the layout asks for, with what they are. */
function unlikeLayout(step: LayoutStep, { statement, predicate }: AssertionClaim): string[] {
  return Object.entries(attributesOf(step, statement.predicateType)).flatMap(([name, wanted]) => {
    const found = text(member(predicate, name));
    return found !== null && wanted.includes(found) ? [] : [`${name} ${found ?? 'missing'}`];
  });
}

/** Whether the signed test result of a step is one that its layout lets through; without one nothing is. */
export function isLetThrough(of: RunCase, { step, claim }: WholeStep): boolean {
  const assertion = assertionOf(of, claim, testResultPredicateType);
  return assertion !== null && unlikeLayout(step, assertion).length === 0;
}

function disjoint(of: RunCase): string[] {
  return foundOf(of, splitPredicateType).flatMap(({ step, claim, assertion }) => {
    const overlap = member(member(assertion.predicate, 'manifest'), 'overlap');
    const isClear = member(overlap, 'verdict') === 'none' && member(overlap, 'keysInSeveralParts') === 0;
    const covered = new Set(assertion.about);
    return [
      ...(isClear ? [] : [`parts of ${step.name} share keys`]),
      ...claim.outputs
        .filter(({ digest }) => !covered.has(digest))
        .map(({ port }) => `the proof of ${step.name} does not cover ${port}`),
    ];
  });
}

function committed(of: RunCase): string[] {
  const gates = gatesOf(of);
  if (gates.length === 0) return [];
  const { commitment, commitmentCount } = of;
  if (commitment === null) return ['no statement of the owner commits to objectives'];
  if (commitmentCount > 1) return [`${commitmentCount} different statements of the owner commit to objectives`];
  return gates.flatMap(({ step, claim, assertion }) => {
    const gate = member(assertion.predicate, 'mlspec_gate');
    const [name, used] = [text(member(gate, 'gate')), text(member(gate, 'commitment'))];
    const uses = ledgerOf(assertion).filter((one) => member(one, 'gate') === name);
    const before = uses.filter((one) => text(member(one, 'commitment')) !== used);
    const [committedAt, ranAt] = [commitment.place, claim.place];
    const isBefore = committedAt !== null && ranAt !== null && committedAt < ranAt;
    return [
      ...(commitment.gates.get(step.name) === step.params ? [] : [`${step.name} judged by other objectives`]),
      ...(isBefore ? [] : [`the objectives of ${step.name} were committed to after it`]),
      ...(used !== null && used === text(member(claim.params, 'commitment'))
        ? []
        : [`${step.name} does not say what it was committed to`]),
      ...(hasChecked(claim, assertion)
        ? []
        : [`${step.name} does not show that it carried out the checks of its part`]),
      ...(before.length > 0
        ? [`${before.length} earlier uses of ${step.name} were by objectives that were changed since`]
        : []),
    ];
  });
}

/** Whether a gate that decided did so with the checks that its parameters declare. One that failed before it spent a use carried out none. */
function hasChecked({ params }: ExecutionClaim, assertion: AssertionClaim): boolean {
  const declared = text(member(member(params, 'checks'), 'decides'));
  const gate = member(assertion.predicate, 'mlspec_gate');
  const verdict = text(member(gate, 'verdict'));
  const isForeseen = verdict === 'fail' && ledgerOf(assertion).length === 0;
  const hasDecided = !isForeseen && ['pass', 'fail', 'withheld'].includes(verdict ?? '');
  return declared === null || !hasDecided || text(member(gate, 'checks')) === declared;
}

function usedAtMost(of: RunCase): string[] {
  return gatesOf(of).flatMap(({ step, claim, assertion }) => {
    const gate = member(assertion.predicate, 'mlspec_gate');
    const [ledger, use] = [ledgerOf(assertion), member(gate, 'use')];
    const [uses, declared] = [member(gate, 'uses'), member(claim.params, 'uses')];
    const isOwn = (line: unknown): boolean =>
      ['part', 'gateDigest', 'model'].every((name) => text(member(line, name)) === text(member(use, name)));
    const wasSpent = ['pass', 'fail', 'withheld'].includes(text(member(gate, 'verdict')) ?? '');
    const isForeseen = ledger.length === 0;
    return [
      ...(typeof declared === 'number' && uses === declared ? [] : [`${step.name} counted to other uses`]),
      ...(typeof declared === 'number' && ledger.length <= declared
        ? []
        : [`${step.name} was the ${ledger.length}th use of its part`]),
      ...(!wasSpent || isForeseen || ledger.some(isOwn) ? [] : [`the ledger does not hold the use of ${step.name}`]),
    ];
  });
}

function heeded(of: RunCase): string[] {
  const rejected = new Map<string, string>();
  const evaluations = foundOf(of, testResultPredicateType).filter(({ step }) => step.stage === 'evaluation');
  for (const { step, claim, assertion } of [...evaluations, ...gatesOf(of)]) {
    if (member(assertion.predicate, 'result') !== 'FAILED') continue;
    for (const { type, digest } of claim.inputs) if (type === 'Model') rejected.set(digest, step.name);
  }
  return wholeSteps(of)
    .filter(({ step }) => step.stage === 'packaging')
    .flatMap(({ step, claim }) =>
      claim.inputs
        .filter(({ type, digest }) => type === 'Model' && rejected.has(digest))
        .map(({ digest }) => `${step.name} packed a model that ${rejected.get(digest)} rejected`),
    );
}

function gatesOf(of: RunCase): Found[] {
  return foundOf(of, testResultPredicateType).filter(({ step }) => isGate(step));
}

function ledgerOf({ predicate }: AssertionClaim): readonly unknown[] {
  const lines = member(member(predicate, 'mlspec_gate'), 'ledger');
  return Array.isArray(lines) ? lines : [];
}

function foundOf(of: RunCase, type: string): Found[] {
  return wholeSteps(of).flatMap(({ step, claim }): Found[] => {
    const assertion = step.attests.includes(type) ? assertionOf(of, claim, type) : null;
    return assertion === null ? [] : [{ step, claim, assertion }];
  });
}
