import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../src/pipeline/index.ts';
import { type BareProcesses, bareProcesses } from './engine/bare-process.ts';
import { captureStep, type Shape, stepProject } from './engine/step-graphs.ts';
import type { Bench, BenchOptions, BenchResult } from './frame/bench.ts';
import { runProcess } from './frame/processes.ts';
import { type Project, projectAt } from './frame/project.ts';
import { medianOf, spreadOf } from './frame/spread.ts';

const most = { atMost: 25 } as const;
const sizes = {
  full: { steps: 200, rounds: 3, bare: 20 },
  small: { steps: 3, rounds: 1, bare: 2 },
} as const;

/** What the engine costs for each step beyond the step's own process. */
export const engineBench: Bench = { name: 'engine', title: 'Engine overhead a step', run: measure };

/** Milliseconds of one round. */
interface Round {
  /** What lies between the ends of steps that follow each other, less their process. */
  readonly beyond: number;
  readonly bare: number;
  readonly whole: number;
}

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const { steps, rounds, bare } = sizes[extent];
  const cores = availableParallelism();
  const chain = await openProject('chain', { folder, steps });
  const fan = await openProject('fan', { folder, steps });
  const found = { chain: [] as Round[], fan: [] as Round[], node: [] as number[], again: [] as number[] };
  for (let round = 1; round <= rounds; round++) {
    found.chain.push(await measureChain(chain, bare));
    found.fan.push(await measureFan(fan, { steps, cores }));
    found.node.push(...(await emptyNode(folder, bare)));
    found.again.push((await chain.project.mlspec('run', '--until', 'steps')).wallMs);
    say(
      `round ${round}: ${found.chain.at(-1)!.beyond.toFixed(1)} and ${found.fan.at(-1)!.beyond.toFixed(1)} ms a step`,
    );
  }
  const of = (rows: readonly Round[], key: keyof Round) => spreadOf(rows.map((row) => row[key]));
  const ms = 'ms';
  return {
    figures: [
      {
        what: `a chain of ${steps} empty steps: a step, beyond its process`,
        unit: ms,
        spread: of(found.chain, 'beyond'),
        limit: most,
      },
      {
        what: `a fan of ${steps} empty steps: a step, beyond its process`,
        unit: ms,
        spread: of(found.fan, 'beyond'),
        limit: most,
      },
      { what: "the step's process alone", unit: ms, spread: of(found.chain, 'bare') },
      { what: `the step's process alone, a share of ${cores} side by side`, unit: ms, spread: of(found.fan, 'bare') },
      { what: 'an empty Node process', unit: ms, spread: spreadOf(found.node) },
      {
        what: `the whole chain, \`mlspec run\``,
        unit: 's',
        spread: spreadOf(found.chain.map((row) => row.whole / 1000)),
      },
      { what: `the whole fan, \`mlspec run\``, unit: 's', spread: spreadOf(found.fan.map((row) => row.whole / 1000)) },
      {
        what: `the whole chain again, nothing to do`,
        unit: 's',
        spread: spreadOf(found.again.map((wallMs) => wallMs / 1000)),
      },
    ],
    notes: [
      "Beyond its process: the time between the ends of two steps (median of the chain; of the fan the whole time by the number of steps), less what the step's very process takes where no engine stands around it, measured before and after in the same round.",
      'It holds everything that the engine does for a step: inputs, key, look-up, invocation, hashing and storing the output, the statement, its signature, its entry of the log, and the transaction that publishes them.',
      `The fan runs ${cores} steps at a time, and so do its bare processes; the engine's work takes time from them, and that is in the figure.`,
    ],
  };
}

interface Opened {
  readonly project: Project;
  readonly bare: BareProcesses;
}

async function openProject(
  shape: Shape,
  { folder, steps }: { readonly folder: string; readonly steps: number },
): Promise<Opened> {
  const project = projectAt(join(folder, shape), stepProject(shape, steps));
  // Makes the plan, the keys and the compile cache, and leaves how a step is started.
  await project.mlspec('run', '--only', captureStep);
  return { project, bare: bareProcesses(join(project.root, 'captured.json'), join(folder, `${shape}-bare`)) };
}

async function measureChain({ project, bare }: Opened, count: number): Promise<Round> {
  const before = await bare.run(count, 1);
  const { ends, wallMs } = await runAll(project);
  const after = await bare.run(count, 1);
  const alone = medianOf([...before.each, ...after.each]);
  const between = ends.slice(1).map((end, index) => end - ends[index]!);
  return { beyond: medianOf(between) - alone, bare: alone, whole: wallMs };
}

async function measureFan(
  { project, bare }: Opened,
  { steps, cores }: { readonly steps: number; readonly cores: number },
): Promise<Round> {
  const half = Math.ceil(steps / 2);
  const before = await bare.run(half, cores);
  const { ends, wallMs } = await runAll(project);
  const after = await bare.run(half, cores);
  const share = (before.wallMs + after.wallMs) / (2 * half);
  return { beyond: (ends.at(-1)! - ends[0]!) / (ends.length - 1) - share, bare: share, whole: wallMs };
}

/** Runs every step of a project anew; when each ended, in order. */
async function runAll(project: Project): Promise<{ readonly ends: readonly number[]; readonly wallMs: number }> {
  const { stdout, wallMs } = await project.mlspec('run', '--json', '--until', 'steps', '--force');
  const events = stdout.split('\n').flatMap((line): RunEvent[] => (line === '' ? [] : [JSON.parse(line)]));
  const ends = events.flatMap((event) =>
    event.type === 'step' && event.state === 'complete' && event.step !== captureStep ? [event.atMs] : [],
  );
  return { ends, wallMs };
}

async function emptyNode(folder: string, count: number): Promise<number[]> {
  const file = join(folder, 'empty', 'empty.mjs');
  mkdirSync(join(folder, 'empty'), { recursive: true });
  writeFileSync(file, '');
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) times.push((await runProcess([process.execPath, file])).wallMs);
  return times;
}
