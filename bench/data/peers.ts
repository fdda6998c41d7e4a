import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type DataPeer, dataPeerPython } from '../../tools/python-env.ts';
import { runProcess } from '../frame/processes.ts';

/** A program that does one of the tasks of this bench. */
export interface Peer {
  /** As the page calls it. */
  readonly name: string;
  /** Its environment. */
  readonly peer: DataPeer;
  /** Its script in `peers/`. */
  readonly script: string;
  /** The package whose version is told. */
  readonly distribution: string;
}

/** Those that profile a table; the first computes what we do, the others less of it or by sketches. */
export const profilers: readonly Peer[] = [
  { name: 'ydata-profiling', peer: 'ydata-profiling', script: 'profile_ydata.py', distribution: 'ydata-profiling' },
  { name: 'TFDV', peer: 'tfdv', script: 'profile_tfdv.py', distribution: 'tensorflow-data-validation' },
  { name: 'whylogs', peer: 'whylogs', script: 'profile_whylogs.py', distribution: 'whylogs' },
  { name: 'Evidently', peer: 'evidently', script: 'profile_evidently.py', distribution: 'evidently' },
];

/** Those that hold a table to checks. */
export const checkers: readonly Peer[] = [
  {
    ...{ name: 'Great Expectations', peer: 'great-expectations' },
    ...{ script: 'check_great_expectations.py', distribution: 'great_expectations' },
  },
  { name: 'Pandera on Polars', peer: 'pandera', script: 'check_pandera.py', distribution: 'pandera' },
];

/** Those that compare two tables. */
export const comparers: readonly Peer[] = [
  { name: 'Evidently', peer: 'evidently', script: 'drift_evidently.py', distribution: 'evidently' },
];

/** A peer that can be started. */
export interface InstalledPeer extends Peer {
  readonly python: string;
  readonly version: string;
}

/** A peer with its environment, which is made where it is not there; or why that cannot be done here. */
export function install(peer: Peer): InstalledPeer | string {
  try {
    const python = dataPeerPython(peer.peer);
    const ask = 'import importlib.metadata as m, sys; print(m.version(sys.argv[1]))';
    const version = execFileSync(python, ['-c', ask, peer.distribution], { encoding: 'utf8' }).trim();
    return { ...peer, python, version };
  } catch (error) {
    return String(error instanceof Error ? error.message : error)
      .trim()
      .split('\n')
      .at(-1)!
      .slice(0, 200);
  }
}

/** What a peer told of its task: seconds from the file to the result, its own start and imports apart; of checks how many held. */
export interface PeerResult {
  readonly seconds: number;
  readonly passed?: number;
}

/** Lets a peer do its task. Usage reports are off. @throws Error where it does not end well, with what it said */
export async function letWork(peer: InstalledPeer, args: readonly string[]): Promise<PeerResult> {
  const env = { ...process.env, GX_ANALYTICS_ENABLED: 'false', DO_NOT_TRACK: '1', TF_CPP_MIN_LOG_LEVEL: '3' };
  const command = [peer.python, join(import.meta.dirname, 'peers', peer.script), ...args];
  const { stdout } = await runProcess(command, { env });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerResult;
}
