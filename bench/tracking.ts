import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { hasPostgres } from '../test/contract/databases.ts';
import { arePeersThere, peersPython } from '../tools/python-env.ts';
import type { Bench, BenchOptions, BenchResult, Figure } from './frame/bench.ts';
import { versionOf } from './frame/machine.ts';
import { builtProgram } from './frame/program.ts';
import { spreadOf } from './frame/spread.ts';
import { openClient, type TrackingClient } from './tracking/client.ts';
import {
  bareContender,
  ownContender,
  type RunningServer,
  startContender,
  stockContender,
  type TrackingContender,
} from './tracking/contenders.ts';
import { type Extents, type Filled, fill, fillManyRuns, logSeries } from './tracking/fill.ts';
import { residentBytes } from './tracking/memory.ts';
import { type DatabaseKind, newPlace, type Place } from './tracking/places.ts';
import { works } from './tracking/works.ts';

/** Answering MLflow's clients: our server, MLflow's own, and a loop that only writes. */
export const trackingBench: Bench = { name: 'tracking', title: 'The tracking server', run: measure };

const extentsOf: Readonly<Record<BenchOptions['extent'], Extents>> = {
  full: {
    runs: 2000,
    page: 1000,
    manyRuns: 100_000,
    history: 25_000,
    points: 1_000_000,
    clientCalls: 300,
    seconds: 2,
    rounds: 5,
  },
  small: { runs: 8, page: 4, manyRuns: 120, history: 1500, points: 4000, clientCalls: 3, seconds: 0.05, rounds: 1 },
};
const idleMs = { full: 3000, small: 0 } as const;

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const extents = extentsOf[extent];
  // Small: MLflow only where it is there already, so that a test needs no gigabyte.
  const python = extent === 'full' || arePeersThere() ? peersPython() : null;
  const program = await builtProgram();
  const kinds: readonly DatabaseKind[] = (await hasPostgres()) ? ['SQLite', 'PostgreSQL'] : ['SQLite'];
  let turn = 0;
  const nextTurn = (): number => turn++;
  const figures: Figure[] = [];
  for (const kind of kinds) {
    const groups: readonly (readonly TrackingContender[])[] = [
      kind === 'SQLite' ? [bareContender] : [],
      [ownContender(program, kind)],
      python === null ? [] : [stockContender(python, kind, 1), stockContender(python, kind, null)],
    ];
    for (const [index, contenders] of groups.entries()) {
      const place = await newPlace(kind, join(folder, `${kind}-${index}`));
      try {
        figures.push(...(await measureGroup(contenders, place, { extents, extent, python, say, nextTurn })));
      } finally {
        await place.dispose();
      }
    }
  }
  return {
    figures: inOrder(figures),
    notes: [
      'Every server answers over connections that stay open, one after the other, on this machine. Each is filled through its own calls; the 100,000 runs alone are put into our tables.',
      '`mlflow server` is measured with one worker and with as many as it starts by itself, on one database.',
      'The loop checks nothing, knows no runs and keeps no latest values: what HTTP, JSON and SQLite take in this language.',
      'Memory: resident pages of a process and all that it started, in idleness; what processes share counts for each.',
      ...(kinds.length === 1 ? ['PostgreSQL did not answer and is left out.'] : []),
    ],
    ...(python === null ? {} : { versions: { mlflow: versionOf([python, '-m', 'mlflow', '--version']) } }),
  };
}

interface GroupOptions extends Pick<BenchOptions, 'extent' | 'say'> {
  readonly extents: Extents;
  readonly python: string | null;
  /** Another number at each call. */
  readonly nextTurn: () => number;
}

/** Measures contenders that work on one place, one after the other; the first one fills it. */
async function measureGroup(
  contenders: readonly TrackingContender[],
  place: Place,
  options: GroupOptions,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  let filled: Filled | null = null;
  for (const contender of contenders) {
    const { server, started } = await startRepeatedly(contender, place, options);
    const client = openClient(server.url, 4);
    try {
      figures.push(...started);
      filled ??= await fillFor(contender, client, { place, extents: options.extents });
      options.say(`${contender.name} is filled`);
      figures.push(...(await measureWorks(contender, { client, filled }, options)));
      options.say(`${contender.name} is measured`);
    } finally {
      client.close();
      await server.close();
    }
  }
  return figures;
}

/** Starts a server as often as there are rounds; the last one stays. The first start, which makes the tables, does not count. */
async function startRepeatedly(
  contender: TrackingContender,
  place: Place,
  { extent, extents }: GroupOptions,
): Promise<{ readonly server: RunningServer; readonly started: readonly Figure[] }> {
  await (await startContender(contender, place)).close();
  const times: number[] = [];
  for (let round = 1; ; round++) {
    const server = await startContender(contender, place);
    times.push(server.readyMs / 1000);
    if (round < extents.rounds) {
      await server.close();
      continue;
    }
    await wait(idleMs[extent]);
    const limits = contender.program === 'ours' ? [{ atMost: 1 }, { atMost: 150 }] : [];
    const started: Figure[] = [figureOf(contender, { what: 'start to the first answer', unit: 's' }, times, limits[0])];
    if (existsSync('/proc/self/statm')) {
      const memory = residentBytes(server.pid) / 1e6;
      started.push(figureOf(contender, { what: 'memory in idleness', unit: 'MB' }, [memory], limits[1]));
    }
    return { server, started };
  }
}

async function fillFor(
  contender: TrackingContender,
  client: TrackingClient,
  { place, extents }: { readonly place: Place; readonly extents: Extents },
): Promise<Filled> {
  if (contender.program === 'bare') {
    const filled = { runId: 'run', experimentId: '0', largeExperimentId: null };
    await logSeries(client, filled.runId, { key: 'history', count: extents.history });
    return filled;
  }
  const filled = await fill(client, extents);
  if (contender.program !== 'ours') return filled;
  await logSeries(client, filled.runId, { key: 'long', count: extents.points });
  return { ...filled, largeExperimentId: await fillManyRuns(client, place, extents.manyRuns) };
}

async function measureWorks(
  contender: TrackingContender,
  at: { readonly client: TrackingClient; readonly filled: Filled },
  { extents, python, nextTurn }: GroupOptions,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const work of works) {
    const isPython = work.what.includes('Python');
    if (!work.programs.includes(contender.program) || (isPython && python === null)) continue;
    const values: number[] = [];
    // Once more than it counts: the first time compiles, prepares and reads into memory.
    for (let round = 0; round <= extents.rounds; round++) {
      const value = await work.measure({ ...at, extents, python, turn: nextTurn() });
      if (round > 0) values.push(value);
    }
    const limit = contender.program === 'ours' ? work.limit?.(contender) : undefined;
    figures.push(figureOf(contender, work, values, limit));
  }
  return figures;
}

function figureOf(
  contender: TrackingContender,
  { what, unit }: { readonly what: string; readonly unit: string },
  values: readonly number[],
  limit?: Figure['limit'],
): Figure {
  const figure = { what: `${what}: ${contender.name}`, unit, spread: spreadOf(values) };
  return limit === undefined ? figure : { ...figure, limit };
}

/** Work by work, so that the page shows the contenders beside each other. */
function inOrder(figures: readonly Figure[]): Figure[] {
  const wanted = [...works.map(({ what }) => what), 'start to', 'memory in'];
  const place = ({ what }: Figure): number => wanted.findIndex((work) => what.startsWith(work));
  return figures.toSorted((a, b) => place(a) - place(b));
}
