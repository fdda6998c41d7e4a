/**
 * What a record tells people of a run, held to its signed statements: anybody who can write to a record can change what it
 * says, and nobody who reads it looks at signatures. Statements are made again of what the record says now, and compared
 * member by member; so whatever a statement says cannot be otherwise on record without being found.
 */
import { canonicalJson, digestJson } from '../../encoding/index.ts';
import { member, text } from '../json-members.ts';
import type { Statement } from '../statement.ts';
import type { RunCase } from './case.ts';
import type { ExecutionClaim } from './evidence.ts';
import type { ExecutionOnRecord, RunOnRecord } from './run-on-record.ts';

/** Everything in which a record differs from the statements. @param recorded null: it cannot be read */
export function recordDiffers(of: RunCase, recorded: RunOnRecord | null): string[] {
  if (recorded === null) return ['the record of the run cannot be read'];
  return [...runDiffers(of, recorded), ...recorded.executions.flatMap((one) => executionDiffers(of, one))];
}

function runDiffers({ layout, end }: RunCase, recorded: RunOnRecord): string[] {
  const { state, spec, plan, record, params, kept } = recorded;
  const [had, was] = [layout?.said, end?.said];
  const pairs: readonly (readonly [what: string, signed: unknown, recorded: unknown])[] = [
    ...(was === undefined
      ? []
      : ([
          ['state', was.state, state],
          ['digest of the record', was.record, record],
          // Ends of the first versions do not name them.
          ['parameters', was.params ?? givenNothing, params],
        ] as const)),
    ...(had === undefined
      ? []
      : ([
          ['declaration', had.spec.name, spec.name],
          ['declaration', had.spec.digest, spec.digest],
          ['text of the declaration', had.spec.digest, kept.declaration],
          ['plan', had.plan, plan],
          ['text of the plan', had.plan, kept.plan],
        ] as const)),
  ];
  const names = pairs.filter(([, signed, found]) => signed !== found).map(([what]) => what);
  return [...new Set(names)].map((what) => `the run has another ${what} on record than was signed`);
}

const givenNothing = digestJson({});

function executionDiffers(of: RunCase, recorded: ExecutionOnRecord): string[] {
  const { step, execution, statement, restated, reused } = recorded;
  const claim = of.executions.find((one) => one.execution === execution);
  if (claim === undefined) {
    const ending = of.end?.said.steps.flatMap(({ attempts }) => attempts).find((one) => one.statement === statement);
    // One that the end names is missed by another rule, or was erased.
    if (ending?.state === recorded.state) return [];
    return [`nothing signed says what the record has of ${step}`];
  }
  if (restated === null) return [`what the record has of ${step} cannot be read`];
  const names = [
    ...namesThatDiffer(saidBy(claim.statement), saidBy(restated)),
    ...(reused === null ? [] : loggedThatDiffers(of, claim, reused)),
  ];
  return names.length === 0 ? [] : [`${step} has other things on record than were signed: ${listed(names)}`];
}

/** What a reused result logged is named by the statement of the execution that it is of. */
function loggedThatDiffers(
  of: RunCase,
  { reusedFrom }: ExecutionClaim,
  logged: NonNullable<ExecutionOnRecord['reused']>,
): string[] {
  const known = [...of.executions, ...of.originals.values()];
  const original = known.find(({ digest }) => digest === reusedFrom?.statementDigest);
  // What is reused from nowhere breaks a rule of its own.
  if (original === undefined) return [];
  const named = new Map(byproductsOf(original.statement.predicate).map((one) => [nameOf(one), digestOf(one)]));
  return ['metrics', 'values'].filter((name) => named.get(name) !== logged.get(name)?.slice('sha256:'.length));
}

/** What a statement says, by names that people know; not when it was made and by which program, which a record does not have. */
function saidBy({ subject, predicate }: Statement): Map<string, unknown> {
  const build = member(predicate, 'buildDefinition');
  const details = member(predicate, 'runDetails');
  const { finishedOn: _, ...metadata } = objectOf(member(details, 'metadata'));
  const { params, ...external } = objectOf(member(build, 'externalParameters'));
  const dependencies = listOf(member(build, 'resolvedDependencies'));
  return new Map<string, unknown>([
    ['kind', member(build, 'buildType')],
    ...Object.entries(external),
    ...Object.entries(objectOf(params)).map(([name, value]): [string, unknown] => [`params.${name}`, value]),
    ...Object.entries(objectOf(member(build, 'internalParameters'))),
    ...Object.entries(metadata),
    ...Object.entries(objectOf(member(predicate, 'mlspec_outcome'))),
    // Which name an environment has is not recorded, and in a subject that is an attempt are no artifacts.
    ...dependencies.map((one): [string, unknown] => [
      nameOf(one).replace(/^environment\/.*$/s, 'environment'),
      withoutName(one),
    ]),
    ...byproductsOf(predicate).map((one): [string, unknown] => [nameOf(one), withoutName(one)]),
    ...subject
      .filter((one) => nameOf(one).startsWith('output/'))
      .map((one): [string, unknown] => [one.name, withoutName(one)]),
  ]);
}

function namesThatDiffer(signed: ReadonlyMap<string, unknown>, recorded: ReadonlyMap<string, unknown>): string[] {
  const names = new Set([...signed.keys(), ...recorded.keys()]);
  return [...names].filter((name) => textOf(signed.get(name)) !== textOf(recorded.get(name)));
}

const mostNames = 5;

function listed(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function byproductsOf(predicate: unknown): readonly unknown[] {
  return listOf(member(member(predicate, 'runDetails'), 'byproducts'));
}

function digestOf(resource: unknown): string | null {
  return text(member(member(resource, 'digest'), 'sha256'));
}

function nameOf(resource: unknown): string {
  return text(member(resource, 'name')) ?? '';
}

function withoutName(resource: unknown): unknown {
  return { ...objectOf(resource), name: null };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}
