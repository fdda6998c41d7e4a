import { selectSteps } from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { type GateStatus, gatesOf } from './gate-status.ts';
import { planAfresh, planRun } from './plan-cache.ts';
import type { RunRequest } from './run.ts';
import { openSigning } from './signing.ts';

/** A gate that a release will carry out, and how its part stands before. */
export type UseAhead = Pick<GateStatus, 'gate' | 'part' | 'uses' | 'usesSpent' | 'retired'>;

/**
 * The gates that a request would carry out, in their order. A gate costs a use where it has not answered for the very
 * same model yet, which only the run can tell.
 * @param by whether only to look, and who is told where a key was made
 */
export async function usesAhead(
  config: Config,
  request: Omit<RunRequest, 'onEvent'>,
  by: { readonly isPreview: boolean; readonly onProgress: (message: string) => void },
): Promise<UseAhead[]> {
  const planned = by.isPreview
    ? await planAfresh(config, request)
    : await planRun(config, request, openSigning(config, by.onProgress));
  const { plan, recordedOnly } = selectSteps(planned.plan, request.selection);
  const ahead = plan.steps.filter((step) => step.stage === 'testing' && !recordedOnly.has(step.name));
  if (ahead.length === 0) return [];
  const gates = ahead.map(
    ({ params }) => params as unknown as { name: string; gate: string; part: string; uses: number },
  );
  return await gatesOf(config, { name: gates[0]!.name, gates });
}
