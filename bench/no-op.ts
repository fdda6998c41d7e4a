import type { Bench, BenchOptions, BenchResult, Figure } from './frame/bench.ts';
import { inTurn } from './frame/processes.ts';
import { exampleAt } from './frame/project.ts';
import { spreadOf } from './frame/spread.ts';

/** An example with nothing to do, as a user calls it. */
export const noOpBench: Bench = { name: 'no-op', title: 'Nothing to do', run: measure };

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const [example, rounds] = extent === 'full' ? (['flights', 15] as const) : (['penguins', 2] as const);
  const project = exampleAt(example, folder);
  say('carrying everything out once');
  for (const args of [['run'], ['release', '--yes']]) await project.mlspec(...args);
  say('and again, with nothing to do');
  const times = await inTurn(
    { run: () => project.mlspec('run'), release: () => project.mlspec('release', '--yes') },
    rounds,
  );
  const figure = (command: string, wallMs: readonly number[]): Figure => ({
    what: `\`mlspec ${command}\` of examples/${example}, nothing to do`,
    unit: 's',
    spread: spreadOf(wallMs.map((ms) => ms / 1000)),
    limit: { atMost: 0.5 },
  });
  return {
    figures: [figure('run', times.run), figure('release --yes', times.release)],
    notes: [
      'From the start of the process to its end. `run` goes to the evaluation, `release` through all stages: gates and package included.',
      'Every step is looked up, found equal by content, recorded as reused, attested, signed and logged.',
    ],
  };
}
