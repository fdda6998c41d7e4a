import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { arePeersThere, findPython, isLuigiThere, luigiPython, peersPython } from '../tools/python-env.ts';
import type { Bench, BenchOptions, BenchResult, Figure } from './frame/bench.ts';
import { spreadOf } from './frame/spread.ts';
import type { Contender, OpenContender } from './peers/contender.ts';
import { dvcContender } from './peers/dvc.ts';
import { type GraphStep, graphOf, layOut, ranCount } from './peers/graph.ts';
import { luigiContender, luigidContender } from './peers/luigi.ts';
import { mlspecContender } from './peers/mlspec.ts';
import { prefectContender } from './peers/prefect.ts';

/** The same graph of steps, a process each, in programs that people use for that. */
export const peersBench: Bench = { name: 'peers', title: 'The same graph in other programs', run: measure };

const one = mlspecContender('mlspec, one step at a time', 1);
const many = mlspecContender('mlspec', null);
/** Each peer with that of ours which runs as many steps at a time. */
const pairs: readonly (readonly [Contender, Contender])[] = [
  [dvcContender, one],
  [luigiContender, many],
  [luigidContender, many],
  [prefectContender, many],
];
const sizes = { full: { width: 12, rounds: 5 }, small: { width: 1, rounds: 1 } } as const;

/** Milliseconds of each round. */
interface Times {
  readonly first: number[];
  readonly again: number[];
}

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const { width, rounds } = sizes[extent];
  const graph = graphOf(width);
  // Small: the peers only where they are there already, so that a test needs no half of a gigabyte.
  const arePeersMeasured = extent === 'full' || (arePeersThere() && isLuigiThere());
  const [python, luigi] = arePeersMeasured
    ? [peersPython(), luigiPython()]
    : ([findPython()!.path, findPython()!.path] as const);
  const contenders = [one, many, ...(arePeersMeasured ? pairs.map(([peer]) => peer) : [])];
  const sideBySide = availableParallelism();
  const times = new Map<Contender, Times>(contenders.map((contender) => [contender, { first: [], again: [] }]));
  const open = new Map<Contender, OpenContender>();
  try {
    for (const contender of contenders)
      open.set(contender, await contender.open({ folder, python, luigi, sideBySide }));
    for (let round = 0; round < rounds; round++) {
      for (const [index, contender] of contenders.entries()) {
        const root = join(folder, `${round}-${index}`);
        await measureOnce(open.get(contender)!, { root, graph, times: times.get(contender)! });
      }
      say(`round ${round + 1} of ${rounds}`);
    }
  } finally {
    for (const opened of open.values()) await opened.close();
  }
  return {
    figures: [
      ...contenders.flatMap((contender) => plainFigures(contender.name, times.get(contender)!)),
      ...ratios(times),
    ],
    notes: [
      `${graph.length} steps: a source, ${width} branches of two steps each, a step that joins them. Each step starts the same Python program, which reads its inputs and writes a line.`,
      `Luigi, Prefect and ours run ${sideBySide} steps at a time. \`dvc repro\` cannot, so it is compared with ours at one step at a time.`,
      'First: a folder in which nothing was run. Again: the same folder at once after that, nothing changed; no step runs.',
      'Luigi has an environment of its own, without packages of the others that it would load though it does not need them. The steps run in one and the same interpreter for everybody.',
      "Luigi's central scheduler and Prefect's local server run before the time begins. Prefect's results are kept, so that it can reuse them.",
    ],
    ...(arePeersMeasured
      ? { versions: { ...versionsOf(python, ['dvc', 'prefect']), ...versionsOf(luigi, ['luigi']) } }
      : {}),
  };
}

/** Carries the graph out twice in a new folder, and makes sure that all steps ran the first time and none the second. */
async function measureOnce(
  opened: OpenContender,
  { root, graph, times }: { readonly root: string; readonly graph: readonly GraphStep[]; readonly times: Times },
): Promise<void> {
  mkdirSync(root);
  layOut(root);
  const run = await opened.project(root, graph);
  for (const turn of ['first', 'again'] as const) {
    times[turn].push((await run()).wallMs);
    const ran = ranCount(root);
    if (ran !== graph.length) throw new Error(`${root}: ${ran} steps ran up to the ${turn} run, not ${graph.length}`);
  }
}

function plainFigures(name: string, times: Times): Figure[] {
  const seconds = (wallMs: readonly number[]) => spreadOf(wallMs.map((ms) => ms / 1000));
  return [
    { what: `${name}, first`, unit: 's', spread: seconds(times.first) },
    { what: `${name}, again`, unit: 's', spread: seconds(times.again) },
  ];
}

/** How many times as long as ours each peer takes, round by round. */
function ratios(times: ReadonlyMap<Contender, Times>): Figure[] {
  return pairs.flatMap(([peer, ours]) => {
    const [theirs, own] = [times.get(peer), times.get(ours)];
    if (theirs === undefined || own === undefined) return [];
    return (['first', 'again'] as const).map(
      (turn): Figure => ({
        what: `${peer.name}, ${turn}: times as long as ${ours.name}`,
        unit: 'times',
        spread: spreadOf(theirs[turn].map((wallMs, round) => wallMs / own[turn][round]!)),
        limit: { atLeast: 1 },
      }),
    );
  });
}

function versionsOf(python: string, names: readonly string[]): Record<string, string> {
  const ask = 'import importlib.metadata as m, sys; print(*(m.version(n) for n in sys.argv[1:]))';
  const said = execFileSync(python, ['-c', ask, ...names], { encoding: 'utf8' });
  return Object.fromEntries(
    said
      .trim()
      .split(' ')
      .map((version, index) => [names[index]!, version]),
  );
}
