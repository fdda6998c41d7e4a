import { modelsOf } from '../../model-ci/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { readMeasuredVerdict } from '../measured-verdict.ts';
import { type RegisteredModel, registeredModel, whyAbsent } from '../registered-models.ts';
import type { TestingParams } from './plan.ts';
import type { GateVerdict } from './result.ts';
import { canBeTold } from './trained-on.ts';

/** What is known of a gate before its part is opened; all of it is public. */
export interface Foreseen {
  /** The registered models that the new one is compared with; null where there is none. */
  readonly registered: Readonly<Record<string, RegisteredModel | null>>;
  /** Objectives that cannot be tested because a baseline is absent, with the reason, by name. */
  readonly skipped: Readonly<Record<string, string>>;
  /** The verdict, where there is one already; then no use is spent. */
  readonly verdict: Pick<GateVerdict, 'verdict' | 'says'> | null;
}

/**
 * Looks at everything that decides a gate without its part: too few rows, objectives that evaluation saw missed, and
 * baselines that are absent, cannot answer, or may have been trained on the part.
 */
export async function foresee(params: TestingParams, rowCount: number, context: StepContext): Promise<Foreseen> {
  const registered = Object.fromEntries(
    Object.entries(params.registered).map(([name, declared]) => [name, registeredModel(name, declared, context)]),
  );
  const skipped = skippedObjectives(params, registered);
  const verdict = (await foreseeVerdict(params, { rowCount, registered, skipped }, context)) ?? null;
  return { registered, skipped, verdict };
}

type Known = Pick<Foreseen, 'registered' | 'skipped'> & { readonly rowCount: number };

async function foreseeVerdict(
  params: TestingParams,
  { rowCount, registered, skipped }: Known,
  context: StepContext,
): Promise<Foreseen['verdict'] | undefined> {
  const said = (verdict: GateVerdict['verdict'], why: string): Foreseen['verdict'] => ({
    verdict,
    says: `${why}: no use was spent`,
  });
  const input = context.inputs['measured']?.[0];
  const measured = input === undefined ? null : await readMeasuredVerdict(input.path);
  if (measured !== null && !measured.passed)
    return said('skipped', `evaluation stops the release: ${measured.missed.join(', ')} missed`);
  const failing = Object.entries(params.registered).find(
    ([name, { absent }]) => absent === 'fail' && registered[name] === null,
  );
  if (failing !== undefined) return said('fail', `${whyAbsent(failing[0])}, and absent: fail is declared for it`);
  if (params.clauses.every(({ objective }) => objective.name in skipped))
    return said('skipped', `nothing to test, ${Object.values(skipped).join(', ')}`);
  if (rowCount < params.rowsNeeded)
    return said('unknown-before', `${rowCount} examples, ${params.rowsNeeded} are needed`);
  for (const [name, model] of Object.entries(registered)) {
    if (model === null) continue;
    const reason = measured?.incomparable[name];
    if (reason !== undefined) return said('unknown-before', reason);
    if (!canBeTold(params.divided[model.port]!, context))
      return said(
        'unknown-before',
        `${name} (${model.label}) may have been trained on rows of the part; its data are not kept`,
      );
  }
  return undefined;
}

function skippedObjectives(
  params: TestingParams,
  registered: Foreseen['registered'],
): Readonly<Record<string, string>> {
  const absent = (name: string): boolean => name in registered && registered[name] === null;
  return Object.fromEntries(
    params.clauses.flatMap(({ objective }) => {
      const missing = modelsOf(objective).find(absent);
      return missing === undefined ? [] : [[objective.name, whyAbsent(missing)]];
    }),
  );
}
