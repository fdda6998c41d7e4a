import { selectSteps } from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { type GateStatus, gateStatus } from './gates.ts';
import { planProject } from './plan-project.ts';
import type { RunRequest } from './run.ts';

/** A gate that a release will carry out, and how its part stands before. */
export type UseAhead = Pick<GateStatus, 'gate' | 'part' | 'uses' | 'usesSpent' | 'retired'>;

/**
 * The gates that a request would carry out, in their order. A gate costs a use where it has not answered for the very
 * same model yet, which only the run can tell.
 */
export async function usesAhead(config: Config, request: Omit<RunRequest, 'onEvent'>): Promise<UseAhead[]> {
  const planned = await planProject(config, request);
  const { plan, recordedOnly } = selectSteps(planned.plan, request.selection);
  const ahead = plan.steps.filter((step) => step.stage === 'testing' && !recordedOnly.has(step.name));
  if (ahead.length === 0) return [];
  const status = await gateStatus(config, request);
  return ahead.map((step) => status.find((one) => one.gate === step.params['gate'])!);
}
