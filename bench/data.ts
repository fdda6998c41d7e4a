import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTables, profileTable, runChecks } from '../src/data-quality/index.ts';
import { monotonicMs } from '../src/encoding/index.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../src/tables/index.ts';
import { checkers, comparers, type InstalledPeer, install, letWork, type Peer, profilers } from './data/peers.ts';
import { declared, ownCheck, peerChecks } from './data/suite.ts';
import { type BenchTables, makeTables, scan } from './data/tables.ts';
import type { Bench, BenchOptions, BenchResult, Figure } from './frame/bench.ts';
import { inTurn } from './frame/processes.ts';
import { type Project, projectAt } from './frame/project.ts';
import { medianOf, spreadOf } from './frame/spread.ts';

/** Statistics, checks and drift of large tables, beside a bare scan and the programs that people use for that. */
export const dataBench: Bench = { name: 'data', title: 'Looking at tables', run: measure };

const sizes = {
  full: { flights: 3_000_000, wide: 1_000_000, rounds: 5 },
  small: { flights: 5_000, wide: 1_000, rounds: 1 },
} as const;

/** The shares of a promise that figures are held to. */
const limits = {
  profile: { atLeast: 10 },
  checks: { atMost: 2 },
  faster: { atLeast: 1 },
  drift: { atMost: 5 },
} as const;

async function measure({ extent, folder, say }: BenchOptions): Promise<BenchResult> {
  const size = sizes[extent];
  const tables = await makeTables(folder, size);
  const checks = peerChecks(size.wide);
  const project = projectAt(join(folder, 'project'), {
    'checks.yaml': JSON.stringify({ checks: checks.map(ownCheck) }),
  });
  writeFileSync(join(folder, 'checks.json'), JSON.stringify(checks));
  say('the tables are made');
  const given: Given = { tables, project, checks: join(folder, 'checks.json'), rounds: size.rounds, say };
  const ours = await createDuckDb({ tempDirectory: folder });
  const bare = await createDuckDb({ tempDirectory: folder });
  const inside: Figure[] = [];
  try {
    // Ours does not believe what a file says of itself; the scan may, which makes sums of whole numbers cheaper.
    await bare.execute("SET disabled_optimizers = ''");
    inside.push(...(await besideScan({ ours, bare }, given, checks.map(ownCheck))));
  } finally {
    await ours.close();
    await bare.close();
  }
  const programs = await ofPrograms(given);
  // Small: without peers, of which some take a minute to start.
  const peers = extent === 'full' ? await ofPeers(given, programs) : { figures: [], versions: {}, missing: [] };
  return {
    figures: [...inside, ...programs.figures, ...peers.figures],
    versions: peers.versions,
    notes: [
      `${size.flights} flights, five columns; as many again, a quarter later and up to seven minutes more delayed; ${size.wide} rows × 80 columns with ${checks.length} checks, all of which hold. Parquet as DuckDB writes it, in the page cache.`,
      'A bare scan takes every value in hand once: one sum a column. Shares of it are taken inside one process, round by round, without the start of a program.',
      'mlspec is measured from the start of its process to its end; of the others the time from the file to the result counts, without their start and their imports.',
      'ydata-profiling computes what our profile does, with pairs, interactions, samples and duplicate rows switched off; the others compute less, or sketch.',
      ...peers.missing.map(({ name, why }) => `${name} could not be installed or did not do its task here: ${why}`),
    ],
  };
}

interface Given {
  readonly tables: BenchTables;
  readonly project: Project;
  /** The list of checks for the peers. */
  readonly checks: string;
  readonly rounds: number;
  readonly say: BenchOptions['say'];
}

const timed = async (work: () => Promise<unknown>): Promise<{ wallMs: number }> => {
  const startedMs = monotonicMs();
  await work();
  return { wallMs: monotonicMs() - startedMs };
};

/** Ours and the scan of the same files, in this process. */
async function besideScan(
  { ours, bare }: { readonly ours: QueryEngine; readonly bare: QueryEngine },
  given: Given,
  those: readonly string[],
): Promise<Figure[]> {
  const { flights, later, wide } = given.tables;
  const checks = those.map(declared);
  const times = await inTurn(
    {
      scanFlights: () => timed(() => scan(bare, flights)),
      profile: () => timed(() => profileTable(ours, parquetSource(flights))),
      scanWide: () => timed(() => scan(bare, wide)),
      checks: () => timed(async () => requireAll(await runChecks(ours, parquetSource(wide), { checks }))),
      scanBoth: () => timed(async () => [await scan(bare, flights), await scan(bare, later)]),
      drift: () =>
        timed(() => compareTables(ours, { reference: parquetSource(flights), current: parquetSource(later) })),
    },
    given.rounds,
  );
  given.say('ours and bare scans');
  const share = (what: string, ours: readonly number[], bare: readonly number[]): Figure => ({
    what,
    unit: 'scans',
    spread: spreadOf(ours.map((wallMs, round) => wallMs / bare[round]!)),
  });
  return [
    share('full statistics of the flights: bare scans', times.profile, times.scanFlights),
    { ...share(`${those.length} checks: bare scans`, times.checks, times.scanWide), limit: limits.checks },
    { ...share('drift of all columns: bare scans of both tables', times.drift, times.scanBoth), limit: limits.drift },
    { what: 'a bare scan of the flights', unit: 's', spread: seconds(times.scanFlights) },
    { what: 'a bare scan of the wide table', unit: 's', spread: seconds(times.scanWide) },
  ];
}

function requireAll(results: Awaited<ReturnType<typeof runChecks>>): void {
  const wrong = results.find(({ outcome }) => outcome !== 'passed');
  if (wrong !== undefined) throw new Error(`${wrong.that}: ${wrong.message}`);
}

const seconds = (wallMs: readonly number[]) => spreadOf(wallMs.map((ms) => ms / 1000));

interface Programs {
  readonly figures: readonly Figure[];
  /** Seconds, medians. */
  readonly profile: number;
  readonly checks: number;
  readonly drift: number;
}

/** Ours as a user calls it. */
async function ofPrograms({ tables, project, rounds, say }: Given): Promise<Programs> {
  const times = await inTurn(
    {
      profile: () => project.mlspec('data', 'profile', tables.flights, '--json'),
      checks: () => project.mlspec('data', 'check', tables.wide, '--checks', 'checks.yaml', '--json'),
      // Drift is found, and the exit code says so; a threshold that nothing reaches lets it be 0.
      drift: () => project.mlspec('data', 'drift', tables.flights, tables.later, '--threshold', '1000', '--json'),
    },
    rounds,
  );
  say('ours as programs');
  const of = { profile: seconds(times.profile), checks: seconds(times.checks), drift: seconds(times.drift) };
  return {
    figures: [
      { what: '`mlspec data profile` of the flights', unit: 's', spread: of.profile },
      { what: '`mlspec data check` of the wide table', unit: 's', spread: of.checks },
      { what: '`mlspec data drift` of the flights', unit: 's', spread: of.drift },
    ],
    profile: medianOf(times.profile) / 1000,
    checks: medianOf(times.checks) / 1000,
    drift: medianOf(times.drift) / 1000,
  };
}

interface PeerFigures {
  readonly figures: Figure[];
  readonly versions: Record<string, string>;
  readonly missing: { readonly name: string; readonly why: string }[];
}

/** The peers, each once: they take up to minutes. */
async function ofPeers({ tables, checks, say }: Given, ours: Programs): Promise<PeerFigures> {
  const found: PeerFigures = { figures: [], versions: {}, missing: [] };
  const tasks: readonly Task[] = [
    { what: 'full statistics of the flights', peers: profilers, args: [tables.flights], ours: ours.profile },
    { what: '226 checks', peers: checkers, args: [tables.wide, checks], ours: ours.checks, limit: limits.faster },
    { what: 'drift of all columns', peers: comparers, args: [tables.flights, tables.later], ours: ours.drift },
  ];
  for (const task of tasks)
    for (const peer of task.peers) {
      const installed = install(peer);
      const told =
        typeof installed === 'string' ? installed : await work(installed, task).catch((error: Error) => error.message);
      if (typeof told === 'string') found.missing.push({ name: peer.name, why: told.trim().split('\n').at(-1)! });
      else {
        const limit = task.limit ?? (peer === profilers[0] ? limits.profile : undefined);
        found.figures.push(...peerFigures(task, peer, { seconds: told, limit }));
        found.versions[peer.distribution] = (installed as InstalledPeer).version;
      }
      say(`${peer.name}: ${task.what}`);
    }
  return found;
}

interface Task {
  readonly what: string;
  readonly peers: readonly Peer[];
  readonly args: readonly string[];
  /** Seconds that ours took. */
  readonly ours: number;
  readonly limit?: Figure['limit'];
}

/** Lets a peer work and answers its seconds; checks have to hold for it as they do for us. */
async function work(peer: InstalledPeer, { args }: Task): Promise<number> {
  const told = await letWork(peer, args);
  if (told.passed !== undefined && told.passed !== 226)
    throw new Error(`of 226 checks ${told.passed} hold for ${peer.name}`);
  return told.seconds;
}

function peerFigures(
  { what, ours }: Task,
  { name }: Peer,
  found: { readonly seconds: number; readonly limit: Figure['limit'] | undefined },
): Figure[] {
  return [
    { what: `${name}: ${what}`, unit: 's', spread: spreadOf([found.seconds]) },
    {
      what: `${name}, ${what}: times as long as mlspec`,
      unit: 'times',
      spread: spreadOf([found.seconds / ours]),
      ...(found.limit === undefined ? {} : { limit: found.limit }),
    },
  ];
}
