/**
 * What must hold of a run, a rule each. A rule looks at an opened case and says everything that breaks it. All are written
 * so that they deny unless something positive is there: taking a statement away can never mend one.
 */
import { digestJson } from '../../encoding/index.ts';
import { askedInVain } from '../keys/trust.ts';
import type { LayoutStep } from '../layout/layout.ts';
import { endOf, finalClaim, isWhole, type RunCase } from './case.ts';
import type { ExecutionClaim, NamedArtifact } from './evidence.ts';
import {
  artifacts,
  attemptsLook,
  commitmentLook,
  endLook,
  found,
  type Look,
  layoutLook,
  looks,
  originalsLook,
  whole,
} from './rule-evidence.ts';

/** One rule. */
export interface Rule {
  readonly name: string;
  /** What holds where nothing is said against it. */
  readonly says: string;
  /** Everything that breaks it. */
  readonly broken: (of: RunCase, at: { readonly nowMs: number }) => readonly string[];
  /** What it looks at. */
  readonly restsOn: Look;
}

/** Every statement that was opened. */
const everyStatement = looks(layoutLook, commitmentLook, attemptsLook, found(), originalsLook, endLook);

/** Every rule about statements alone, in the order in which they are told. */
export const rules: readonly Rule[] = [
  {
    name: 'layout/signed',
    says: 'what the run had to be was signed by the owner',
    broken: ({ layout, run }) => {
      if (layout === null) return ['no layout that enough trusted keys with the role owner signed'];
      return layout.said.run === run ? [] : [`the layout is that of ${layout.said.run}`];
    },
    restsOn: layoutLook,
  },
  {
    name: 'layout/fresh',
    says: 'the layout holds today',
    broken: ({ layout }, { nowMs }) =>
      layout !== null && layout.said.expiresAtMs <= nowMs ? ['the layout has expired'] : [],
    restsOn: layoutLook,
  },
  {
    name: 'statements/signed',
    says: 'every statement was signed by a key that the layout names',
    broken: (of) => [
      ...askedInVain(of, ['runner', 'validator']),
      ...of.unsigned.map((digest) => `statement ${digest.slice(7, 19)} is not`),
    ],
    restsOn: everyStatement,
  },
  {
    name: 'log/holds',
    says: 'the log holds every statement, and a trusted key signed its checkpoint',
    broken: (of) => {
      const { origin, unlogged } = of;
      if (origin === null) return ['there is no log whose checkpoint a trusted key with the role log signed'];
      const missing = unlogged.map((digest) => `statement ${digest.slice(7, 19)} is not in ${origin}`);
      return [...askedInVain(of, ['log']), ...missing];
    },
    restsOn: everyStatement,
  },
  {
    name: 'log/order',
    says: 'the log had the layout before the first step, and the end after the last',
    broken: order,
    restsOn: looks(layoutLook, attemptsLook, endLook),
  },
  {
    name: 'run/ended',
    says: 'the run was ended as COMPLETE, by a statement that names all others',
    broken: ended,
    restsOn: looks(endLook, layoutLook, attemptsLook, found()),
  },
  {
    name: 'steps/this-run',
    says: 'every statement is of this run, this plan and this declaration',
    broken: thisRun,
    restsOn: looks(layoutLook, attemptsLook),
  },
  {
    name: 'steps/complete',
    says: 'every step of the layout ended well',
    broken: complete,
    restsOn: looks(layoutLook, endLook, whole()),
  },
  {
    name: 'steps/parameters',
    says: 'each step had the component, parameters and seed of the layout',
    broken: asDeclared,
    restsOn: looks(layoutLook, whole()),
  },
  {
    name: 'flow/inputs',
    says: 'each step read what the layout says, from where it says, and nothing else',
    broken: flow,
    restsOn: looks(layoutLook, whole(), artifacts('inputs')),
  },
  {
    name: 'flow/outputs',
    says: 'each step left what the layout says, and nothing else',
    broken: outputs,
    restsOn: looks(layoutLook, whole(), artifacts('outputs')),
  },
  {
    name: 'reuse/original',
    says: 'each reused result is that of the execution that it names',
    broken: reuse,
    restsOn: looks(
      whole((_, { state }) => state === 'CACHED'),
      originalsLook,
    ),
  },
];

function order({ layout, end, executions }: RunCase): string[] {
  const wrong: string[] = [];
  const [first, last] = [layout?.opened.place ?? null, end?.opened.place ?? null];
  for (const { step, place } of executions) {
    if (place === null || first === null || place < first) wrong.push(`${step} stands before the layout`);
    if (place === null || last === null || place > last) wrong.push(`${step} stands behind the end of the run`);
  }
  return wrong;
}

function ended({ end, endCount, layout, run, executions, assertions, erased }: RunCase): string[] {
  if (end === null) return ['no statement ends the run'];
  const { said } = end;
  const wrong: string[] = [];
  if (endCount > 1) wrong.push(`${endCount} different statements end the run`);
  if (said.run !== run) wrong.push(`the end is that of ${said.run}`);
  if (said.layout !== layout?.opened.digest) wrong.push('the end names another layout');
  if (said.state !== 'COMPLETE') wrong.push(`the run ended as ${said.state}`);
  const listed = new Set(said.steps.flatMap(({ attempts }) => attempts.map(({ statement }) => statement)));
  const known = new Set(executions.map(({ digest }) => digest));
  for (const { step, attempts } of said.steps) {
    // What was erased is known to have been there; whether the step ended well is for the other rules to miss.
    const missing = attempts.filter(({ statement }) => !known.has(statement) && !erased.has(statement)).length;
    if (missing > 0) wrong.push(`${missing} statements of ${step} are missing`);
  }
  for (const { digest, step } of executions) {
    if (!listed.has(digest)) wrong.push(`a statement of ${step} is not named by the end`);
  }
  const found = new Set(assertions.filter((one) => one.run === run).map(({ digest }) => digest));
  const lost = said.assertions.filter((digest) => !found.has(digest)).length;
  if (lost > 0) wrong.push(`${lost} statements of what steps found are missing`);
  const named = new Set(said.assertions);
  const unnamed = [...found].filter((digest) => !named.has(digest)).length;
  if (unnamed > 0) wrong.push(`${unnamed} statements of what steps found are not named by the end`);
  return wrong;
}

function thisRun({ run, layout, executions }: RunCase): string[] {
  const said = layout?.said;
  return executions.flatMap((claim) => [
    ...(claim.run === run ? [] : [`a statement of ${claim.step} is of ${claim.run}`]),
    ...(claim.plan === said?.plan ? [] : [`${claim.step} was carried out under another plan`]),
    ...(claim.specDigest === said?.spec.digest && claim.spec === said.spec.name
      ? []
      : [`${claim.step} was carried out under another declaration`]),
  ]);
}

function complete(of: RunCase): string[] {
  const steps = of.layout?.said.steps ?? [];
  const names = new Set(steps.map(({ name }) => name));
  const strange = (of.end?.said.steps ?? []).filter(({ step }) => !names.has(step));
  return [
    ...strange.map(({ step }) => `${step} is not in the layout`),
    ...steps.flatMap(({ name, maySkip }) => {
      const ending = endOf(of, name);
      if (ending?.attempts.length === 0 && ending.skipped !== null) {
        return maySkip ? [] : [`${name} was skipped: ${ending.skipped}`];
      }
      const claim = finalClaim(of, name);
      if (claim === null) return [`nothing shows that ${name} was carried out`];
      if (claim.step !== name) return [`the statement of ${name} speaks of ${claim.step}`];
      const { state } = claim;
      return isWhole(claim) ? [] : [`${name} ended as ${state}`];
    }),
  ];
}

function asDeclared(of: RunCase): string[] {
  return eachWhole(of, (step, claim) => [
    ...(claim.buildType === step.buildType ? [] : [`${step.name} was carried out as ${claim.buildType}`]),
    ...(digestOrNull(claim.params) === step.params ? [] : [`${step.name} had other parameters`]),
    ...(claim.seed === step.seed ? [] : [`${step.name} had the seed ${String(claim.seed)}`]),
  ]);
}

function flow(of: RunCase): string[] {
  return eachWhole(of, (step, claim) => {
    const wrong = claim.inputs
      .filter(({ port }) => !Object.hasOwn(step.inputs, port))
      .map(({ port }) => `${step.name} read ${port}, which the layout does not have`);
    for (const [port, input] of Object.entries(step.inputs)) {
      const made = input.sources.flatMap((source) => {
        const claimed = finalClaim(of, source.step);
        return isWhole(claimed) ? claimed.outputs.filter((output) => output.port === source.port) : [];
      });
      const sourced = made.map(({ digest }) => digest);
      const found = claim.inputs.filter((one) => one.port === port).sort((a, b) => a.index - b.index);
      const read = found.map(({ digest }) => digest);
      const named = input.mayOmit ? withoutOmitted(input.pinned, read.slice(sourced.length)) : input.pinned;
      if ([...sourced, ...named].join() !== read.join()) {
        const from = input.sources.map((source) => `${source.step}/${source.port}`).join(', ');
        wrong.push(`${step.name} read something else as ${port} than ${from || 'what the plan names'}`);
      }
    }
    return wrong;
  });
}

/** Of what the plan names what was read, in the order of the plan. */
function withoutOmitted(pinned: readonly string[], read: readonly string[]): readonly string[] {
  return pinned.filter((digest) => read.includes(digest));
}

function outputs(of: RunCase): string[] {
  return eachWhole(of, (step, claim) => [
    ...claim.outputs
      .filter(({ port, type }) => !isOfType(step.outputs[port]?.type, type))
      .map(({ port, type }) => `${step.name} left ${port} of type ${type}, which the layout does not have`),
    ...Object.entries(step.outputs)
      .filter(([port, { optional }]) => !optional && !claim.outputs.some((one) => one.port === port))
      .map(([port]) => `${step.name} did not leave ${port}`),
  ]);
}

function reuse(of: RunCase): string[] {
  return of.executions
    .filter(({ state }) => state === 'CACHED')
    .flatMap((claim) => {
      const { step, reusedFrom } = claim;
      const own = of.executions.find(({ digest }) => digest === reusedFrom?.statementDigest);
      const original = own ?? [...of.originals.values()].find(({ digest }) => digest === reusedFrom?.statementDigest);
      if (original === undefined) return [`nothing shows where the result of ${step} came from`];
      const isSame = original.execution === reusedFrom?.executionId && original.key === claim.key && claim.key !== null;
      if (!isSame || original.state !== 'COMPLETE') return [`what ${step} reused is not the execution that it names`];
      return sameArtifacts(original.outputs, claim.outputs) ? [] : [`${step} has other outputs than what it reused`];
    });
}

/** What a check says of each step that has outputs. */
function eachWhole(of: RunCase, check: (step: LayoutStep, claim: ExecutionClaim) => readonly string[]): string[] {
  return (of.layout?.said.steps ?? []).flatMap((step) => {
    const claim = finalClaim(of, step.name);
    return isWhole(claim) ? check(step, claim) : [];
  });
}

function isOfType(declared: string | undefined, found: string): boolean {
  return declared !== undefined && (declared === 'Any' || declared === found);
}

function sameArtifacts(a: readonly NamedArtifact[], b: readonly NamedArtifact[]): boolean {
  const text = (list: readonly NamedArtifact[]): string =>
    list
      .map(({ port, index, digest }) => `${port}/${index}=${digest}`)
      .sort()
      .join();
  return text(a) === text(b);
}

function digestOrNull(params: unknown): string | null {
  try {
    return digestJson(params as Parameters<typeof digestJson>[0]);
  } catch {
    return null;
  }
}
