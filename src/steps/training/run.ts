import { cp, readFile, writeFile } from 'node:fs/promises';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { SelectionParams } from './plan-search.ts';
import type { SearchReport } from './result.ts';

/** Chooses the best trial: its model becomes the model, the search its report. Of equal values the first trial wins. */
export async function runSelection(context: StepContext): Promise<void> {
  const params = context.params as unknown as SelectionParams;
  const values = await readValues(context);
  const trials = params.trials.map((trial) => ({
    step: trial.step,
    params: { ...trial.params } as SearchReport['trials'][number]['params'],
    value: values.get(scoreOf(trial.step)) ?? null,
  }));
  const best = bestOf(trials, params.direction);
  const model = context.inputs['models']!.find((input) => input.from.step === best.step)!;
  await cp(model.path, context.outputs['model']!.path, { recursive: true });
  context.outputs['model']!.setProperties({ ...model.properties, trial: best.step, params: best.params });
  const folds = context.outputs['folds'];
  const measured = context.inputs['scores']!.find(({ from }) => from.step === scoreOf(best.step))!;
  if (folds !== undefined) await cp(measured.path, folds.path);
  const report: SearchReport = {
    objective: params.objective,
    direction: params.direction,
    trials,
    best: best.step,
    note: `the best of ${trials.filter((trial) => trial.value !== null).length} trials on ${folds === undefined ? 'one part' : 'the same folds'}: its value there is optimistic`,
  };
  await writeFile(context.outputs['search']!.path, JSON.stringify(report));
  context.value('best', best.step);
  context.value('objective', best.value);
  context.value('trials', trials.length);
}

function scoreOf(trial: string): string {
  return trial.replace('/trial-', '/score-');
}

async function readValues(context: StepContext): Promise<Map<string, number | null>> {
  const entries = await Promise.all(
    context.inputs['scores']!.map(async (score): Promise<[string, number | null]> => {
      const { objective } = JSON.parse(await readFile(score.path, 'utf8')) as { objective: number | null };
      return [score.from.step, objective];
    }),
  );
  return new Map(entries);
}

function bestOf(
  trials: SearchReport['trials'],
  direction: SelectionParams['direction'],
): SearchReport['trials'][number] {
  const scored = trials.filter((trial) => trial.value !== null);
  if (scored.length === 0)
    throw new PlatformError('TRAINING_NO_TRIAL', {
      message: `none of the ${trials.length} trials has a value of the objective`,
    });
  const sign = direction === 'maximize' ? 1 : -1;
  return scored.reduce((best, trial) => (sign * trial.value! > sign * best.value! ? trial : best));
}
